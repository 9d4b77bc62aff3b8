"""Negatives by co-occurrence: the rule of the paper's text (its table uses all negatives)."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def jointly_high(
    expression: sparse.csr_matrix, tf_P: np.ndarray, target_P: np.ndarray, *, share: float
) -> np.ndarray:
    """Which pairs (bool, P) are jointly highly expressed in at least `share` of all cells.

    A gene is highly expressed in a cell if it is above its mean over the cells that express it.

    Parameters
    ----------
    expression : (cells, genes) CSR without explicit zeros.
    """
    high_CG = _high(expression)
    tf_T, row_P = np.unique(tf_P, return_inverse=True)
    both_TG = (high_CG[:, tf_T].T @ high_CG).toarray()
    return both_TG[row_P, target_P] / expression.shape[0] >= share


def draw_negatives(
    label_P: np.ndarray, dropped_P: np.ndarray, *, ratio: float, seed: int
) -> np.ndarray:
    """Positions, ascending, of all positives and of `ratio` negatives per positive.

    Negatives come from those not dropped; all of them, if they are fewer.
    """
    positives = np.flatnonzero(label_P == 1)
    negatives = np.flatnonzero((label_P == 0) & ~dropped_P)
    wanted = min(len(negatives), round(ratio * len(positives)))
    drawn = np.random.default_rng(seed).choice(negatives, wanted, replace=False)
    return np.sort(np.concatenate([positives, drawn]))


def _high(expression: sparse.csr_matrix) -> sparse.csc_matrix:
    """1 where a cell's value is above the gene's mean non-zero value, (cells, genes)."""
    num_genes = expression.shape[1]
    gene, value = expression.indices, expression.data
    count_G = np.maximum(np.bincount(gene, minlength=num_genes), 1)
    mean_G = np.bincount(gene, value, minlength=num_genes) / count_G
    high = (value > mean_G[gene]).astype(np.int32)
    parts = (high, gene.copy(), expression.indptr.copy())  # the dataset's own stay as they are
    high_CG = sparse.csr_matrix(parts, shape=expression.shape)
    high_CG.eliminate_zeros()
    return sparse.csc_matrix(high_CG)
