"""The part of a search that Ray Tune does: place trials, start them again, stop them."""

from __future__ import annotations

import contextlib
import math
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray import tune

from gpdht.data.dataset import Dataset
from gpdht.execution.ray_session import available_cpus, ray_session
from gpdht.execution.stop import StopRequest
from gpdht.search.study import Study
from gpdht.search.trainable import TrialFunction, train
from gpdht.search.trial_queue import TrialQueue
from gpdht.search.tune_adapters import QueueCallback, QueueSearcher, QueueStopper
from gpdht.trial import TrialResult

_RETRIES = 3  # each lost node or preempted worker uses one up


@dataclass(frozen=True)
class Placement:
    """Where trials run and what each gets; see `run_search`."""

    cpus: float = 1
    gpus: float = 0
    max_concurrent: int | None = None
    address: str | None = None
    storage: str | None = None


def tune_trials(
    dataset: Dataset,
    study: Study,
    queue: TrialQueue,
    *,
    placement: Placement,
    stop: StopRequest,
    trial: TrialFunction,
) -> None:
    """Run what the queue asks for until all is told or `stop` says so.

    The dataset's arrays go through the object store once per node; trials share them read-only.
    """
    parts = dataset.parts()
    size = sum(array.nbytes for array in parts.values())
    session = ray_session(
        placement.address, cpus=placement.cpus, gpus=placement.gpus, shipped_bytes=size
    )
    with session as local:
        if stop():
            return
        cache = str((study.folder / "cache").absolute()) if local else None
        trainable = tune.with_parameters(
            train,
            parts=parts,
            trial=trial,
            base=queue.space.base,
            cache_dir=cache,
            gpu_share=placement.gpus,
        )
        searcher = QueueSearcher(queue)
        results = tune.Tuner(
            tune.with_resources(trainable, {"cpu": placement.cpus, "gpu": placement.gpus}),
            tune_config=_tune_config(searcher, placement, local=local),
            run_config=_run_config(searcher, study, stop, placement.storage),
        ).fit()
        if not stop():
            for number in queue.open_trials:
                queue.close(number, TrialResult("failed", error="Ray Tune lost the trial"))
        _remove_files(results, study)


def _tune_config(searcher: QueueSearcher, placement: Placement, *, local: bool) -> tune.TuneConfig:
    return tune.TuneConfig(
        search_alg=searcher,
        num_samples=searcher.queue.remaining,
        max_concurrent_trials=placement.max_concurrent or (_room(placement) if local else None),
        reuse_actors=True,
        trial_name_creator=_trial_name,
        trial_dirname_creator=_trial_name,
    )


def _run_config(
    searcher: QueueSearcher, study: Study, stop: StopRequest, storage: str | None
) -> tune.RunConfig:
    return tune.RunConfig(
        name=f"{study.name}-{time.strftime('%Y%m%d-%H%M%S')}",
        storage_path=_storage(storage, study),
        stop=QueueStopper(searcher, stop),
        failure_config=tune.FailureConfig(max_failures=_RETRIES),
        callbacks=[QueueCallback(searcher.queue)],
        verbose=0,
    )


def _storage(storage: str | None, study: Study) -> str:
    """A URL as it is, a folder as an absolute path: each trial has its own working directory."""
    if storage and "://" in storage:
        return storage
    return str(Path(storage or study.folder / "ray").absolute())


def _room(placement: Placement) -> int:
    """How many trials a local machine runs at once.

    A bound, because Tune would ask for one trial more than it can run: a proposal made without
    the results that come in while it waits.
    """
    room = available_cpus() / placement.cpus if placement.cpus else float(available_cpus())
    if placement.gpus:
        room = min(room, ray.cluster_resources().get("GPU", 0) / placement.gpus)
    return max(1, math.floor(room))


def _trial_name(trial: Any) -> str:
    return f"trial-{trial.config['number']:05d}"


def _remove_files(results: tune.ResultGrid, study: Study) -> None:
    """Remove Tune's own files; what is worth keeping is in the study's folder."""
    with contextlib.suppress(OSError):
        results.filesystem.delete_dir(results.experiment_path)
    shutil.rmtree(study.folder / "ray", ignore_errors=True)
