"""What runs on a worker: one trial, its reports passed on to Ray Tune."""

from __future__ import annotations

import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import psutil
from ray import tune

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError
from gpdht.execution.worker import cap_gpu_memory, node_cache, reset_process
from gpdht.trial import Report, TrialResult

SCORES_FILE = "scores.parquet"


class TrialFunction(Protocol):
    """What `gpdht.trial.run_trial` is; tests put a quicker one in its place."""

    def __call__(
        self,
        config: Config,
        dataset: Dataset,
        *,
        report: Report | None = None,
        cache_dir: Path | None = None,
    ) -> TrialResult: ...


def train(
    config: dict[str, Any],
    *,
    parts: dict[str, np.ndarray],
    trial: TrialFunction,
    base: dict[str, Any],
    cache_dir: str | None,
    gpu_share: float = 0,
) -> None:
    """Run one trial on this worker and report to Tune; a trial's own failure is a report too.

    So only a lost process makes Tune try again.

    Parameters
    ----------
    config : `number`, and `params`: the searched values.
    parts : the dataset's arrays, read-only, in the node's shared memory.
    base : the settings that all trials share.
    cache_dir : shared by all trials; None for a folder of this node.
    gpu_share : GPUs per trial; below 1 the trial shares one and may fill that part of it.
    """
    reset_process()
    try:
        cap_gpu_memory(gpu_share)
        result = trial(
            Config.from_flat({**base, **config["params"]}),
            Dataset.from_parts(parts),
            report=_report,
            cache_dir=Path(cache_dir) if cache_dir else node_cache(),
        )
    except ConfigError as error:
        result = TrialResult("infeasible", error=str(error))
    except Exception as error:
        result = TrialResult("failed", error=f"{type(error).__name__}: {error}")
    _report_end(result)


def _report(epoch: int, metrics: dict[str, float]) -> bool:
    """Tune stops a trial that is to be pruned inside this call, so it never returns True."""
    tune.report(
        {
            "epoch": epoch,
            "metrics": {name: float(value) for name, value in metrics.items()},
            "peak_memory_mb": psutil.Process().memory_info().rss / 2**20,
        }
    )
    return False


def _report_end(result: TrialResult) -> None:
    account = {
        field.name: getattr(result, field.name)
        for field in fields(result)
        if field.name != "scores"
    }
    if result.scores is None:
        tune.report({"result": account})
        return
    with tempfile.TemporaryDirectory() as folder:
        result.scores.to_parquet(Path(folder) / SCORES_FILE, index=False)
        tune.report({"result": account}, checkpoint=tune.Checkpoint.from_directory(folder))
