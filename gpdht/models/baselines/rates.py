"""The share of positives among a TF's pairs and among a target's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gpdht.models.baselines.fit_once import FitOnce
from gpdht.pairs.candidates import Pairs

SMOOTHING = 2.0
"""Pairs' worth of the overall share that is added to each gene's own pairs."""


@dataclass(frozen=True, eq=False)
class Rates:
    """Log-odds of a positive: overall, by TF and by target.

    Parameters
    ----------
    prior : log-odds of the share of positives among all training pairs.
    tf_G, target_G : log-odds of each gene's smoothed share in that role; NaN where the gene has
        no training pair in it.
    """

    prior: float
    tf_G: np.ndarray
    target_G: np.ndarray

    @classmethod
    def count(
        cls, tf_P: np.ndarray, target_P: np.ndarray, label_P: np.ndarray, *, num_genes: int
    ) -> Rates:
        """The rates of some labelled pairs: (positives + m·share) / (pairs + m), m = 2."""
        share = (label_P.sum() + 0.5) / (len(label_P) + 1)

        def log_odds(gene_P: np.ndarray) -> np.ndarray:
            pairs_G = np.bincount(gene_P, minlength=num_genes)
            positives_G = np.bincount(gene_P, label_P, minlength=num_genes)
            rate_G = (positives_G + SMOOTHING * share) / (pairs_G + SMOOTHING)
            return np.where(pairs_G > 0, np.log(rate_G) - np.log1p(-rate_G), np.nan)

        prior = float(np.log(share) - np.log1p(-share))
        return cls(prior, log_odds(tf_P), log_odds(target_P))

    def by_tf(self, tf_P: np.ndarray) -> np.ndarray:
        """Log-odds of each pair's TF; of all pairs where the TF is unseen."""
        return np.nan_to_num(self.tf_G[tf_P], nan=self.prior)

    def by_target(self, target_P: np.ndarray) -> np.ndarray:
        """Log-odds of each pair's target; of all pairs where the target is unseen."""
        return np.nan_to_num(self.target_G[target_P], nan=self.prior)

    def unless_seen(
        self,
        tf_P: np.ndarray,
        target_P: np.ndarray,
        of_seen: Callable[[np.ndarray, np.ndarray], np.ndarray],
    ) -> np.ndarray:
        """float32 logits, (P,): `of_seen` of the pairs both of whose ends have training pairs.

        Of a pair with an unseen end, the seen end's rate, or the prior. Without a pair of the
        former kind `of_seen` is not called.
        """
        tf_unseen_P, target_unseen_P = np.isnan(self.tf_G[tf_P]), np.isnan(self.target_G[target_P])
        logit_P = np.where(tf_unseen_P, self.by_target(target_P), self.by_tf(tf_P))
        seen_P = ~tf_unseen_P & ~target_unseen_P
        if seen_P.any():
            logit_P[seen_P] = of_seen(tf_P[seen_P], target_P[seen_P])
        return logit_P.astype(np.float32)


class RateModel(FitOnce):
    """What the two rate baselines share: they count."""

    def __init__(self, pairs: Pairs, train: np.ndarray, *, num_genes: int, seed: int = 0) -> None:  # noqa: ARG002
        super().__init__(pairs, train)
        self.num_genes = num_genes

    def fit(self) -> Rates:
        return Rates.count(self.tf_P, self.target_P, self.label_P, num_genes=self.num_genes)
