"""The part of a search that Ray Tune does: place trials, start them again, stop them."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ray import tune
from ray.tune.experiment import Trial

from gpdht.data.dataset import Dataset
from gpdht.execution.placement import Placement
from gpdht.execution.ray_session import ray_session
from gpdht.execution.stop import StopRequest
from gpdht.execution.tasks import RETRIES
from gpdht.search.sections import Race
from gpdht.search.study import Study
from gpdht.search.trainable import TrialFunction, train
from gpdht.search.trial_queue import TrialQueue
from gpdht.search.tune_adapters import QueueCallback, QueueSearcher, QueueStopper
from gpdht.trial import lost


def tune_trials(
    dataset: Dataset,
    queue: TrialQueue,
    *,
    placement: Placement,
    stop: StopRequest,
    trial: TrialFunction,
) -> None:
    """Run what the queue asks for until all is told or `stop` says so.

    The dataset's arrays go through the object store once per node; trials share them read-only.
    """
    study, parts = queue.study, dataset.parts()
    shutil.rmtree(study.folder / "ray", ignore_errors=True)  # of a driver that was killed
    size = sum(array.nbytes for array in parts.values())
    with ray_session(placement, shipped_bytes=size) as local:
        if stop():
            return
        trainable = tune.with_parameters(
            train,
            parts=parts,
            fingerprint=dataset.fingerprint,
            trial=trial,
            base=queue.space.base,
            cache_dir=str((study.folder / "cache").absolute()) if local else None,
            placement=placement,
            staged=isinstance(queue.space.scheduler, Race),
        )
        searcher = QueueSearcher(queue)
        tuner = tune.Tuner(
            tune.with_resources(trainable, {"cpu": placement.cpus, "gpu": placement.gpus}),
            tune_config=_tune_config(searcher, placement, local=local),
            run_config=_run_config(searcher, study, stop, placement.storage),
        )
        # For results that nobody reads Tune would unpickle each failed trial's `error.pkl`, which
        # lies in the storage, where whoever may write there could have put another.
        with patch.object(Trial, "get_pickled_error", lambda _: None), _quiet():
            results = tuner.fit()
        if searcher.failure is not None:
            raise searcher.failure
        if not stop():
            for number in sorted(queue.open):
                queue.close(number, lost("Ray Tune lost the trial"))
        _remove_files(results, study)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Tune from telling of each lost process in dozens of lines; the queue says it in one."""
    names = ("ray.tune.execution.tune_controller", "ray.tune.tune")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _tune_config(searcher: QueueSearcher, placement: Placement, *, local: bool) -> tune.TuneConfig:
    # A bound for a local machine, because Tune would ask for one trial more than it can run: a
    # proposal made without the results that come in while it waits. A cluster may grow.
    bound = placement.at_once(local=True) if local else placement.max_concurrent
    return tune.TuneConfig(
        search_alg=searcher,
        num_samples=searcher.queue.remaining,
        max_concurrent_trials=bound,
        reuse_actors=True,
        trial_name_creator=_trial_name,
        trial_dirname_creator=_trial_name,
    )


def _run_config(
    searcher: QueueSearcher, study: Study, stop: StopRequest, storage: str | None
) -> tune.RunConfig:
    # A URL as it is, a folder as an absolute path: each trial has its own working directory.
    url = storage if storage and "://" in storage else None
    return tune.RunConfig(
        name=f"{study.name}-{time.strftime('%Y%m%d-%H%M%S')}",
        storage_path=url or str(Path(storage or study.folder / "ray").absolute()),
        stop=QueueStopper(searcher, stop),
        failure_config=tune.FailureConfig(max_failures=RETRIES),
        callbacks=[QueueCallback(searcher)],
        verbose=0,
    )


def _trial_name(trial: Any) -> str:
    return f"trial-{trial.config['number']:05d}"


def _remove_files(results: tune.ResultGrid, study: Study) -> None:
    """Remove Tune's own files; what is worth keeping is in the study's folder."""
    with contextlib.suppress(OSError):
        results.filesystem.delete_dir(results.experiment_path)
    shutil.rmtree(study.folder / "ray", ignore_errors=True)
