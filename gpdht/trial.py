"""One trial: a configuration, cross-validated on a dataset. A plain function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

State = Literal["complete", "pruned", "infeasible", "out_of_memory", "failed"]

Report = Callable[[int, dict[str, float]], bool | None]
"""`report(epoch, metrics)` after every epoch (from 1); returning True prunes the trial."""


@dataclass(frozen=True)
class TrialResult:
    """How a trial ended; always returned, also on failure.

    Parameters
    ----------
    state : why it ended.
    metrics : plain names (`val/auprc`, `test/auprc`, `null/auprc`, `lift/auprc`, …).
    epochs, best_epoch : epochs run; the one the scores are from.
    seconds, peak_memory_mb : its cost.
    error : one line, on failure.
    scores : out-of-fold `source, target, label, fold, score, null` of a complete trial.
    """

    state: State
    metrics: dict[str, float] = field(default_factory=dict)
    epochs: int = 0
    best_epoch: int | None = None
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    error: str | None = None
    scores: pd.DataFrame | None = None
