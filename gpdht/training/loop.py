"""Folds trained side by side, epoch by epoch, stopped by the mean of their validation scores.

Where one configuration is scored on several sets, these train side by side too.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gpdht.data.together import errors_name
from gpdht.errors import DivergedError
from gpdht.metrics.names import FIRST_FOLD, is_better
from gpdht.metrics.over_sets import mean_over_sets
from gpdht.models.protocol import FoldModel, FoldTrainer
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds
from gpdht.training.side_by_side import Ahead, FoldEpoch, MakeTrainer, SideBySide, Trained
from gpdht.training.validation import Validation

_ADVICE = "try a smaller train.lr."

EpochReport = Callable[[int, dict[str, float]], bool | None]


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
    report: EpochReport | None = None,
    staged: bool = False,
    **options: Any,
) -> Best:
    """Train the models of one set side by side and leave each at the epoch of the best mean.

    Parameters
    ----------
    make_trainer, options : see `FoldsOfSet`.
    report, staged : see `train_sets`.
    """
    one = FoldsOfSet(models, make_trainer, pairs, folds, **options)
    pruned = train_sets([one], report=report, staged=staged)
    if not pruned:
        one.restored()
    return replace(one.best, pruned=pruned)


def train_sets(
    sets: Sequence[FoldsOfSet], *, report: EpochReport | None = None, staged: bool = False
) -> bool:
    """Train several sets side by side, each until its own patience ends; whether they were pruned.

    Each comes to what it would alone. What is reported are means over the sets, of one that has
    ended those of its best epoch.

    Parameters
    ----------
    report : called after every epoch; returning True stops the run.
    staged : train the first fold of each set alone, as its own scores tell, before the others; its
        scores at its best epoch are reported as `val/…_fold0` of epoch 0. Later epochs are as
        without.

    Raises
    ------
    DivergedError
        When a loss or validation score stops being finite; of several sets it names the one.
    """
    if staged:
        alone = [one.train_first() for one in sets if len(one.models) > 1]
        first = _of_first_fold(mean_over_sets(alone)) if alone and all(alone) else {}
        if first and _stops(report, 0, first):
            return True
    for epoch in itertools.count(1):
        metrics = mean_over_sets([one.train_epoch(epoch) for one in sets])
        if _stops(report, epoch, metrics):
            return True
        if all(one.has_ended for one in sets):
            return False
    raise AssertionError


def _stops(report: EpochReport | None, epoch: int, metrics: dict[str, float]) -> bool:
    return report is not None and bool(report(epoch, metrics))


class FoldsOfSet:
    """The folds of a set, trained an epoch at a time.

    Parameters
    ----------
    make_trainer : gives the trainer of some of the models.
    epochs, patience : training ends after so many, or so many after the best.
    monitor : one of `MONITORS`; the least is best of those that are better when lower.
    baselines : label-only logits of the validation parts, for `val/gain_…`; see `Validation`.
    restore : whether to keep the weights of the best epoch, for `restored`.
    name : the set's, where it is one of several.

    Raises
    ------
    ConfigError
        When the validation parts have no such score.
    """

    def __init__(
        self,
        models: Sequence[FoldModel],
        make_trainer: MakeTrainer,
        pairs: Pairs,
        folds: Folds,
        *,
        epochs: int,
        patience: int,
        monitor: str,
        baselines: Mapping[str, Sequence[np.ndarray]] | None = None,
        restore: bool = True,
        name: str = "",
    ) -> None:
        self.name = name
        self.models: Sequence[FoldModel] = models
        self.monitor = monitor
        self.epochs, self.patience, self.snapshots = epochs, patience, restore
        self.validation = Validation(pairs, folds, baselines)
        self.validation.check_defined(monitor)
        self.best = Best({}, epoch=0, epochs=0, pruned=False)
        self._kept: list[Any] = []
        self._make_trainer, self._pairs, self._folds = make_trainer, pairs, folds
        self._parts: list[Trained] = []

    @property
    def has_ended(self) -> bool:
        """Whether its patience, or the number of epochs, is at its end."""
        best = self.best
        return best.epochs == self.epochs or best.epochs - best.epoch >= self.patience

    def train_first(self) -> Mapping[str, float]:
        """Train the first fold alone; its scores at its best epoch, none if it diverges at once."""
        first = Ahead(self._part(slice(1)), snapshots=self.snapshots)
        self._parts.append(first)
        return first.run(epochs=self.epochs, patience=self.patience, monitor=self.monitor) or {}

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """What all folds came to in an epoch; after its end, in the best one."""
        if self.has_ended:
            return self.best.metrics
        if epoch == 1:
            self._parts.append(self._part(slice(len(self._parts), None)))
        after = [fold for part in self._parts for fold in part.epoch(epoch)]
        with errors_name(self.name):
            metrics = _metrics(after, self.validation, epoch, self.monitor)
        if _improves(f"val/{self.monitor}", metrics, self.best.metrics):
            self.best.metrics, self.best.epoch = metrics, epoch
            self._kept = [fold.snapshot() for fold in after] if self.snapshots else []
        self.best.epochs = epoch
        return metrics

    def restored(self) -> Sequence[FoldModel]:
        """The models, given up, with their weights of the best epoch where these are kept."""
        models = self.models
        for model, snapshot in zip(models, self._kept, strict=self.snapshots):
            model.restore(snapshot)
        self.release()
        return models

    def release(self) -> None:
        """Let go of models and trainers, so that others have room."""
        self.models, self._parts, self._kept = (), [], []

    def _part(self, part: slice) -> SideBySide:
        folds = self._pairs, self._folds, self.validation
        return SideBySide(self.models, self._make_trainer, *folds, part=part)


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
        raise DivergedError(f"a validation score is not finite in epoch {epoch}; {_ADVICE}")
    per_fold = {f"val/{monitor}_fold{i}": one[monitor] for i, one in enumerate(scores)}
    return {"train/loss": loss, **validation.means(scores), **per_fold}


def _finite_loss(losses: Sequence[float], epoch: int) -> float:
    loss = float(np.mean(losses))
    if not math.isfinite(loss):
        raise DivergedError(f"the training loss is {loss} in epoch {epoch}; {_ADVICE}")
    return loss


def _improves(watched: str, metrics: Mapping[str, float], best: Mapping[str, float]) -> bool:
    return not best or is_better(watched, metrics[watched], best[watched])


def _of_first_fold(scores: Mapping[str, float]) -> dict[str, float]:
    return {
        f"val/{name}{FIRST_FOLD}": value for name, value in scores.items() if math.isfinite(value)
    }
