"""Label-only baseline: gradient boosting on what is known of the target's other regulators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from gpdht.models.baselines.fit_once import FitOnce
from gpdht.models.baselines.rates import Rates
from gpdht.pairs.candidates import Pairs


@dataclass(frozen=True, eq=False)
class Rows:
    """The trees and what their features are made of.

    Parameters
    ----------
    label_GT : training labels of each gene as a target of each training TF; NaN where unknown.
    column_G : a TF's column in `label_GT`; −1 where it has no training pair.
    """

    trees: HistGradientBoostingClassifier
    label_GT: np.ndarray
    column_G: np.ndarray
    rates: Rates


class BoostedLabelRows(FitOnce):
    """Trees on the target's training labels towards the other TFs, the TF, and the TF's rate.

    The pair's own label is hidden, at training as at scoring. The TF's rate counts all training
    pairs: leaving the pair's own out would give its label away, and so would the mean of the
    target's other labels. With an unseen TF or target, the seen end's rate decides.
    """

    def __init__(self, pairs: Pairs, train: np.ndarray, *, num_genes: int, seed: int) -> None:
        super().__init__(pairs, train)
        self.num_genes, self.seed = num_genes, seed

    def fit(self) -> Rows:
        tfs = np.unique(self.tf_P)
        column_G = np.full(self.num_genes, -1)
        column_G[tfs] = np.arange(len(tfs))
        label_GT = np.full((self.num_genes, len(tfs)), np.nan, dtype=np.float32)
        label_GT[self.target_P, column_G[self.tf_P]] = self.label_P
        rates = Rates.count(self.tf_P, self.target_P, self.label_P, num_genes=self.num_genes)
        trees = HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=200,
            early_stopping=False,
            random_state=self.seed,
        )
        x = _features(label_GT, column_G, rates, self.tf_P, self.target_P)
        x[:, np.isnan(x).all(axis=0)] = 0  # nothing to split on
        trees.fit(x, self.label_P)
        return Rows(trees, label_GT, column_G, rates)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""
        known: Rows = self.model

        def of_seen(tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
            x = _features(known.label_GT, known.column_G, known.rates, tf_P, target_P)
            logit_P: np.ndarray = known.trees.decision_function(x)
            return logit_P

        return known.rates.unless_seen(tf_P, target_P, of_seen)


def _features(
    label_GT: np.ndarray,
    column_G: np.ndarray,
    rates: Rates,
    tf_P: np.ndarray,
    target_P: np.ndarray,
) -> np.ndarray:
    """The target's label row without the pair's own, the TF's number, the TF's rate: (P, T + 2)."""
    column_P = column_G[tf_P]
    row_PT = label_GT[target_P]
    row_PT[np.arange(len(row_PT)), column_P] = np.nan
    return np.column_stack([row_PT, column_P, rates.tf_G[tf_P]])
