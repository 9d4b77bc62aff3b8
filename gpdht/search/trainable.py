"""What runs on a worker: one trial, its reports passed on to Ray Tune."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from ray import tune

from gpdht.config import Config
from gpdht.cost import Meter
from gpdht.data.dataset import Dataset
from gpdht.devices import on_device
from gpdht.errors import TimeLimitError
from gpdht.execution.event_log import TrialWarnings
from gpdht.execution.placement import Placement
from gpdht.execution.tariff import Tariff, tariff_here
from gpdht.execution.time_limit import run_within
from gpdht.execution.worker import cache_folder, device_of, hold_dataset, prepare_worker
from gpdht.trial import Report, TrialResult, failed

SCORES_FILE = "scores.parquet"
LAST_WORDS = "last_words"  # of a process that ends itself: its trial is not to start again


class TrialFunction(Protocol):
    """What `gpdht.trial.run_trial` is; tests put a quicker one in its place."""

    def __call__(
        self,
        config: Config,
        dataset: Dataset,
        *,
        report: Report | None = None,
        cache_dir: Path | None = None,
        staged: bool = False,
    ) -> TrialResult: ...


def train(
    config: dict[str, Any],
    *,
    parts: dict[str, np.ndarray],
    fingerprint: str,
    trial: TrialFunction,
    base: dict[str, Any],
    cache_dir: str | None,
    placement: Placement,
    staged: bool = False,
) -> None:
    """Run one trial on this worker and report to Tune; a trial's own failure is a report too.

    So only a lost process makes Tune try again, except one that ends because its trial hangs.

    Parameters
    ----------
    config : `number`, and `params`: the searched values.
    parts, fingerprint : the dataset's arrays, read-only, in the node's shared memory; its name.
    base : the settings that all trials share.
    cache_dir : shared by all trials; None for a folder of this node.
    placement : what the trial gets, and how long it may take; of less than one GPU it may fill that
        part.
    staged : the first fold comes before the others.
    """
    tariff = tariff_here(placement)
    with on_device(device_of(placement.gpus)), TrialWarnings() as warnings, Meter() as meter:

        def run() -> TrialResult:
            prepare_worker(placement.gpus)
            return trial(
                Config.from_flat({**base, **config["params"]}),
                hold_dataset(fingerprint, parts),
                report=_reporter(meter, tariff, warnings),
                cache_dir=cache_folder(cache_dir),
                staged=staged,
            )

        try:
            result = run_within(placement.trial_timeout_s, run)
        except TimeLimitError as error:
            try:
                _report_end(tariff.charge(failed(error, meter), meter), warnings, last_words=True)
            finally:
                os._exit(1)  # the only end of a thread that hangs
        except Exception as error:
            result = failed(error, meter)
    _report_end(tariff.charge(result, meter), warnings)


def _reporter(meter: Meter, tariff: Tariff, warnings: TrialWarnings) -> Report:
    def report(epoch: int, metrics: dict[str, float]) -> bool:
        """Tune stops a trial that is to be pruned inside this call, so it never returns True."""
        values = {name: float(value) for name, value in metrics.items()}
        tune.report(
            {
                "epoch": epoch,
                "metrics": values,
                "peak_memory_mb": meter.peak_memory_mb,
                "usage": tariff.usage(meter.seconds, meter.cpu_seconds),
                "warnings": warnings.take(),
            }
        )
        return False

    return report


def _report_end(result: TrialResult, warnings: TrialWarnings, *, last_words: bool = False) -> None:
    report = {"result": result.account(), "warnings": warnings.take(), LAST_WORDS: last_words}
    if result.scores is None:
        tune.report(report)
        return
    with tempfile.TemporaryDirectory() as folder:
        result.scores.to_parquet(Path(folder) / SCORES_FILE, index=False)
        checkpoint = tune.Checkpoint.from_directory(folder)
        tune.report(report, checkpoint=checkpoint)
