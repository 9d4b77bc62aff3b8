"""Multi-relational gated max encoder of the gene–cell graph (paper, Eqs. 8–14).

Shape letters: G genes · C cells · K levels · D channels · H heads · N nodes of one type.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from gpdht.config import EncoderConfig
from gpdht.graph.build import Bags, GeneCellGraph
from gpdht.kernels.level_bags import Gate, GatedMaxima, LevelTables

FUSED = (torch.float32, torch.float64)  # what the kernels on the CPU are compiled for


class Direction(nn.Module):
    """Messages from one node type to the other, over all levels.

    For destination v and level r: the element-wise maximum over neighbours u of
    ReLU(W_r[u] / √deg(u)), times the gate of v under r, then one linear map of all levels
    side by side (Eqs. 8–14). Nodes are one-hot, so W_r and the query map are tables.

    Parameters
    ----------
    sources, destinations : nodes of each type.
    heads : the gate's softmax runs over dim / heads features at a time.
    tau : temperature τ of the gate.
    rescale : multiply the gate by its width and √deg by the mean degree, so that both average
        about 1. The same functions (tables and linear map absorb constants), but gradients that
        are not throttled.
    """

    def __init__(
        self,
        sources: int,
        destinations: int,
        *,
        levels: int,
        dim: int,
        heads: int,
        tau: float,
        rescale: bool,
    ) -> None:
        super().__init__()
        self.levels, self.dim, self.heads, self.tau = levels, dim, heads, tau
        self.rescale = rescale
        self.message = nn.Parameter(torch.empty(levels * sources, dim))
        self.query = nn.Parameter(torch.empty(levels * destinations, dim))
        self.output = nn.Linear(levels * dim, dim)
        nn.init.normal_(self.message, std=0.03 if rescale else (2 / (sources + dim)) ** 0.5)
        nn.init.normal_(self.query)

    def forward(self, bags: Bags, degree: torch.Tensor) -> torch.Tensor:
        """(destinations, D) embeddings; `degree` is that of the sources, (sources,)."""
        return self.output(self.features(bags, degree))

    def features(self, bags: Bags, degree: torch.Tensor) -> torch.Tensor:
        """(destinations, K·D): the gated maxima of all levels side by side."""
        if self.message.device.type == "cpu" and self.message.dtype in FUSED:
            return GatedMaxima.apply(self.message, self.query, self.tables(bags, degree))
        return self.plain_features(bags, degree)

    def tables(self, bags: Bags, degree: torch.Tensor) -> LevelTables:
        """What the fused kernel needs."""
        return LevelTables(
            self.message,
            self.query,
            self.source_scale(degree),
            bags.indices,
            bags.offsets,
            Gate(self.heads, self.tau, self.dim // self.heads if self.rescale else 1),
        )

    def plain_features(self, bags: Bags, degree: torch.Tensor) -> torch.Tensor:
        """`features` in torch's own operators, on any device."""
        scale = self.source_scale(degree).repeat(self.levels)
        pooled = F.embedding_bag(
            bags.indices,
            self.message * scale[:, None],
            bags.offsets,
            mode="max",
            include_last_offset=True,
        )
        gated = F.relu(pooled) * self.gate()
        stacked = gated.view(self.levels, -1, self.dim).transpose(0, 1)
        return stacked.reshape(-1, self.levels * self.dim)

    def source_scale(self, degree: torch.Tensor) -> torch.Tensor:
        """(sources,): 1/√deg, times √(mean degree) if rescaled."""
        degree = degree.clamp(min=1)
        scale = ((degree.mean() if self.rescale else 1.0) / degree).sqrt()
        return scale.to(self.message.dtype)

    def gate(self) -> torch.Tensor:
        """(K·destinations, D): softmax over features of |q̂ ⊙ q̂| / τ, per head (Eq. 12).

        The published 1/√deg(v) on q cancels in the normalisation.
        """
        unit = F.normalize(self.query.view(-1, self.heads, self.dim // self.heads), dim=-1)
        gate = torch.softmax(unit.square() / self.tau, dim=-1)
        return (gate * gate.shape[-1] if self.rescale else gate).flatten(1)


class LevelEncoder(nn.Module):
    """Embeddings of genes and cells from the graph."""

    def __init__(
        self,
        num_genes: int,
        num_cells: int,
        *,
        levels: int,
        dim: int,
        heads: int,
        tau: float,
        rescale: bool,
    ) -> None:
        super().__init__()
        direction = partial(
            Direction, levels=levels, dim=dim, heads=heads, tau=tau, rescale=rescale
        )
        self.genes = direction(num_cells, num_genes)
        self.cells = direction(num_genes, num_cells)

    @classmethod
    def from_config(cls, graph: GeneCellGraph, config: EncoderConfig) -> LevelEncoder:
        return cls(
            graph.num_genes,
            graph.num_cells,
            levels=graph.levels,
            dim=config.dim,
            heads=config.heads,
            tau=config.tau,
            rescale=config.rescale,
        )

    def forward(self, graph: GeneCellGraph) -> tuple[torch.Tensor, torch.Tensor]:
        """x_GD and x_CD."""
        return self.genes(graph.to_gene, graph.degree_C), self.cells(graph.to_cell, graph.degree_G)
