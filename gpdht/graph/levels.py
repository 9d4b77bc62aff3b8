"""Expression levels: each non-zero value becomes one of K per-gene bins (paper, Eqs. 1–6)."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from gpdht.data.expression import nonzero_moments


def assign_levels(expression: sparse.csr_matrix, *, levels: int) -> np.ndarray:
    """Uniform level of every stored value, 1…K, aligned with ``expression.data``.

    Per gene, over the natural logs of its non-zero values with mean μ and (population) standard
    deviation σ: L = max(μ − 2σ, min), U = min(μ + 2σ, max), w = (U − L)/K and
    level = clip(⌊(log x − L)/w⌋, 0, K − 1) + 1. A gene whose values are all equal has w = 0;
    its values are level 1.

    Parameters
    ----------
    expression : (cells, genes) CSR, stored values > 0.
    levels : the bin count K.
    """
    gene, log = expression.indices, np.log(expression.data.astype(np.float64))
    mean, sd = nonzero_moments(expression, log)
    num_genes = len(mean)
    low, high = np.full(num_genes, np.inf), np.full(num_genes, -np.inf)
    np.minimum.at(low, gene, log)
    np.maximum.at(high, gene, log)
    low, high = np.maximum(mean - 2 * sd, low), np.minimum(mean + 2 * sd, high)
    width = (high - low) / levels
    flat = ~(width > 0)
    bins = np.floor((log - low[gene]) / np.where(flat, 1.0, width)[gene])
    bins[flat[gene]] = 0
    return (np.clip(bins, 0, levels - 1) + 1).astype(np.int16)
