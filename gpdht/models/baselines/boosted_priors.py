"""Baseline with all that is known: boosted trees on expression statistics and priors."""

from __future__ import annotations

import numpy as np

from gpdht.models.baselines.boosted_expression import BoostedExpression
from gpdht.models.prior_features import prior_features


class BoostedPriors(BoostedExpression):
    """`BoostedExpression` with the features of the priors beside those of the expression."""

    def features(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """(P, 2·18 + 1 + K)."""
        known_PK = prior_features(self.dataset)(tf_P, target_P)
        return np.column_stack([super().features(tf_P, target_P), known_PK])
