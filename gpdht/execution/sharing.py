"""How much of a GPU a trial gets where nobody says it: all GPUs at work, none too full."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import ray

from gpdht.devices import wanted_device
from gpdht.errors import StudyError
from gpdht.execution.gpus import gpu_memories, node_gpu_memories
from gpdht.execution.nodes import alive_nodes, ask_nodes, most_resources
from gpdht.execution.placement import Placement, available_cpus, numbered
from gpdht.execution.ray_session import ray_session
from gpdht.execution.worker import CUDA_CONTEXT
from gpdht.presentation import count

GpusPerTrial: TypeAlias = float | Literal["auto"]

PARTS = {1 / 8: "an eighth", 1 / 4: "a quarter", 1 / 2: "half of one", 1.0: "a whole one"}
HEADROOM = 1.3
"""A measured peak is up to so many times its estimate (`tests/models/test_memory_estimate.py`)."""

GIB = 2**30


@dataclass(frozen=True)
class GpuNode:
    """A machine with GPUs.

    Parameters
    ----------
    memory : bytes of its smallest GPU.
    """

    cpus: float
    gpus: float
    memory: int


def fits(needed: float, share: float, memory: int) -> bool:
    """Whether a trial with an estimate of `needed` bytes fits into its share of a GPU."""
    return HEADROOM * needed <= share * memory - CUDA_CONTEXT


def choose_share(
    needed: float, nodes: Sequence[GpuNode], *, cpus: float = 1, at_most: int | None = None
) -> float:
    """The smallest part of a GPU, down to an eighth, that serves every node; else a whole one.

    The largest configuration fits into it; no node has more of them than CPUs for trials, or some
    GPUs would be full and others empty; and half as many would not do for `at_most` trials.

    Parameters
    ----------
    needed : bytes of the largest configuration, by the estimate.
    cpus : of each trial.
    at_most : how many trials will ever run at once; None for any number.
    """
    total = sum(node.gpus for node in nodes)
    for share in PARTS:
        if (
            all(fits(needed, share, node.memory) for node in nodes)
            and all(node.gpus / share <= node.cpus / cpus for node in nodes)
            and (at_most is None or total / (2 * share) < at_most)
        ):
            return share
    return 1.0


def place(
    placement: Placement,
    gpus: GpusPerTrial,
    *,
    needed: Callable[[], int],
    at_most: int,
) -> tuple[Placement, str]:
    """The placement with the GPUs of each trial, checked; and how they were chosen, if they were.

    `auto` gives trials the GPUs of this machine or of the cluster that is named, where there are
    any and the device is not to be the CPU.

    Parameters
    ----------
    needed : estimates the bytes of the largest configuration; asked only where there are GPUs.
    at_most : how many trials there are.

    Raises
    ------
    StudyError
        For what cannot be placed, see `Placement.check`; if the device is to be a GPU and there is
        none; if the cluster cannot be reached.
    """
    words = ""
    if gpus != "auto":
        placement = replace(placement, gpus=gpus)
    elif wanted_device() in ("auto", "cuda"):
        most = min(at_most, placement.max_concurrent or at_most)
        placement, words = _choose(placement, needed, most)
    elif wanted_device() != "cpu":
        raise numbered(wanted_device())
    placement.check()
    return placement, words


def check_asked(placement: Placement, gpus: GpusPerTrial) -> None:
    """Refuse what cannot be placed, as far as that is known before GPUs are looked for.

    Raises
    ------
    StudyError
        See `Placement.check`.
    """
    if gpus == "auto":
        placement.check_size()
    else:
        replace(placement, gpus=gpus).check()


def _choose(placement: Placement, needed: Callable[[], int], at_most: int) -> tuple[Placement, str]:
    found = _look_here() if _is_local(placement) else _look_around(placement)
    if found.nodes:
        size = needed()
        share = choose_share(size, found.nodes, cpus=placement.cpus, at_most=at_most)
        chosen = replace(placement, gpus=share)
        return chosen, _say(size, found.nodes, chosen, at_most) + found.note
    if found.to_come:
        words = f"No GPU has joined the cluster yet, which may get {found.to_come:g}; "
        return replace(placement, gpus=1), words + "each trial gets a whole one."
    if wanted_device() == "cuda":
        raise StudyError(
            f"the device is to be a GPU, and torch finds none for the trials.{found.note} Leave "
            "out --device and GPDHT_DEVICE, or repair the driver or torch where the GPU is."
        )
    return placement, found.note.strip()


@dataclass(frozen=True)
class _Found:
    """GPUs that torch can use; how many a cluster may get; what is wrong with others."""

    nodes: Sequence[GpuNode] = ()
    to_come: float = 0
    note: str = ""


def _is_local(placement: Placement) -> bool:
    return not placement.cluster and not ray.is_initialized()


def _look_here() -> _Found:
    memories = gpu_memories()
    if not memories:
        return _Found()
    return _Found([GpuNode(available_cpus(), len(memories), min(memories))])


def _look_around(placement: Placement) -> _Found:
    # any node has 0 CPUs, so nothing is said of trials that fit nowhere
    with ray_session(replace(placement, cpus=0)):
        with_gpus = [node for node in alive_nodes() if node.gpus]
        if not with_gpus:
            return _Found(to_come=most_resources().get("GPU", 0))
        answers = ask_nodes(node_gpu_memories, with_gpus)
    usable = [GpuNode(a.node.cpus, a.node.gpus, min(a.value)) for a in answers if a.value]
    without = ", ".join(answer.node.name for answer in answers if not answer.value)
    note = f" Ray has GPUs on {without}, but torch finds none there." if without else ""
    return _Found(usable, note=note)


def _say(size: int, nodes: Sequence[GpuNode], placement: Placement, at_most: int) -> str:
    share, memory = placement.gpus, min(node.memory for node in nodes)
    there = sum(node.gpus for node in nodes)
    room = sum(min(node.gpus / share, node.cpus // placement.cpus) for node in nodes)
    most = f"{size / GIB:.1f} GiB of {memory / GIB:.0f}"
    note = "" if fits(size, share, memory) else ", which is too much"
    return (
        f"{count(math.floor(there), 'GPU')} found; each trial gets {PARTS[share]} (largest "
        f"configuration about {most}{note}): {min(math.floor(room), at_most)} at once."
    )
