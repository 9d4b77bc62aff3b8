"""Label-only baseline: the share of positives among the TF's pairs."""

from __future__ import annotations

import numpy as np

from gpdht.models.baselines.rates import RateModel


class TFRate(RateModel):
    """The smoothed share of positives among the TF's training pairs, as log-odds.

    An unseen TF has the share of all training pairs.
    """

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:  # noqa: ARG002
        """float32 logits, (P,)."""
        return self.model.by_tf(tf_P).astype(np.float32)
