"""GENELink: graph attention over the known edges (Chen and Liu, Bioinformatics 2022).

Shape letters: G genes · C cells · P pairs · H heads · D channels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.models.peers.channels import Channels, products
from gpdht.models.peers.expression_rows import expression_rows
from gpdht.models.peers.gene_attention import GeneAttention, HeadMaps, attended_graph
from gpdht.models.peers.peer_fold import PeerGroundwork, PeerNetwork
from gpdht.models.peers.positive_graph import PositiveGraph
from gpdht.pairs.candidates import Pairs


class GENELink(PeerNetwork):
    """Two layers of attention over each gene's scaled expression, then two channels.

    The graph is that of the training positives, undirected. The first layer's heads lie side by
    side, those of the second are averaged. Published training ends after a number of epochs; ours
    at the best validation score.

    Parameters
    ----------
    x_GC : expression of each gene, scaled.
    """

    def __init__(self, config: Config, x_GC: torch.Tensor, graph: PositiveGraph) -> None:
        super().__init__()
        peer = config.peer
        self.x_GC, self.graph = x_GC, graph
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

    def logits(
        self, embedded: tuple[torch.Tensor, ...], tf_P: torch.Tensor, target_P: torch.Tensor
    ) -> torch.Tensor:
        """logit_P."""
        return products(embedded, tf_P, target_P)


def lay_groundwork(
    config: Config, dataset: Dataset, _cache_dir: Path | None = None
) -> PeerGroundwork:
    """GENELink's features; there is nothing to pre-train."""
    x_GC = expression_rows(config, dataset, scaled=True)

    def make(pairs: Pairs, train: np.ndarray) -> GENELink:
        graph = attended_graph(config, pairs, train, num_genes=len(x_GC))
        return GENELink(config, x_GC, graph.to(x_GC.device)).to(x_GC.device)

    return PeerGroundwork(config, make)
