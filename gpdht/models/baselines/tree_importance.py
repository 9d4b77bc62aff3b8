"""Expression-only baseline: how much a TF helps trees to predict the target's expression."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor

from gpdht.models.baselines.regulator_table import RegulatorTable
from gpdht.models.gene_statistics import regulators

TREES = 30
SMALLEST_LEAF = 5


class TreeImportance(RegulatorTable):
    """GENIE3 with extremely randomised trees: each gene's expression regressed on all TFs'.

    The strength of a TF is the share of the target's variance that splits on the TF remove,
    averaged over the trees (Huynh-Thu et al. 2010, DOI 10.1371/journal.pone.0012776). The gene
    itself is not among its own regressors.
    """

    def table(self) -> np.ndarray:
        """Shares of variance, (T, G)."""
        tfs = regulators(self.dataset)
        by_gene = self.dataset.expression.tocsc()
        x_CT = by_gene[:, tfs].toarray()
        share_TG = np.zeros((len(tfs), self.dataset.num_genes), dtype=np.float32)
        for gene in range(self.dataset.num_genes):
            y_C = by_gene[:, gene].toarray()[:, 0].astype(np.float64)
            others = np.flatnonzero(tfs != gene)
            if y_C.std() > 0 and len(others):
                share_TG[others, gene] = self._shares(x_CT[:, others], y_C)
        return share_TG

    def _shares(self, x_CT: np.ndarray, y_C: np.ndarray) -> np.ndarray:
        forest = ExtraTreesRegressor(
            TREES,
            max_features="sqrt",
            min_samples_leaf=SMALLEST_LEAF,
            random_state=self.seed,
        ).fit(x_CT, (y_C - y_C.mean()) / y_C.std())
        shares = [tree.tree_.compute_feature_importances(normalize=False) for tree in forest]
        return np.mean(shares, axis=0)
