"""Label-only baseline: what TF and target identity alone predict, without any expression."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from gpdht.models.baselines.fit_once import FitOnce
from gpdht.pairs.candidates import Pairs


class OneHotLogistic(FitOnce):
    """Logistic regression on the one-hot TF and the one-hot target; meets `FoldModel`.

    A TF or target without a training pair scores zero on its part, so on unseen targets the
    TF's rate decides, and on unseen TFs the target's.
    """

    def __init__(self, pairs: Pairs, train: np.ndarray, *, num_genes: int, seed: int = 0) -> None:  # noqa: ARG002
        super().__init__(pairs, train)
        self.num_genes = num_genes

    def fit(self) -> LogisticRegression:
        model = LogisticRegression(C=1.0, solver="lbfgs", max_iter=500)
        return model.fit(self._one_hot(self.tf_P, self.target_P), self.label_P)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""
        return self.model.decision_function(self._one_hot(tf_P, target_P)).astype(np.float32)

    def _one_hot(self, tf_P: np.ndarray, target_P: np.ndarray) -> sparse.csr_matrix:
        rows = np.repeat(np.arange(len(tf_P)), 2)
        columns = np.stack([tf_P, target_P + self.num_genes], axis=1).ravel()
        return sparse.csr_matrix(
            (np.ones(len(rows)), (rows, columns)), shape=(len(tf_P), 2 * self.num_genes)
        )
