"""Baselines that see prior networks alone: no label of the set, no expression."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gpdht.data.dataset import Dataset
from gpdht.models.baselines.fit_once import FitOnce
from gpdht.models.prior_features import prior_features
from gpdht.pairs.candidates import Pairs


class PriorAlone(FitOnce):
    """The sum over priors of one standardised feature; meets `FoldModel`.

    A score is a strength, no logit.
    """

    feature: ClassVar[str]

    def __init__(self, dataset: Dataset, pairs: Pairs, train: np.ndarray, *, seed: int) -> None:  # noqa: ARG002
        super().__init__(pairs, train)
        self.features = prior_features(dataset)
        self.columns = [
            i for i, name in enumerate(self.features.names) if name.endswith(f": {self.feature}")
        ]

    def fit(self) -> bool:
        return True

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 strengths, (P,)."""
        return self.features(tf_P, target_P)[:, self.columns].sum(axis=1)
