"""GATCL: graph attention with a convolution along the features (2024).

Shape letters: G genes · C cells · P pairs · H heads · D channels.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.models.peers.attending import AttendingNetwork, attending_groundwork
from gpdht.models.peers.channels import Channels
from gpdht.models.peers.gene_attention import GeneAttention, HeadMaps
from gpdht.models.peers.peer_fold import PeerGroundwork
from gpdht.models.peers.positive_graph import PositiveGraph


class FeatureFilter(nn.Module):
    """A convolution along the features of one filter, so wide that `outputs` places are left.

    As a product with the matrix of the moved filter: convolutions of one channel are slow.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.inputs, self.outputs = inputs, outputs
        width = inputs - outputs + 1
        self.weight, self.bias = (nn.Parameter(torch.empty(n)) for n in (width, 1))
        for parameter in (self.weight, self.bias):
            nn.init.uniform_(parameter, -(width**-0.5), width**-0.5)

    def forward(self, x_GD: torch.Tensor) -> torch.Tensor:
        """(G, outputs)."""
        return F.linear(x_GD, self.moved()) + self.bias

    def moved(self) -> torch.Tensor:
        """(outputs, inputs): in row j the filter starts at column j."""
        row = F.pad(self.weight, (0, self.outputs))  # one longer than a row, so each starts later
        return row.repeat(self.outputs)[: -self.outputs].view(self.outputs, self.inputs)


class GATCL(AttendingNetwork):
    """GENELink whose second linear map is one filter, moved along the features.

    The first layer's heads are averaged; the second has one head. Published training ends after a
    number of epochs; ours at the best validation score.

    Parameters
    ----------
    x_GC : expression of each gene, scaled.
    """

    def __init__(self, config: Config, x_GC: torch.Tensor, graph: PositiveGraph) -> None:
        super().__init__(x_GC, graph)
        peer = config.peer
        average = peer.isolated == "all"
        self.map1 = HeadMaps(x_GC.shape[1], peer.heads, peer.hidden)
        self.attention1 = GeneAttention(
            peer.heads, peer.hidden, dropout=peer.dropout, activated=F.elu, average=average
        )
        self.filter = FeatureFilter(peer.hidden, peer.output)
        self.attention2 = GeneAttention(
            1, peer.output, dropout=peer.dropout, scored=F.elu, activated=F.elu, average=average
        )
        self.channels = Channels(peer.output, peer.channel, nn.ELU)

    def embed(self) -> tuple[torch.Tensor, ...]:
        """Each gene as TF and as target."""
        x_GHD = self.attention1(self.map1(self.x_GC), self.graph)
        x_GD = F.elu(x_GHD.mean(dim=1))
        return self.channels(self.attention2(self.filter(x_GD)[:, None], self.graph)[:, 0])


def prepare_model(
    config: Config, dataset: Dataset, _cache_dir: Path | None = None
) -> PeerGroundwork:
    """GATCL's features; there is nothing to pre-train."""
    return attending_groundwork(GATCL, config, dataset)
