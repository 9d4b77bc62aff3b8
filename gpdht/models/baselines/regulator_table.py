"""What the unsupervised expression baselines share: one number per regulator and gene."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from gpdht.data.dataset import Dataset
from gpdht.data.derived import once
from gpdht.models.baselines.fit_once import FitOnce
from gpdht.models.gene_statistics import regulators
from gpdht.pairs.candidates import Pairs


class RegulatorTable(FitOnce):
    """Scores a pair by its entry in a TF × gene table that is made without any label.

    The table has all of `Dataset.tfs`; any other gene regulates nothing and scores 0. An entry
    is a strength, not a log-odds: rankings mean something, probabilities do not.

    Parameters
    ----------
    train : only for the training log-loss, which nobody should read.
    """

    def __init__(self, dataset: Dataset, pairs: Pairs, train: np.ndarray, *, seed: int) -> None:
        super().__init__(pairs, train)
        self.dataset, self.seed = dataset, seed
        self.row_G = np.full(dataset.num_genes, -1)
        tfs = regulators(dataset)
        self.row_G[tfs] = np.arange(len(tfs))

    @abstractmethod
    def table(self) -> np.ndarray:
        """Non-negative strengths, (T, G) in the order of `regulators`; 0 for a gene with itself."""

    def fit(self) -> np.ndarray:
        """The table, made once for all folds."""
        return once(self.dataset, (type(self).__name__, self.seed), self.table)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 strengths, (P,)."""
        row_P = self.row_G[tf_P]
        strength_P = np.where(row_P >= 0, self.model[row_P, target_P], 0)
        return strength_P.astype(np.float32)
