"""Expression-only baseline: gradient boosting on simple statistics of TF and target."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from gpdht.data.dataset import Dataset
from gpdht.data.derived import once
from gpdht.data.others import first_rows, sets_of
from gpdht.models.baselines.fit_once import FitOnce
from gpdht.models.gene_statistics import components, correlations, moments, regulators
from gpdht.pairs.candidates import Pairs

COMPONENTS = 15


class BoostedExpression(FitOnce):
    """Trees on mean, detection rate, sd and 15 component loadings of both, and their correlation.

    No feature names a gene, but with few TFs their statistics do: on a random-edge split the trees
    can remember each TF's rate. On unseen TFs that memory misleads; trees that see a fifth of the
    features per split lean on it less.
    """

    def __init__(self, dataset: Dataset, pairs: Pairs, train: np.ndarray, *, seed: int) -> None:
        super().__init__(pairs, train)
        self.dataset, self.seed = dataset, seed

    def fit(self) -> HistGradientBoostingClassifier:
        trees = HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=200,
            max_features=0.2,
            min_samples_leaf=50,
            early_stopping=False,
            random_state=self.seed,
        )
        input_PX = self.features(self.tf_P, self.target_P)
        input_PX[:, np.isnan(input_PX).all(axis=0)] = 0  # nothing to split on
        return trees.fit(input_PX, self.label_P)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""
        return self.model.decision_function(self.features(tf_P, target_P)).astype(np.float32)

    def features(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """TF's statistics, target's statistics, correlation: (P, 2·18 + 1).

        The correlation is unknown (NaN) for a TF outside `Dataset.tfs`, and so are the loadings of
        genes of other sets: components of two sets of cells are not the same.
        """
        first = first_rows(self.dataset)
        set_P = np.searchsorted(first, tf_P, side="right") - 1
        sets, order = sets_of(self.dataset), np.argsort(set_P, kind="stable")
        parts = []
        for i in np.unique(set_P):
            at = set_P == i
            parts.append(self._of_set(sets[i], tf_P[at] - first[i], target_P[at] - first[i]))
        return np.concatenate(parts)[np.argsort(order)]

    def _of_set(self, dataset: Dataset, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        gene_GS = once(dataset, ("statistics", self.seed), lambda: self._statistics(dataset))
        correlation_TG = once(
            dataset, "correlations", lambda: correlations(dataset.expression, regulators(dataset))
        )
        row_G = np.full(dataset.num_genes, -1)
        row_G[regulators(dataset)] = np.arange(len(dataset.tfs))
        row_P = row_G[tf_P]
        correlation_P = np.where(row_P >= 0, correlation_TG[row_P, target_P], np.nan)
        return np.column_stack([gene_GS[tf_P], gene_GS[target_P], correlation_P])

    def _statistics(self, dataset: Dataset) -> np.ndarray:
        """(G, 3 + components)."""
        loading_GD = components(self.dataset.expression, number=COMPONENTS, seed=self.seed)
        if dataset is not self.dataset:
            loading_GD = np.full((dataset.num_genes, loading_GD.shape[1]), np.nan)
        return np.column_stack([*moments(dataset.expression), loading_GD])
