"""What all baselines share: they fit in their first step and are done."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from gpdht.pairs.candidates import Pairs


class FitOnce(ABC):
    """A `FoldModel` without epochs; a subclass says how it fits and scores.

    Parameters
    ----------
    train : positions in `pairs` whose labels the model may see; no other label is kept.
    """

    num_steps = 1
    num_weights = 0

    def __init__(self, pairs: Pairs, train: np.ndarray) -> None:
        self.tf_P, self.target_P = pairs.tf_P[train], pairs.target_P[train]
        self.label_P = pairs.label_P[train]
        self.model: Any = None

    @abstractmethod
    def fit(self) -> Any:
        """Everything that `score` needs, learned from the training pairs."""

    @abstractmethod
    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""

    def learn_and_score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """`score` of a model that fits now if it has not; on one thread, as a step is."""
        with threadpool_limits(1):  # small products gain from no more
            if self.model is None:
                self.model = self.fit()
            return self.score(tf_P, target_P)

    def steps(self, epoch: int) -> Iterator[float]:  # noqa: ARG002
        """Fit in the first epoch; the training pairs' log-loss."""
        logit_P = self.learn_and_score(self.tf_P, self.target_P)
        if not len(logit_P):
            yield 0.0  # it learns from no label, and was given none
            return
        sign_P = np.where(self.label_P == 1, 1.0, -1.0)
        yield float(np.logaddexp(0, -sign_P * logit_P).mean())

    def snapshot(self) -> Any:
        """A deep copy of what was learned."""
        return copy.deepcopy(self.model)

    def restore(self, snapshot: Any) -> None:
        """Go back to a snapshot."""
        self.model = copy.deepcopy(snapshot)
