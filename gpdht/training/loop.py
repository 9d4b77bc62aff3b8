"""Folds trained side by side, epoch by epoch, stopped by the mean of their validation scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpdht.metrics.names import is_better
from gpdht.models.protocol import FoldModel, FoldTrainer
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds
from gpdht.training.validation import Validation

EpochReport = Callable[[int, dict[str, float]], bool | None]


class DivergedError(ArithmeticError):
    """The loss or a score is no longer a finite number."""


@dataclass
class Best:
    """The best epoch, its metrics, and how many epochs it took to know."""

    metrics: dict[str, float]
    epoch: int
    epochs: int
    pruned: bool


def train_folds(
    models: Sequence[FoldModel],
    trainer: FoldTrainer,
    pairs: Pairs,
    folds: Folds,
    *,
    epochs: int,
    patience: int,
    monitor: str,
    report: EpochReport | None = None,
    baselines: Mapping[str, Sequence[np.ndarray]] | None = None,
) -> Best:
    """Train the models side by side and leave each at the epoch of the best mean `monitor`.

    Parameters
    ----------
    monitor : one of `MONITORS`; the least is best of those that are better when lower.
    baselines : label-only logits of the validation parts, for `val/gain_…`; see `Validation`.

    Raises
    ------
    ConfigError
        When the validation parts have no such score.
    DivergedError
        When a loss or validation score stops being finite.
    """
    validation = Validation(pairs, folds, baselines)
    validation.check_defined(monitor)
    watched = f"val/{monitor}"
    best = Best({}, epoch=0, epochs=0, pruned=False)
    kept: list[Any] = []
    for epoch in range(1, epochs + 1):
        loss = _train_epoch(trainer, epoch)
        scores = _validation_scores(models, pairs, folds, epoch)
        metrics = {"train/loss": loss, **validation.metrics(scores)}
        if not best.metrics or is_better(watched, metrics[watched], best.metrics[watched]):
            best.metrics, best.epoch = metrics, epoch
            kept = [model.snapshot() for model in models]
        best.epochs = epoch
        if report is not None and report(epoch, metrics):
            best.pruned = True
            return best
        if epoch - best.epoch >= patience:
            break
    for model, snapshot in zip(models, kept, strict=True):
        model.restore(snapshot)
    return best


def train_for(epochs: int, trainer: FoldTrainer, *, report: EpochReport | None = None) -> None:
    """Train for a number of epochs with nothing held out.

    Parameters
    ----------
    report : called after every epoch with the loss; its answer is ignored.

    Raises
    ------
    DivergedError
        When the loss stops being finite.
    """
    for epoch in range(1, epochs + 1):
        loss = _train_epoch(trainer, epoch)
        if report is not None:
            report(epoch, {"train/loss": loss})


def _train_epoch(trainer: FoldTrainer, epoch: int) -> float:
    loss = float(np.mean(trainer.train_epoch(epoch)))
    if not math.isfinite(loss):
        raise DivergedError(f"the training loss is {loss} in epoch {epoch}")
    return loss


def _validation_scores(
    models: Sequence[FoldModel], pairs: Pairs, folds: Folds, epoch: int
) -> list[np.ndarray]:
    scores = []
    for model, fold in zip(models, folds, strict=True):
        score_P = model.score(pairs.tf_P[fold.validation], pairs.target_P[fold.validation])
        if not np.isfinite(score_P).all():
            raise DivergedError(f"a validation score is not finite in epoch {epoch}")
        scores.append(score_P)
    return scores
