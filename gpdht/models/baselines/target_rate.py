"""Label-only baseline: the share of positives among the target's pairs."""

from __future__ import annotations

import numpy as np

from gpdht.models.baselines.rates import RateModel


class TargetRate(RateModel):
    """The smoothed share of positives among the target's training pairs, as log-odds.

    An unseen target has the share of all training pairs.
    """

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:  # noqa: ARG002
        """float32 logits, (P,)."""
        return self.model.by_target(target_P).astype(np.float32)
