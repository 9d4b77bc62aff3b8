"""GMFGRN's encoder of the gene–cell graph: normalised sums over each level, no gate.

Shape letters: G genes · C cells · K levels · D channels · U sources · V destinations.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from gpdht.graph.build import Bags, GeneCellGraph
from gpdht.models.gpdht.completion import low_rank_factors
from gpdht.models.gpdht.start import ridge_solution


class LevelSums(torch.autograd.Function):
    """(K·V, D): the sum of each bag's rows of a (K·U, D) table.

    The bags of the other direction are the transposed sum, so the gradient is their sums.
    """

    @staticmethod
    def forward(ctx: Any, table: torch.Tensor, bags: Bags, reverse: Bags) -> torch.Tensor:
        ctx.reverse = reverse
        return _sums(table, bags)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return _sums(grad.contiguous(), ctx.reverse), None, None


def _sums(table: torch.Tensor, bags: Bags) -> torch.Tensor:
    return F.embedding_bag(bags.indices, table, bags.offsets, mode="sum", include_last_offset=True)


class SumDirection(nn.Module):
    """Messages from one node type to the other, over all levels.

    For destination v and level r: Σ_u W_r[u] / √(deg(u) deg(v)) over neighbours u, all levels side
    by side, ReLU, then one linear map.
    """

    def __init__(self, sources: int, *, levels: int, dim: int) -> None:
        super().__init__()
        self.levels, self.dim = levels, dim
        self.message = nn.Parameter(torch.empty(levels * sources, dim))
        self.output = nn.Linear(levels * dim, dim)
        bound = (6 / (sources + dim)) ** 0.5  # Xavier's, of each level's map
        nn.init.uniform_(self.message, -bound, bound)
        nn.init.xavier_uniform_(self.output.weight)

    def features(
        self, bags: Bags, reverse: Bags, degree_U: torch.Tensor, degree_V: torch.Tensor
    ) -> torch.Tensor:
        """(V, K·D): what the linear map is applied to."""
        scale_U, scale_V = (d.clamp(min=1).rsqrt()[:, None] for d in (degree_U, degree_V))
        table = self.message * scale_U.repeat(self.levels, 1)
        summed = LevelSums.apply(table, bags, reverse) * scale_V.repeat(self.levels, 1)
        return F.relu(summed).view(self.levels, -1, self.dim).transpose(0, 1).flatten(1)


class SumEncoder(nn.Module):
    """Embeddings of genes and cells from the graph."""

    def __init__(self, graph: GeneCellGraph, dim: int) -> None:
        super().__init__()
        self.genes = SumDirection(graph.num_cells, levels=graph.levels, dim=dim)
        self.cells = SumDirection(graph.num_genes, levels=graph.levels, dim=dim)

    def forward(self, graph: GeneCellGraph) -> tuple[torch.Tensor, torch.Tensor]:
        """x_GD and x_CD."""
        of_genes, of_cells = self.features(graph)
        return self.genes.output(of_genes), self.cells.output(of_cells)

    def features(self, graph: GeneCellGraph) -> tuple[torch.Tensor, torch.Tensor]:
        """(G, K·D) and (C, K·D): what the linear maps are applied to."""
        up, down, degree_G, degree_C = (
            graph.to_gene,
            graph.to_cell,
            graph.degree_G,
            graph.degree_C,
        )
        return (
            self.genes.features(up, down, degree_C, degree_G),
            self.cells.features(down, up, degree_G, degree_C),
        )

    @torch.no_grad()
    def start_at_singular_vectors(self, graph: GeneCellGraph, *, shrinkage: float) -> None:
        """Solve the linear maps for the factors of the expression; see `low_rank_factors`."""
        rank = min(self.genes.dim, *graph.nonzeros.shape)
        targets = low_rank_factors(graph.nonzeros, rank, shrinkage=shrinkage)
        directions = self.genes, self.cells
        for direction, x, target in zip(directions, self.features(graph), targets, strict=True):
            wide = F.pad(target, (0, direction.dim - target.shape[1]))
            mean, offset = x.mean(dim=0), wide.mean(dim=0)
            weight = ridge_solution(x - mean, wide - offset)
            direction.output.weight.copy_(weight.T)
            direction.output.bias.copy_(offset - mean @ weight)
