"""Where trials and jobs run, what each gets, and how many run at once."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import ray

from gpdht.devices import VARIABLE, asked_device
from gpdht.errors import StudyError


@dataclass(frozen=True)
class Placement:
    """Where work runs and what each piece gets.

    Parameters
    ----------
    cpus, gpus : of each trial or job; 0.25 GPUs: four share one. Without, it runs on the CPU and
        sees no GPU.
    max_concurrent : how many run at once; None for as many as there is room for.
    address : of a Ray cluster (`auto`, `host:port`); None for RAY_ADDRESS or a local Ray.
    storage : folder or URL that all nodes see; None for a folder of the study.
    trial_timeout_s : a trial that takes longer has failed; None for no limit.
    price_per_hour : of a node that has no label of its own; see `gpdht.execution.tariff`.
    """

    cpus: float = 1
    gpus: float = 0
    max_concurrent: int | None = None
    address: str | None = None
    storage: str | None = None
    trial_timeout_s: float | None = None
    price_per_hour: float | None = None

    @property
    def cluster(self) -> str | None:
        """The address of the cluster, if one is named here or in the environment."""
        return self.address or os.environ.get("RAY_ADDRESS")

    def check(self) -> None:
        """Refuse at once what contradicts `on_device`, and what this machine cannot hold.

        The latter where this machine is all there is.

        Raises
        ------
        StudyError
            With what a trial asks for and what there is.
        """
        self._check_device()
        self.check_size()

    def check_size(self) -> None:
        """Refuse what this machine cannot hold, where it is all there is.

        Raises
        ------
        StudyError
            With what a trial asks for and what there is.
        """
        if ray.is_initialized() or self.cluster:
            return
        cpus, gpus = available_cpus(), _count_gpus() if self.gpus else 0
        if self.cpus > cpus or self.gpus > gpus:
            raise StudyError(
                f"a trial asks for {self.cpus:g} CPU and {self.gpus:g} GPU; this machine has "
                f"{cpus} and {gpus}. Lower --cpus-per-trial or --gpus-per-trial, or name a cluster "
                "(--address)."
            )

    def _check_device(self) -> None:
        """Ray gives trials their GPUs; a device that was asked for can only agree."""
        asked = asked_device() or "auto"
        if asked == "cpu" and self.gpus:
            raise StudyError(
                f"a trial asks for {self.gpus:g} GPU, but the device is to be the CPU. Leave out "
                "--gpus-per-trial, or --device."
            )
        if asked == "cuda" and not self.gpus:
            raise StudyError(
                "the device is to be a GPU, but a trial asks for none. Say how much of one each "
                "gets: --gpus-per-trial 1, or 0.25 for four on one."
            )
        if asked.startswith("cuda:"):
            raise numbered(asked)

    def at_once(self, *, local: bool) -> int:
        """How many pieces of work the connected Ray has room for, at least one.

        Parameters
        ----------
        local : whether it is this process's own Ray, whose CPUs are those of this process.
        """
        if self.max_concurrent:
            return self.max_concurrent
        there = ray.cluster_resources()
        cpus = available_cpus() if local else there.get("CPU", 0)
        room = cpus / self.cpus if self.cpus else float(cpus)
        if self.gpus:
            room = min(room, there.get("GPU", 0) / self.gpus)
        return max(1, math.floor(room))


def numbered(device: str) -> StudyError:
    """What is wrong with ``cuda:1`` where Ray hands out the GPUs."""
    return StudyError(
        f'device "{device}": trials get the GPUs that Ray gives them. Choose some by '
        f"CUDA_VISIBLE_DEVICES, and pass --gpus-per-trial instead of --device or {VARIABLE}."
    )


def available_cpus() -> int:
    """CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _count_gpus() -> int:
    import torch

    return torch.cuda.device_count()
