"""Expression-only baseline: how strongly TF and target correlate over the cells."""

from __future__ import annotations

import numpy as np

from gpdht.models.baselines.regulator_table import RegulatorTable
from gpdht.models.gene_statistics import correlations, regulators


class Correlation(RegulatorTable):
    """|Pearson correlation| of log expression over all cells; 0 if either gene is constant."""

    def table(self) -> np.ndarray:
        """Absolute correlations, (T, G)."""
        tfs = regulators(self.dataset)
        strength_TG = np.abs(correlations(self.dataset.expression, tfs))
        strength_TG[np.arange(len(tfs)), tfs] = 0
        return strength_TG.astype(np.float32)
