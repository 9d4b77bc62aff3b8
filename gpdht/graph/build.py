"""The gene–cell graph: one relation per expression level and direction (paper, Eq. 7).

Memory and time are linear in the non-zeros. Shape letters: G genes · C cells · K levels ·
E non-zeros.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
import torch
from scipy import sparse

from gpdht.config import GraphConfig
from gpdht.data.dataset import Dataset
from gpdht.data.derived import once
from gpdht.data.expression import nonzero_moments
from gpdht.graph.levels import assign_levels

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData


class _OnDevice:
    """A dataclass of tensors, or of other such."""

    def to(self, device: torch.device) -> Self:
        """The same with its tensors on `device`."""
        parts = {field.name: getattr(self, field.name) for field in fields(cast(Any, self))}
        moved = {name: part.to(device) for name, part in parts.items() if hasattr(part, "to")}
        return replace(cast(Any, self), **moved)


@dataclass(frozen=True, eq=False)
class Bags(_OnDevice):
    """All relations of one direction as bags of rows of a (K·sources, D) message table.

    With one-hot nodes a message is a table row, so the neighbourhood of destination v under
    level k is the bag ``indices[offsets[k·V + v] : offsets[k·V + v + 1]]`` of rows
    ``k·U + u``; V destinations, U sources. Bags are ascending, so is each bag's content.

    Parameters
    ----------
    indices : (edges,) int32, or int64 where int32 cannot count them.
    offsets : (K·V + 1,), of the same type.
    """

    indices: torch.Tensor
    offsets: torch.Tensor


@dataclass(frozen=True, eq=False)
class NonZeros(_OnDevice):
    """The non-zero expression, once by cell with its z-scores and once by gene.

    Parameters
    ----------
    starts_C : (C + 1,) where each cell's non-zeros start; the last entry is their number.
    gene_E, z_E : gene and z-score (per gene over its non-zeros, clipped at ±20), by cell and
        gene; float32.
    starts_G : (G + 1,) the same by gene.
    cell_E : cell of each non-zero, by gene and cell.
    """

    starts_C: torch.Tensor
    gene_E: torch.Tensor
    z_E: torch.Tensor
    starts_G: torch.Tensor
    cell_E: torch.Tensor

    def __len__(self) -> int:
        return len(self.z_E)

    @property
    def shape(self) -> tuple[int, int]:
        """Genes and cells."""
        return len(self.starts_G) - 1, len(self.starts_C) - 1

    @property
    def density(self) -> float:
        """Share of all entries."""
        genes, cells = self.shape
        return len(self) / max(genes * cells, 1)


@dataclass(frozen=True, eq=False)
class GeneCellGraph(_OnDevice):
    """The graph as the bags that the encoder aggregates, and the expression it is made of.

    Parameters
    ----------
    to_gene, to_cell : the edges per direction.
    degree_G, degree_C : edges of each node over all levels, float32.
    nonzeros : the expression to be reconstructed.
    """

    levels: int
    to_gene: Bags
    to_cell: Bags
    degree_G: torch.Tensor
    degree_C: torch.Tensor
    nonzeros: NonZeros

    @property
    def num_genes(self) -> int:
        return len(self.degree_G)

    @property
    def num_cells(self) -> int:
        return len(self.degree_C)

    @cached_property
    def data(self) -> HeteroData:
        """The same graph for PyG, made at first use: int64 pairs take four times the memory.

        Node types gene, cell; edge types ``(cell, level_k, gene)`` and
        ``(gene, rev_level_k, cell)`` for k = 1…K, sorted by destination.
        """
        from torch_geometric.data import HeteroData

        data = HeteroData()
        data["gene"].num_nodes, data["cell"].num_nodes = self.num_genes, self.num_cells
        for k in range(self.levels):
            up, down = ("cell", f"level_{k + 1}", "gene"), ("gene", f"rev_level_{k + 1}", "cell")
            data[up].edge_index = _pairs(self.to_gene, k, self.num_cells, self.num_genes)
            data[down].edge_index = _pairs(self.to_cell, k, self.num_genes, self.num_cells)
        return data


def graph_of(dataset: Dataset, config: GraphConfig) -> GeneCellGraph:
    """The graph of a dataset, built once; the dataset keeps the one asked for last.

    It is shared: nobody may write to its tensors.
    """
    return once(dataset, "graph", lambda: build_graph(dataset, config), settings=config)


def build_graph(dataset: Dataset, config: GraphConfig) -> GeneCellGraph:
    """The label-free graph of a dataset; every tensor is a fresh copy of the shared matrix."""
    z_CG = z_scores(dataset.expression)
    level_CG = z_CG.copy()
    level_CG.data = assign_levels(dataset.expression, levels=config.levels)
    if not dataset.expression.has_sorted_indices:
        z_CG.sort_indices()
        level_CG.sort_indices()
    level_GC = level_CG.T.tocsr()
    edges = level_CG if config.encoding == "cumulative" else level_CG.astype(bool)
    return GeneCellGraph(
        levels=config.levels,
        to_gene=_bags(level_GC, config),
        to_cell=_bags(level_CG, config),
        degree_G=torch.from_numpy(np.asarray(edges.sum(axis=0), dtype=np.float32).ravel()),
        degree_C=torch.from_numpy(np.asarray(edges.sum(axis=1), dtype=np.float32).ravel()),
        nonzeros=NonZeros(
            starts_C=positions(z_CG.indptr, z_CG.nnz),
            gene_E=positions(z_CG.indices, z_CG.nnz),
            z_E=torch.from_numpy(z_CG.data),
            starts_G=positions(level_GC.indptr, z_CG.nnz),
            cell_E=positions(level_GC.indices, z_CG.nnz),
        ),
    )


def z_scores(expression: sparse.csr_matrix) -> sparse.csr_matrix:
    """Per-gene z-score of the non-zero values, clipped at ±20; the pattern stays the same."""
    gene, value = expression.indices, expression.data.astype(np.float64)
    mean, sd = nonzero_moments(expression, value)
    z = (value - mean[gene]) / np.where(sd > 0, sd, 1.0)[gene]
    scored = expression.astype(np.float32)
    scored.data = np.clip(z, -20, 20).astype(np.float32)
    return scored


def _bags(level_VU: sparse.csr_matrix, config: GraphConfig) -> Bags:
    """Bags of the rows of a matrix of levels; cumulative puts a value into all up to its own."""
    num_v, num_u = level_VU.shape
    destination = np.repeat(np.arange(num_v, dtype=np.int32), np.diff(level_VU.indptr))
    rows, counts = [], []
    for k in range(config.levels):
        cumulative = config.encoding == "cumulative"
        at = np.flatnonzero(level_VU.data > k if cumulative else level_VU.data == k + 1)
        rows.append(level_VU.indices[at] + k * num_u)
        counts.append(np.bincount(destination[at], minlength=num_v))
    offsets = np.concatenate([[0], np.concatenate(counts).cumsum()])
    largest = max(int(offsets[-1]), config.levels * num_u)
    return Bags(positions(np.concatenate(rows), largest), positions(offsets, largest))


def positions(array: np.ndarray, largest: int) -> torch.Tensor:
    """A fresh tensor of positions up to `largest`, as narrow as they allow."""
    kind = np.int32 if largest < 2**31 else np.int64
    return torch.from_numpy(array.astype(kind))


def _pairs(bags: Bags, k: int, sources: int, destinations: int) -> torch.Tensor:
    """(2, edges of level k) int64: sources and destinations."""
    offsets = bags.offsets[k * destinations : (k + 1) * destinations + 1].cpu().long()
    source = bags.indices[offsets[0] : offsets[-1]].cpu().long() - k * sources
    destination = torch.repeat_interleave(torch.arange(destinations), offsets.diff())
    return torch.stack([source, destination])
