"""One trial: a configuration, cross-validated on a dataset. A plain function.

`gpdht fit`, the tests, the Ray trainable and notebooks all call `run_trial`. It knows no Ray, no
Optuna and no MLflow: it reports, and whoever runs it logs and decides.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gpdht.config import Config
from gpdht.cost import Meter
from gpdht.data.dataset import Dataset
from gpdht.data.together import together
from gpdht.errors import ConfigError, GpdhtError
from gpdht.metrics.over_sets import scores_by_set
from gpdht.redaction import hide_secrets

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

State = Literal["complete", "pruned", "infeasible", "out_of_memory", "failed"]

USED = ("cpu_seconds", "gpu_seconds", "energy_wh", "price")
"""The entries of a trial's usage that are numbers, and add up over trials."""

OF_A_SET = ("metrics", "epochs", "best_epoch", "baseline_models", "universe")
"""The entries of a result that each of several sets has of its own."""

Report = Callable[[int, dict[str, float]], bool | None]
"""`report(epoch, metrics)` after every epoch (from 1); returning True prunes the trial."""


@dataclass(frozen=True)
class TrialResult:
    """How a trial ended; always returned, also on failure.

    Parameters
    ----------
    state : why it ended.
    metrics : plain names (`val/auprc`, `test/auprc`, `baseline/auprc`, `gain/auprc`, …).
    epochs, best_epoch : epochs run with all folds; the one the scores are from.
    seconds, peak_memory_mb : its cost; memory in MiB.
    parameters : how many weights a fold's training on labels sets; 0 if unknown.
    error : one line, on failure.
    scores : out-of-fold `source, target, label, fold, score, baseline` of a complete trial; of
        several sets also `set`.
    baseline_models : which label-only baseline `baseline/…` is of, by metric (`auprc`, …).
    universe : which pairs the scores are about, in words.
    usage : what it used in a search, and on which node: `cpu_seconds, gpu_seconds, energy_wh,
        price, node`; empty or None where that is not known. See `gpdht.execution.tariff`.
    sets : of several sets scored together, what each came to, by its name: `metrics, epochs,
        best_epoch, baseline_models, universe`. The other figures are then means over the sets, and
        the best epoch is the first set's.
    """

    state: State
    metrics: dict[str, float] = field(default_factory=dict)
    epochs: int = 0
    best_epoch: int | None = None
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    parameters: int = 0
    error: str | None = None
    scores: pd.DataFrame | None = None
    baseline_models: dict[str, str] = field(default_factory=dict)
    universe: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    sets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of_set(self, name: str) -> TrialResult:
        """What one of several sets came to; a single set's result is itself."""
        if not self.sets:
            return self
        scores = None if self.scores is None else scores_by_set(self.scores)[name]
        return replace(self, **self.sets[name], scores=scores, sets={})

    def account(self) -> dict[str, Any]:
        """Everything but the scores, as plain data; `from_account` reads it back."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        del values["scores"], values["sets"]
        sets = {name: dict(one) for name, one in self.sets.items()}
        return (
            values
            | ({"sets": sets} if sets else {})
            | {
                "metrics": {name: float(value) for name, value in self.metrics.items()},
                "usage": dict(self.usage),
                "seconds": round(float(self.seconds), 3),
                "peak_memory_mb": round(float(self.peak_memory_mb), 1),
            }
        )

    @classmethod
    def from_account(cls, account: Mapping[str, Any]) -> TrialResult:
        """A result without its scores; entries that are not an account's are ignored."""
        names = {item.name for item in fields(cls)} - {"scores"}
        return cls(**{name: value for name, value in account.items() if name in names})

    def costs(self) -> dict[str, float]:
        """Seconds, memory, epochs, weights and what else is known, as a tracker logs them."""
        costs = {"seconds": self.seconds, "peak_memory_mb": self.peak_memory_mb}
        costs |= {name: self.usage[name] for name in USED if self.usage.get(name) is not None}
        if self.best_epoch is not None:
            costs["best_epoch"] = float(self.best_epoch)
        if self.parameters:
            costs["parameters"] = float(self.parameters)
        return costs | {"epochs": float(self.epochs)}


def run_trial(
    config: Config,
    dataset: Dataset | Sequence[Dataset],
    *,
    report: Report | None = None,
    cache_dir: Path | None = None,
    staged: bool = False,
) -> TrialResult:
    """Cross-validate one configuration; never raises for what happens inside the trial.

    Equal config and data give bit-identical scores on a CPU with the same number of threads. It
    runs on one device: see `gpdht.devices.on_device`.

    Parameters
    ----------
    dataset : or several; each is scored by itself, and the result has means over them.
    report : called after every epoch; returning True prunes the trial.
    cache_dir : where label-free pre-training and the label-only baselines' scores are kept and
        found.
    staged : train the first fold alone before the others, and report its scores at its best epoch,
        `val/…_fold0`, as epoch 0. What comes after is the same, bit by bit on one CPU thread.

    Raises
    ------
    DeviceError
        Before anything runs, when the device is not there.
    ConfigError
        Before anything runs, when two of several datasets hold the same data.

    Examples
    --------
    >>> import gpdht as gp
    >>> config = gp.Config.from_flat({"encoder.dim": 8, "train.epochs": 2, "cv.folds": 2})
    >>> result = gp.run_trial(config, gp.toy(genes=40, tfs=5, cells=30))
    >>> result.state
    'complete'
    >>> {"test/auprc", "baseline/auprc", "gain/auprc"} <= set(result.metrics)
    True
    """
    from gpdht.training.cross_validation import cross_validate

    dataset = together(dataset)
    with Meter() as meter:
        try:
            result = cross_validate(
                config, dataset, report=report, cache_dir=cache_dir, staged=staged
            )
        except Exception as error:
            return failed(error, meter)
    return TrialResult(
        "pruned" if result.pruned else "complete",
        metrics=result.metrics,
        epochs=result.epochs,
        best_epoch=result.best_epoch,
        seconds=meter.seconds,
        peak_memory_mb=meter.peak_memory_mb,
        parameters=result.parameters,
        scores=result.scores,
        baseline_models=result.baseline_models,
        universe=result.universe,
        sets={
            name: {entry: getattr(one, entry) for entry in OF_A_SET}
            for name, one in result.sets.items()
        },
    )


def failed(error: Exception, meter: Meter) -> TrialResult:
    """How a trial or job that raised ended, with its cost; a bug's traceback goes to the log."""
    import torch

    state: State = "failed"
    if isinstance(error, ConfigError):
        state = "infeasible"
    elif isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "allocate memory" in str(error)
    ):
        state = "out_of_memory"
    elif not isinstance(error, GpdhtError):
        logger.warning("trial failed", exc_info=error)
    said = " ".join(str(error).split())
    # of a message that is written for users the class says nothing more
    text = said if isinstance(error, GpdhtError) else f"{type(error).__name__}: {said}"
    text = hide_secrets(text)[:500]
    return TrialResult(
        state, seconds=meter.seconds, peak_memory_mb=meter.peak_memory_mb, error=text
    )


def lost(error: str) -> TrialResult:
    """How a trial or job ended whose process is gone, as far as its error says."""
    state: State = "out_of_memory" if "OutOfMemory" in error else "failed"
    return TrialResult(state, error=hide_secrets(error))
