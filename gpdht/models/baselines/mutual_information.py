"""Expression-only baseline: mutual information of TF and target over the cells."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from gpdht.models.baselines.regulator_table import RegulatorTable
from gpdht.models.gene_statistics import regulators

BINS = 6
"""Not detected, and five equally full bins of the cells that express the gene."""


class MutualInformation(RegulatorTable):
    """Plug-in estimate over binned expression, in nats: Σ p(a, b) log(p(a, b) / p(a) p(b))."""

    def table(self) -> np.ndarray:
        """Mutual information, (T, G)."""
        bin_GC = binned(self.dataset.expression)
        tfs = regulators(self.dataset)
        information_TG = np.stack([information(bin_GC[tf], bin_GC) for tf in tfs])
        information_TG[np.arange(len(tfs)), tfs] = 0
        return information_TG.astype(np.float32)


def binned(expression: sparse.csr_matrix) -> np.ndarray:
    """Bin of each value, (G, C) int64: 0 for zero, then 1 … 5 by rank among the gene's non-zeros.

    Equal values share a bin.
    """
    by_gene = sparse.csc_matrix(expression)
    bin_GC = np.zeros((by_gene.shape[1], by_gene.shape[0]), dtype=np.int64)
    for gene in range(by_gene.shape[1]):
        part = slice(by_gene.indptr[gene], by_gene.indptr[gene + 1])
        value = by_gene.data[part]
        if len(value):
            below = np.searchsorted(np.sort(value), value)
            bin_GC[gene, by_gene.indices[part]] = 1 + below * (BINS - 1) // len(value)
    return bin_GC


def information(bin_C: np.ndarray, bin_GC: np.ndarray) -> np.ndarray:
    """Mutual information of one binned gene with many, (G,) nats."""
    num_genes, num_cells = bin_GC.shape
    cell_GC = np.arange(num_genes)[:, None] * BINS**2 + bin_C * BINS + bin_GC
    joint = np.bincount(cell_GC.ravel(), minlength=num_genes * BINS**2) / num_cells
    joint_GAB = joint.reshape(num_genes, BINS, BINS)
    return _entropy(joint_GAB.sum(2)) + _entropy(joint_GAB.sum(1)) - _entropy(joint_GAB)


def _entropy(share: np.ndarray) -> np.ndarray:
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    return -(share * logs).reshape(len(share), -1).sum(1)
