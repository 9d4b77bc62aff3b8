"""The one protocol that every model meets: GP-DHT, its peers, the label-only baselines."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class FoldModel(Protocol):
    """One fold's model; trained epoch by epoch, so that folds can go in lockstep.

    A model without epochs fits in the first and is done.
    """

    def train_epoch(self, epoch: int) -> float:
        """Go once over the training pairs (epochs count from 1); returns the mean loss."""
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
