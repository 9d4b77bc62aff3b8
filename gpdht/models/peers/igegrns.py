"""IGEGRNS: graph sampling, one global gene and convolutions (Gan et al., 2024).

Shape letters: G genes · C cells · P pairs · D channels · R rows of a pair · L their length.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from gpdht.config import Config
from gpdht.cost import free_memory
from gpdht.data.dataset import Dataset
from gpdht.errors import TooLargeError
from gpdht.models.peers.expression_rows import expression_rows
from gpdht.models.peers.peer_fold import PeerGroundwork, PeerNetwork
from gpdht.models.peers.positive_graph import PositiveGraph
from gpdht.models.peers.seeded_dropout import SeededDropout
from gpdht.pairs.candidates import Pairs

STAGES = 3
ROWS = 3  # TF, target and the global gene
COPIES = 14  # of a batch's rows at the peak of a step, measured
GIB = 2**30


class Stage(nn.Module):
    """Batch normalisation, a convolution of width 2 over all rows, ReLU, the maximum of twos.

    Rows come first, and the convolution is one product for all pairs: torch's own takes three
    times as long for three channels.
    """

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.convolve = nn.BatchNorm1d(ROWS), nn.Conv1d(ROWS, ROWS, 2)

    def forward(self, x_RPL: torch.Tensor) -> torch.Tensor:
        """(R, P, (L − 1) / 2)."""
        x_RPL = self.norm(x_RPL.flatten(1)[None]).view_as(x_RPL)
        both = torch.cat([x_RPL[..., :-1], x_RPL[..., 1:]])
        weight = self.convolve.weight.transpose(1, 2).flatten(1)
        assert self.convolve.bias is not None
        moved = torch.addmm(self.convolve.bias[:, None], weight, both.flatten(1))
        return F.max_pool1d(F.relu(moved.view(ROWS, *both.shape[1:])), 2)


class IGEGRNS(PeerNetwork):
    """Convolutions over a pair's embeddings and that of the single most influential gene.

    Embeddings are GraphSAGE's over the training positives, from TF to target, on raw expression.
    The global gene scores highest along a learned direction; its embedding times the tanh of that
    score goes into every pair. The code has a sigmoid before a loss that has one too; that is
    `peer.double_sigmoid`.

    Parameters
    ----------
    x_GC : expression of each gene.
    """

    def __init__(self, config: Config, x_GC: torch.Tensor, graph: PositiveGraph) -> None:
        super().__init__()
        peer = config.peer
        self.double_sigmoid = peer.double_sigmoid
        self.x_GC, self.neighbour_GC = x_GC, neighbour_mean(x_GC, graph)
        self.of_neighbours = nn.Linear(x_GC.shape[1], peer.output)
        self.of_itself = nn.Linear(x_GC.shape[1], peer.output, bias=False)
        self.influence = nn.Parameter(torch.empty(peer.output))
        nn.init.uniform_(self.influence, -(peer.output**-0.5), peer.output**-0.5)
        self.stages = nn.ModuleList(Stage() for _ in range(STAGES))
        self.classify = nn.Sequential(
            SeededDropout(peer.dropout),
            nn.Linear(ROWS * flat_length(peer.output), peer.hidden),
            nn.BatchNorm1d(peer.hidden),
            nn.Linear(peer.hidden, 1),
        )

    def embed(self) -> tuple[torch.Tensor, ...]:
        """x_GD, and (1, D) of the global gene."""
        x_GD = self.of_neighbours(self.neighbour_GC) + self.of_itself(self.x_GC)
        x_GD = F.relu(F.normalize(x_GD, dim=-1))
        return x_GD, most_influential(x_GD, self.influence)

    def logits(
        self, embedded: tuple[torch.Tensor, ...], tf_P: torch.Tensor, target_P: torch.Tensor
    ) -> torch.Tensor:
        """logit_P."""
        x_GD, global_1D = embedded
        x_RPL = torch.stack([x_GD[tf_P], x_GD[target_P], global_1D.expand(len(tf_P), -1)])
        found = []
        for stage in self.stages:
            x_RPL = stage(x_RPL)
            found.append(x_RPL)
        flat_PD = torch.cat(found, dim=-1).transpose(0, 1).flatten(1)
        logit_P: torch.Tensor = self.classify(flat_PD).squeeze(-1)
        return logit_P

    def loss(self, logit_P: torch.Tensor, label_P: torch.Tensor) -> torch.Tensor:
        """Binary cross-entropy of the logits, or as published of their sigmoids as logits."""
        return super().loss(logit_P.sigmoid() if self.double_sigmoid else logit_P, label_P)


def flat_length(dim: int) -> int:
    """How long the outputs of all stages are together, of each row."""
    lengths = []
    for _ in range(STAGES):
        dim = (dim - 1) // 2
        lengths.append(dim)
    return sum(lengths)


def neighbour_mean(x_GC: torch.Tensor, graph: PositiveGraph) -> torch.Tensor:
    """(G, C): the mean of each gene's neighbours, 0 without any.

    Features are fixed and the aggregation comes before the linear map, so it is done once.
    """
    return F.embedding_bag(
        graph.source_E, x_GC, graph.starts_G, mode="mean", include_last_offset=True
    )


def most_influential(x_GD: torch.Tensor, direction_D: torch.Tensor) -> torch.Tensor:
    """(1, D): the gene that scores highest along a direction, times the tanh of that score."""
    score_G = torch.tanh(x_GD @ direction_D / direction_D.norm())
    at = score_G.argmax()
    return (x_GD[at] * score_G[at])[None]


def bytes_of_batch(config: Config, pairs: int) -> int:
    """Bytes that a step on so many pairs takes at its peak."""
    return COPIES * pairs * ROWS * config.peer.output * 4


def check_batch(config: Config, pairs: int, *, gpu: bool) -> None:
    """Refuse a batch that cannot fit; the published one holds all training pairs.

    Raises
    ------
    TooLargeError
    """
    batch = min(config.train.batch_size, pairs)
    needed = bytes_of_batch(config, batch)
    free = free_memory(gpu=gpu)
    if needed > free:
        raise TooLargeError(
            f"IGEGRNS on {batch:,} pairs at once needs about {needed / GIB:.1f} GiB; "
            f"{free / GIB:.1f} GiB are free. Lower train.batch_size or peer.output."
        )


def prepare_model(
    config: Config, dataset: Dataset, _cache_dir: Path | None = None
) -> PeerGroundwork:
    """IGEGRNS's features; there is nothing to pre-train.

    Its networks raise `TooLargeError` when a batch does not fit into memory.
    """
    x_GC = expression_rows(config, dataset, scaled=False)

    def make(pairs: Pairs, train: np.ndarray) -> IGEGRNS:
        check_batch(config, len(train), gpu=x_GC.is_cuda)
        graph = PositiveGraph.of(pairs, train, num_genes=len(x_GC)).to(x_GC.device)
        return IGEGRNS(config, x_GC, graph).to(x_GC.device)

    return PeerGroundwork(config, make)
