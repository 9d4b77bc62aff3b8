"""The one protocol of all models: GP-DHT, the published ones, the label-only baselines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from gpdht.pairs.candidates import Pairs


class FoldModel(Protocol):
    """One fold's model; trained step by step, so that folds can go side by side.

    A model without epochs fits in the first step and is done.
    """

    num_steps: int
    num_weights: int  # that training on labels sets; 0 where they are not counted

    def steps(self, epoch: int) -> Iterator[float]:
        """Go once over the training pairs (epochs count from 1); the loss after each step.

        Yields `num_steps` times. The same epoch of the same fold is the same computation,
        whatever ran before it or runs beside it.
        """
        ...

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits of any pairs, given as positions in `Dataset.genes`."""
        ...

    def snapshot(self) -> Any:
        """A copy of the weights that later training cannot change."""
        ...

    def restore(self, snapshot: Any) -> None:
        """Go back to a snapshot."""
        ...


class FoldTrainer(Protocol):
    """Trains the folds of a model together; see `ThreadedTrainer` and `BatchedTrainer`."""

    def train_epoch(self, epoch: int) -> list[float]:
        """One pass of each fold over its training pairs; the mean loss of each fold."""
        ...


class PreparedModel(Protocol):
    """What a configuration makes of a dataset without a label: models of any folds stand on it."""

    def models(self, pairs: Pairs, train_parts: Sequence[np.ndarray]) -> Sequence[FoldModel]:
        """One untrained model for each array of training pairs, positions in `pairs`.

        A model keeps nothing of the labels of other pairs.
        """
        ...

    def trainer(self, models: Sequence[Any]) -> FoldTrainer:
        """How models of this prepared train fastest together."""
        ...
