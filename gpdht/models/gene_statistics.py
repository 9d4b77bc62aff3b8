"""Label-free quantities of genes and gene pairs, made once for all folds of a dataset."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, svds

from gpdht.data.dataset import Dataset


def moments(expression: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, detection rate (share of cells above zero) and sd of each gene, (G,) float64."""
    num_cells, num_genes = expression.shape
    value = expression.data.astype(np.float64)
    mean_G = np.bincount(expression.indices, value, minlength=num_genes) / num_cells
    square_G = np.bincount(expression.indices, value**2, minlength=num_genes) / num_cells
    detected_G = np.bincount(expression.indices, minlength=num_genes) / num_cells
    return mean_G, detected_G, np.sqrt(np.maximum(square_G - mean_G**2, 0))


def components(expression: sparse.csr_matrix, *, number: int, seed: int) -> np.ndarray:
    """Each gene's loadings on the first principal components of the cells: (G, number).

    Genes are scaled to unit variance; a constant gene loads 0. Fewer components where the matrix
    has fewer. Each component's largest loading is positive.
    """
    num_cells, num_genes = expression.shape
    number = min(number, num_cells - 1, num_genes - 1)
    x_CG = sparse.csr_matrix(expression, dtype=np.float64)
    x_GC = sparse.csr_matrix(x_CG.T)
    mean_G, _, sd_G = moments(expression)
    scale_G = np.where(sd_G > 1e-12, sd_G, np.inf)
    scaled = LinearOperator(
        x_CG.shape,
        matvec=lambda g: x_CG @ (g.ravel() / scale_G) - mean_G @ (g.ravel() / scale_G),
        rmatvec=lambda c: (x_GC @ c.ravel() - mean_G * c.sum()) / scale_G,
        dtype=np.float64,
    )
    start = np.random.default_rng(seed).normal(size=min(x_CG.shape))
    _, size, loading_DG = svds(scaled, k=number, v0=start)
    loading_GD = loading_DG[np.argsort(-size)].T
    largest_D = loading_GD[np.abs(loading_GD).argmax(0), np.arange(number)]
    return loading_GD * np.sign(largest_D)


def correlations(expression: sparse.csr_matrix, tfs: np.ndarray) -> np.ndarray:
    """Pearson correlation of some genes with every gene over the cells, (T, G) float64.

    Zero where a gene is constant. An entry is computed by itself, so that it does not depend on
    which others are asked for.
    """
    num_cells = expression.shape[0]
    mean_G, _, sd_G = moments(expression)
    column = sparse.csc_matrix(expression, dtype=np.float64)
    product_TG = (column[:, tfs].T @ column).toarray() / num_cells
    covariance_TG = product_TG - np.outer(mean_G[tfs], mean_G)
    scale_TG = np.outer(sd_G[tfs], sd_G)
    varies_TG = scale_TG > 1e-12
    return np.where(varies_TG, covariance_TG / np.where(varies_TG, scale_TG, 1), 0).clip(-1, 1)


def regulators(dataset: Dataset) -> np.ndarray:
    """Positions in `genes` of `Dataset.tfs`, ascending."""
    return np.sort([dataset.gene_index[tf] for tf in dataset.tfs.tolist()])
