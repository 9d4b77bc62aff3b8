"""What GENELink and GATCL share: genes' expression, attended to over the known edges.

Shape letters: G genes · C cells · P pairs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.models.peers.channels import products
from gpdht.models.peers.expression_rows import expression_rows
from gpdht.models.peers.gene_attention import attended_graph
from gpdht.models.peers.peer_fold import PeerGroundwork, PeerNetwork
from gpdht.models.peers.positive_graph import PositiveGraph
from gpdht.pairs.candidates import Pairs


class AttendingNetwork(PeerNetwork):
    """Embeds each gene as TF and as target; a pair's logit is the product of the two.

    Parameters
    ----------
    x_GC : expression of each gene, scaled.
    graph : of the training positives.
    """

    def __init__(self, x_GC: torch.Tensor, graph: PositiveGraph) -> None:
        super().__init__()
        self.x_GC, self.graph = x_GC, graph

    def logits(
        self, embedded: tuple[torch.Tensor, ...], tf_P: torch.Tensor, target_P: torch.Tensor
    ) -> torch.Tensor:
        """logit_P."""
        return products(embedded, tf_P, target_P)


def attending_groundwork(
    network: Callable[[Config, torch.Tensor, PositiveGraph], AttendingNetwork],
    config: Config,
    dataset: Dataset,
) -> PeerGroundwork:
    """The features of such a network; there is nothing to pre-train."""
    x_GC = expression_rows(config, dataset, scaled=True)

    def make(pairs: Pairs, train: np.ndarray) -> AttendingNetwork:
        graph = attended_graph(config, pairs, train, num_genes=len(x_GC))
        return network(config, x_GC, graph.to(x_GC.device)).to(x_GC.device)

    return PeerGroundwork(config, make)
