"""Baseline without expression: labels and prior networks in one logistic regression."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from gpdht.data.dataset import Dataset
from gpdht.data.others import first_rows
from gpdht.models.baselines.fit_once import FitOnce
from gpdht.models.prior_features import prior_features
from gpdht.pairs.candidates import Pairs


class PriorLogistic(FitOnce):
    """Logistic regression on one-hot TF, one-hot target and the features of the priors.

    On unseen targets it says what TF and priors say, on unseen TFs what target and priors say.
    Meets `FoldModel`.
    """

    def __init__(self, dataset: Dataset, pairs: Pairs, train: np.ndarray, *, seed: int) -> None:  # noqa: ARG002
        super().__init__(pairs, train)
        self.rows, self.features = int(first_rows(dataset)[-1]), prior_features(dataset)

    def fit(self) -> LogisticRegression:
        model = LogisticRegression(C=1.0, solver="lbfgs", max_iter=500)
        return model.fit(self._inputs(self.tf_P, self.target_P), self.label_P)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""
        return self.model.decision_function(self._inputs(tf_P, target_P)).astype(np.float32)

    def _inputs(self, tf_P: np.ndarray, target_P: np.ndarray) -> sparse.csr_matrix:
        at_P, shape = np.arange(len(tf_P)), (len(tf_P), self.rows)
        ends = [sparse.csr_matrix((np.ones(len(at_P)), (at_P, g)), shape) for g in (tf_P, target_P)]
        return sparse.hstack([*ends, sparse.csr_matrix(self.features(tf_P, target_P))], "csr")
