"""GENELink: graph attention over the known edges (Chen and Liu, Bioinformatics 2022).

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


class GENELink(AttendingNetwork):
    """Two layers of attention over each gene's scaled expression, then two channels.

    The graph is that of the training positives, undirected. The first layer's heads lie side by
    side, those of the second are averaged. Published training ends after a number of epochs; ours
    at the best validation score.

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
            peer.heads, peer.hidden, dropout=peer.dropout, average=average
        )
        self.map2 = HeadMaps(peer.heads * peer.hidden, peer.heads, peer.output)
        self.attention2 = GeneAttention(
            peer.heads, peer.output, dropout=peer.dropout, average=average
        )
        self.channels = Channels(peer.output, peer.channel, nn.LeakyReLU)

    def embed(self) -> tuple[torch.Tensor, ...]:
        """Each gene as TF and as target."""
        x_GHD = F.elu(self.attention1(self.map1(self.x_GC), self.graph))
        x_GHD = self.attention2(self.map2(x_GHD.flatten(1)), self.graph)
        return self.channels(x_GHD.mean(dim=1))


def prepare_model(
    config: Config, dataset: Dataset, _cache_dir: Path | None = None
) -> PeerGroundwork:
    """GENELink's features; there is nothing to pre-train."""
    return attending_groundwork(GENELink, config, dataset)
