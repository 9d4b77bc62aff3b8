"""Graph attention over neighbourhoods of genes.

Shape letters: G genes · E edges · H heads · D channels of a head.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch_geometric.utils import softmax

from gpdht.config import Config
from gpdht.models.peers.positive_graph import PositiveGraph
from gpdht.models.peers.seeded_dropout import SeededDropout
from gpdht.pairs.candidates import Pairs

GAIN = 2**0.5  # of the published initial weights
SLOPE = 0.2

Activation = Callable[[torch.Tensor], torch.Tensor]


def leaky(x: torch.Tensor) -> torch.Tensor:
    """LeakyReLU with the slope of graph attention."""
    return F.leaky_relu(x, SLOPE)


class GeneAttention(nn.Module):
    """Each gene as the weighted sum of its neighbours, activated, scaled to length 1, shifted.

    The weight of neighbour u for gene v is softmax_u of act(a · h_v + b · h_u), with dropout. The
    sum is `torch_geometric.nn.GATConv`'s; what follows it is not. Neighbourhoods are bags of rows,
    so nothing of the size of edges × channels or genes × genes exists.

    Parameters
    ----------
    scored, activated : activations of the weights' scores and of the sums.
    average : a gene without neighbours is the mean of all genes, as if all were its neighbours
        (without dropout); else its sum is 0.
    """

    def __init__(
        self,
        heads: int,
        dim: int,
        *,
        dropout: float,
        scored: Activation = leaky,
        activated: Activation = leaky,
        average: bool = False,
    ) -> None:
        super().__init__()
        self.scored, self.activated, self.average = scored, activated, average
        self.of_gene, self.of_neighbour = (nn.Parameter(torch.empty(heads, dim)) for _ in range(2))
        self.bias = nn.Parameter(torch.zeros(heads, dim))
        self.dropout = SeededDropout(dropout)
        bound = GAIN * (6 / (2 * dim + 1)) ** 0.5
        for vector in (self.of_gene, self.of_neighbour):
            nn.init.uniform_(vector, -bound, bound)

    def forward(self, h_GHD: torch.Tensor, graph: PositiveGraph) -> torch.Tensor:
        """(G, H, D)."""
        out_GHD = self.activated(self.sums(h_GHD, graph))
        return F.normalize(out_GHD, dim=-1) + self.bias

    def sums(self, h_GHD: torch.Tensor, graph: PositiveGraph) -> torch.Tensor:
        """(G, H, D): the weighted sums."""
        weight_EH = self.dropout(self.weights(h_GHD, graph))
        sum_GHD = torch.stack(
            [
                F.embedding_bag(
                    graph.source_E,
                    h_GD,
                    graph.starts_G,
                    mode="sum",
                    per_sample_weights=weight_E.contiguous(),
                    include_last_offset=True,
                )
                for h_GD, weight_E in zip(h_GHD.unbind(1), weight_EH.unbind(1), strict=True)
            ],
            dim=1,
        )
        if not self.average:
            return sum_GHD
        alone_G = graph.starts_G.diff() == 0
        return torch.where(alone_G[:, None, None], h_GHD.mean(dim=0), sum_GHD)

    def weights(self, h_GHD: torch.Tensor, graph: PositiveGraph) -> torch.Tensor:
        """(E, H): they sum to 1 over each neighbourhood."""
        score_GH = (h_GHD * self.of_gene).sum(dim=-1)
        neighbour_GH = (h_GHD * self.of_neighbour).sum(dim=-1)
        score_EH = self.scored(score_GH[graph.destination_E] + neighbour_GH[graph.source_E])
        return softmax(score_EH, graph.destination_E, num_nodes=graph.num_genes)


class HeadMaps(nn.Module):
    """A linear map without bias for each head: (G, C) into (G, H, D)."""

    def __init__(self, inputs: int, heads: int, dim: int) -> None:
        super().__init__()
        self.heads = heads
        self.weight = nn.Parameter(torch.empty(heads * dim, inputs))
        for weight in self.weight.detach().chunk(heads):
            nn.init.xavier_uniform_(weight, gain=GAIN)

    def forward(self, x_GC: torch.Tensor) -> torch.Tensor:
        return F.linear(x_GC, self.weight).unflatten(-1, (self.heads, -1))


def attended_graph(
    config: Config, pairs: Pairs, train: np.ndarray, *, num_genes: int
) -> PositiveGraph:
    """Who attends to whom: the training positives, undirected, and loops as the config says."""
    return PositiveGraph.of(
        pairs,
        train,
        num_genes=num_genes,
        undirected=True,
        self_loops=config.peer.self_loops,
        loops_if_isolated=config.peer.isolated == "self",
    )
