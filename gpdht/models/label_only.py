"""Label-only baseline: what TF and target identity alone predict, without any expression."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from gpdht.pairs.candidates import Pairs


class OneHotLogistic:
    """Logistic regression on the one-hot TF and the one-hot target; meets `FoldModel`.

    A TF or target without a training pair scores zero on its part, so on unseen targets the
    TF's rate decides, and on unseen TFs the target's.
    """

    def __init__(self, pairs: Pairs, train: np.ndarray, *, num_genes: int) -> None:
        self.num_genes = num_genes
        self.tf_P, self.target_P = pairs.tf_P[train], pairs.target_P[train]
        self.label_P = pairs.label_P[train]
        self.model = LogisticRegression(C=1.0, solver="lbfgs", max_iter=500)

    num_steps = 1

    def steps(self, epoch: int) -> Iterator[float]:
        """Fit in the first epoch; the training log-loss."""
        x = self._one_hot(self.tf_P, self.target_P)
        if epoch == 1:
            self.model.fit(x, self.label_P)
        sign = np.where(self.label_P == 1, 1.0, -1.0)
        yield float(np.logaddexp(0, -sign * self.model.decision_function(x)).mean())

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""
        return self.model.decision_function(self._one_hot(tf_P, target_P)).astype(np.float32)

    def snapshot(self) -> tuple[np.ndarray, np.ndarray]:
        """Copies of coefficients and intercept."""
        return self.model.coef_.copy(), self.model.intercept_.copy()

    def restore(self, snapshot: tuple[np.ndarray, np.ndarray]) -> None:
        """Go back to a snapshot."""
        self.model.coef_, self.model.intercept_ = (part.copy() for part in snapshot)

    def _one_hot(self, tf_P: np.ndarray, target_P: np.ndarray) -> sparse.csr_matrix:
        rows = np.repeat(np.arange(len(tf_P)), 2)
        columns = np.stack([tf_P, target_P + self.num_genes], axis=1).ravel()
        return sparse.csr_matrix(
            (np.ones(len(rows)), (rows, columns)), shape=(len(tf_P), 2 * self.num_genes)
        )
