"""The gene–cell graph: one relation per expression level and direction (paper, Eq. 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch_geometric.data import HeteroData

from gpdht.config import GraphConfig
from gpdht.data.dataset import Dataset
from gpdht.graph.levels import assign_levels


@dataclass(frozen=True, eq=False)
class Bags:
    """All relations of one direction as bags of rows of a (K·sources, D) message table.

    With one-hot nodes a message is a table row, so the neighbourhood of destination v under
    level k is the bag ``indices[offsets[k·V + v] : offsets[k·V + v + 1]]`` of rows
    ``k·U + u``; V destinations, U sources. Bags are ascending, so is each bag's content.

    Parameters
    ----------
    indices : (edges,) int32.
    offsets : (K·V,) int32, the start of each bag (the end of one is the start of the next).
    """

    indices: torch.Tensor
    offsets: torch.Tensor

    def to(self, device: torch.device) -> Bags:
        return Bags(self.indices.to(device), self.offsets.to(device))


@dataclass(frozen=True, eq=False)
class GeneCellGraph:
    """The graph as PyG `HeteroData`, and as the bags that the encoder aggregates.

    Parameters
    ----------
    data : node types gene, cell; edge types ``(cell, level_k, gene)`` and
        ``(gene, rev_level_k, cell)`` for k = 1…K, sorted by destination.
    to_gene, to_cell : the same edges per direction.
    degree_G, degree_C : edges of each node over all levels, float32.
    z_GC : per-gene z-score of the non-zero expression, clipped at ±20, zero where there is none.
    mask_GC : where expression is non-zero.
    """

    data: HeteroData
    levels: int
    to_gene: Bags
    to_cell: Bags
    degree_G: torch.Tensor
    degree_C: torch.Tensor
    z_GC: torch.Tensor
    mask_GC: torch.Tensor

    @property
    def num_genes(self) -> int:
        return len(self.degree_G)

    @property
    def num_cells(self) -> int:
        return len(self.degree_C)

    def to(self, device: torch.device) -> GeneCellGraph:
        """The graph with its tensors on `device` (the `HeteroData` stays where it is)."""
        return GeneCellGraph(
            data=self.data,
            levels=self.levels,
            to_gene=self.to_gene.to(device),
            to_cell=self.to_cell.to(device),
            degree_G=self.degree_G.to(device),
            degree_C=self.degree_C.to(device),
            z_GC=self.z_GC.to(device),
            mask_GC=self.mask_GC.to(device),
        )


def build_graph(dataset: Dataset, config: GraphConfig) -> GeneCellGraph:
    """The label-free graph of a dataset; every tensor is a fresh copy of the shared matrix."""
    level, gene, cell = _edges(dataset.expression, config)
    data = HeteroData()
    data["gene"].num_nodes = dataset.num_genes
    data["cell"].num_nodes = dataset.num_cells
    for k in range(1, config.levels + 1):
        at = level == k
        data["cell", f"level_{k}", "gene"].edge_index = _sorted_edges(cell[at], gene[at])
        data["gene", f"rev_level_{k}", "cell"].edge_index = _sorted_edges(gene[at], cell[at])
    return GeneCellGraph(
        data=data,
        levels=config.levels,
        to_gene=_bags(data, "gene", config.levels),
        to_cell=_bags(data, "cell", config.levels),
        degree_G=torch.tensor(np.bincount(gene, minlength=dataset.num_genes), dtype=torch.float32),
        degree_C=torch.tensor(np.bincount(cell, minlength=dataset.num_cells), dtype=torch.float32),
        z_GC=torch.tensor(z_scores(dataset.expression).toarray().T.copy()),
        mask_GC=torch.tensor((dataset.expression != 0).toarray().T.copy()),
    )


def z_scores(expression: sparse.csr_matrix) -> sparse.csr_matrix:
    """Per-gene z-score of the non-zero values, clipped at ±20; the pattern stays the same."""
    gene, value = expression.indices, expression.data.astype(np.float64)
    num_genes = expression.shape[1]
    count = np.maximum(np.bincount(gene, minlength=num_genes), 1)
    mean = np.bincount(gene, value, minlength=num_genes) / count
    sd = np.sqrt(np.bincount(gene, (value - mean[gene]) ** 2, minlength=num_genes) / count)
    z = (value - mean[gene]) / np.where(sd > 0, sd, 1.0)[gene]
    scored = expression.astype(np.float32)
    scored.data = np.clip(z, -20, 20).astype(np.float32)
    return scored


def _edges(
    expression: sparse.csr_matrix, config: GraphConfig
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Level, gene and cell of every edge; cumulative puts a value into all levels up to its own."""
    level = assign_levels(expression, levels=config.levels)
    gene = expression.indices.astype(np.int64)
    cell = np.repeat(np.arange(expression.shape[0]), np.diff(expression.indptr))
    if config.encoding == "cumulative":
        first = np.cumsum(level) - level
        gene, cell = np.repeat(gene, level), np.repeat(cell, level)
        level = np.arange(len(gene)) - np.repeat(first, level) + 1
    return level, gene, cell


def _sorted_edges(source: np.ndarray, destination: np.ndarray) -> torch.Tensor:
    order = np.lexsort((source, destination))
    return torch.tensor(np.stack([source[order], destination[order]]), dtype=torch.int64)


def _bags(data: HeteroData, destination: str, levels: int) -> Bags:
    source, prefix = ("cell", "level") if destination == "gene" else ("gene", "rev_level")
    indices, counts = [], []
    for k in range(levels):
        edges = data[source, f"{prefix}_{k + 1}", destination].edge_index
        indices.append(edges[0] + k * data[source].num_nodes)
        counts.append(torch.bincount(edges[1], minlength=data[destination].num_nodes))
    count = torch.cat(counts)
    return Bags(torch.cat(indices).to(torch.int32), (count.cumsum(0) - count).to(torch.int32))
