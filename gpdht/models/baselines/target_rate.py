"""Label-only baseline: the share of positives among the target's pairs."""

from __future__ import annotations

import numpy as np

from gpdht.models.baselines.fit_once import FitOnce
from gpdht.models.baselines.rates import Rates
from gpdht.pairs.candidates import Pairs


class TargetRate(FitOnce):
    """The smoothed share of positives among the target's training pairs, as log-odds.

    An unseen target has the share of all training pairs.
    """

    def __init__(self, pairs: Pairs, train: np.ndarray, *, num_genes: int) -> None:
        super().__init__(pairs, train)
        self.num_genes = num_genes

    def fit(self) -> Rates:
        return Rates.count(self.tf_P, self.target_P, self.label_P, num_genes=self.num_genes)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:  # noqa: ARG002
        """float32 logits, (P,)."""
        return self.model.by_target(target_P).astype(np.float32)
