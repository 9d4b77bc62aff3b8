"""Folds an epoch at a time: all side by side, or the first ahead of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from gpdht.metrics.names import is_better
from gpdht.models.protocol import FoldModel, FoldTrainer
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds
from gpdht.training.validation import Validation

MakeTrainer = Callable[[Sequence[Any]], FoldTrainer]


@dataclass(frozen=True)
class FoldEpoch:
    """What a fold came to in an epoch.

    Parameters
    ----------
    loss : mean over its steps.
    scores : of its validation part, see `Validation.of_fold`; None if a logit is not finite.
    snapshot : gives the weights it then had.
    """

    loss: float
    scores: Mapping[str, float] | None
    snapshot: Callable[[], Any]

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.loss)) and self.scores is not None


class Trained(Protocol):
    """Folds that can be trained for an epoch, in the order of epochs from 1."""

    def epoch(self, epoch: int) -> list[FoldEpoch]:
        """What each fold came to in this epoch."""
        ...


class SideBySide:
    """Folds that train together.

    Parameters
    ----------
    models : of all folds.
    part : which of the folds these are.
    """

    def __init__(
        self,
        models: Sequence[FoldModel],
        make_trainer: MakeTrainer,
        pairs: Pairs,
        folds: Folds,
        validation: Validation,
        *,
        part: slice = slice(None),
    ) -> None:
        self.at = list(enumerate(models))[part]
        self.trainer = make_trainer([model for _, model in self.at])
        self.pairs, self.folds, self.validation = pairs, folds, validation

    def epoch(self, epoch: int) -> list[FoldEpoch]:
        """Train each fold for an epoch and score its validation part."""
        losses = self.trainer.train_epoch(epoch)
        return [
            FoldEpoch(loss, self._scores(fold, model), model.snapshot)
            for loss, (fold, model) in zip(losses, self.at, strict=True)
        ]

    def _scores(self, fold: int, model: FoldModel) -> Mapping[str, float] | None:
        at = self.folds.folds[fold].validation
        score_P = model.score(self.pairs.tf_P[at], self.pairs.target_P[at])
        return self.validation.of_fold(fold, score_P) if np.isfinite(score_P).all() else None


class Ahead:
    """One fold that trains before the others, for as long as its own scores tell it to.

    What it came to in those epochs is kept, and given out when the others get there.

    Parameters
    ----------
    snapshots : whether its weights after each of those epochs are kept as well.
    """

    def __init__(self, fold: SideBySide, *, snapshots: bool) -> None:
        self.fold, self.snapshots = fold, snapshots
        self.kept: dict[int, FoldEpoch] = {}

    def run(self, *, epochs: int, patience: int, monitor: str) -> Mapping[str, float] | None:
        """Train until `patience` epochs brought nothing better; the scores at its best epoch.

        None if already the first epoch is not finite. Where a later one is not, it stops there.
        """
        best: Mapping[str, float] | None = None
        best_epoch = 0
        for epoch in range(1, epochs + 1):
            after = self.kept[epoch] = self._keep(*self.fold.epoch(epoch))
            if not after.is_finite or after.scores is None:
                break
            if best is None or is_better(monitor, after.scores[monitor], best[monitor]):
                best, best_epoch = after.scores, epoch
            if epoch - best_epoch >= patience:
                break
        return best

    def epoch(self, epoch: int) -> list[FoldEpoch]:
        """What the fold came to in this epoch; it trains on where it has not been."""
        return [self.kept.pop(epoch)] if epoch in self.kept else self.fold.epoch(epoch)

    def _keep(self, after: FoldEpoch) -> FoldEpoch:
        snapshot = after.snapshot() if self.snapshots else None
        return replace(after, snapshot=lambda: snapshot)
