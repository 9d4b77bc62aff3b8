"""Folds trained side by side, epoch by epoch, stopped by the mean of their validation scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gpdht.metrics.names import FIRST_FOLD, is_better
from gpdht.models.protocol import FoldModel, FoldTrainer
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds
from gpdht.training.side_by_side import Ahead, FoldEpoch, MakeTrainer, SideBySide, Trained
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
    make_trainer: MakeTrainer,
    pairs: Pairs,
    folds: Folds,
    *,
    epochs: int,
    patience: int,
    monitor: str,
    report: EpochReport | None = None,
    baselines: Mapping[str, Sequence[np.ndarray]] | None = None,
    staged: bool = False,
    restore: bool = True,
) -> Best:
    """Train the models side by side and leave each at the epoch of the best mean `monitor`.

    Parameters
    ----------
    make_trainer : gives the trainer of some of the models.
    monitor : one of `MONITORS`; the least is best of those that are better when lower.
    report : called after every epoch with means over folds; returning True stops the run.
    baselines : label-only logits of the validation parts, for `val/gain_…`; see `Validation`.
    staged : train the first fold alone, as its own scores tell, before the others; its scores at
        its best epoch are reported as `val/…_fold0` of epoch 0. Later epochs are as without.
    restore : False leaves the models as they are after the last epoch.

    Raises
    ------
    ConfigError
        When the validation parts have no such score.
    DivergedError
        When a loss or validation score stops being finite.
    """
    validation = Validation(pairs, folds, baselines)
    validation.check_defined(monitor)
    side_by_side = partial(SideBySide, models, make_trainer, pairs, folds, validation)
    trained: list[Trained] = []
    if staged and len(models) > 1:
        first = Ahead(side_by_side(part=slice(1)), snapshots=restore)
        alone = first.run(epochs=epochs, patience=patience, monitor=monitor)
        if report is not None and alone and report(0, _of_first_fold(alone)):
            return Best({}, epoch=0, epochs=0, pruned=True)
        trained.append(first)
    trained.append(side_by_side(part=slice(len(trained), None)))
    best, kept = _train_until(
        trained,
        validation,
        epochs=epochs,
        patience=patience,
        monitor=monitor,
        report=report,
        snapshots=restore,
    )
    if not best.pruned:
        for model, snapshot in zip(models, kept, strict=restore):
            model.restore(snapshot)
    return best


def _train_until(
    trained: Sequence[Trained],
    validation: Validation,
    *,
    epochs: int,
    patience: int,
    monitor: str,
    report: EpochReport | None,
    snapshots: bool,
) -> tuple[Best, list[Any]]:
    """Train until patience ends or the report says so; also the weights of the best epoch."""
    best, kept = Best({}, epoch=0, epochs=0, pruned=False), []
    for epoch in range(1, epochs + 1):
        after = [fold for part in trained for fold in part.epoch(epoch)]
        metrics = _metrics(after, validation, epoch, monitor)
        if _improves(f"val/{monitor}", metrics, best.metrics):
            best.metrics, best.epoch = metrics, epoch
            kept = [fold.snapshot() for fold in after] if snapshots else []
        best.epochs = epoch
        best.pruned = report is not None and bool(report(epoch, metrics))
        if best.pruned or epoch - best.epoch >= patience:
            break
    return best, kept


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
    return _finite_loss(trainer.train_epoch(epoch), epoch)


def _metrics(
    after: Sequence[FoldEpoch], validation: Validation, epoch: int, monitor: str
) -> dict[str, float]:
    """What an epoch came to: means over folds, and the monitored score of each fold."""
    loss = _finite_loss([fold.loss for fold in after], epoch)
    scores = [fold.scores for fold in after if fold.scores is not None]
    if len(scores) < len(after):
        raise DivergedError(f"a validation score is not finite in epoch {epoch}")
    per_fold = {f"val/{monitor}_fold{i}": one[monitor] for i, one in enumerate(scores)}
    return {"train/loss": loss, **validation.means(scores), **per_fold}


def _finite_loss(losses: Sequence[float], epoch: int) -> float:
    loss = float(np.mean(losses))
    if not math.isfinite(loss):
        raise DivergedError(f"the training loss is {loss} in epoch {epoch}")
    return loss


def _improves(watched: str, metrics: Mapping[str, float], best: Mapping[str, float]) -> bool:
    return not best or is_better(watched, metrics[watched], best[watched])


def _of_first_fold(scores: Mapping[str, float]) -> dict[str, float]:
    return {
        f"val/{name}{FIRST_FOLD}": value for name, value in scores.items() if math.isfinite(value)
    }
