"""GMFGRN: a matrix-factorisation graph network (Li et al., Briefings in Bioinformatics 2024).

Shape letters: G genes · C cells · P pairs · N genes or pairs · S tokens of a gene · D channels.
"""

from __future__ import annotations

import logging
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from gpdht.config import Config, EncoderConfig
from gpdht.data.dataset import Dataset
from gpdht.graph.build import GeneCellGraph
from gpdht.models.gpdht.reconstruction import reconstruction
from gpdht.models.gpdht.tokens import gene_table
from gpdht.models.peers.level_tokens import kept_tokens, level_graph
from gpdht.models.peers.peer_fold import PeerGroundwork, PeerNetwork
from gpdht.models.peers.seeded_dropout import SeededDropout
from gpdht.models.peers.sum_encoder import SumEncoder
from gpdht.pairs.candidates import Pairs

logger = logging.getLogger(__name__)
FULL_STEP_INPUTS = 64  # as in GP-DHT's pre-training: inputs up to which a solved map takes them


class GMFGRN(PeerNetwork):
    """A network over each gene's embedding and the mean embedding of its cells.

    Gene and cell tokens go through one network each, shared by TF and target; then TF and target
    through one each; then the pair. Published training stops by validation accuracy (of logits cut
    at 0.5), ours by the monitored score.

    Parameters
    ----------
    token_GSD : gene embedding and mean of its cells; frozen.
    """

    def __init__(self, config: Config, token_GSD: torch.Tensor) -> None:
        super().__init__()
        dim, hidden, rate = token_GSD.shape[-1], config.peer.hidden, config.peer.dropout
        self.token_GSD = token_GSD
        self.gene = _layers(dim, hidden, hidden, rate=rate)
        self.cell = _layers(dim, hidden, hidden, rate=rate)
        self.tf = _layers(2 * hidden, 2 * hidden, hidden, rate=rate)
        self.target = _layers(2 * hidden, 2 * hidden, hidden, rate=rate)
        self.pair = _layers(2 * hidden, hidden, hidden, 1, rate=rate)

    def embed(self) -> tuple[torch.Tensor, ...]:
        """Tokens in training, where dropout differs from pair to pair; else each gene's views."""
        if self.training:
            return self.token_GSD, self.token_GSD
        return self.view(self.tf, self.token_GSD), self.view(self.target, self.token_GSD)

    def view(self, network: nn.Module, token_NSD: torch.Tensor) -> torch.Tensor:
        """(N, D): genes as TFs or as targets."""
        gene_ND, cell_ND = token_NSD.unbind(1)
        viewed: torch.Tensor = network(torch.cat([self.gene(gene_ND), self.cell(cell_ND)], dim=1))
        return viewed

    def logits(
        self, embedded: tuple[torch.Tensor, ...], tf_P: torch.Tensor, target_P: torch.Tensor
    ) -> torch.Tensor:
        """logit_P."""
        as_tf, as_target = embedded[0][tf_P], embedded[1][target_P]
        if self.training:
            as_tf, as_target = self.view(self.tf, as_tf), self.view(self.target, as_target)
        logit_P: torch.Tensor = self.pair(torch.cat([as_tf, as_target], dim=1)).squeeze(-1)
        return logit_P


def _layers(*widths: int, rate: float) -> nn.Sequential:
    """Linear maps with ReLU and dropout between them."""
    modules: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        linear = nn.Linear(inputs, outputs)
        nn.init.xavier_uniform_(linear.weight)
        modules += [linear, nn.ReLU(), SeededDropout(rate)]
    return nn.Sequential(*modules[:-2])


def prepare_model(
    config: Config, dataset: Dataset, cache_dir: Path | None = None
) -> PeerGroundwork:
    """GMFGRN's tokens, pre-trained without a label.

    Raises
    ------
    ConfigError
        If the config asks for embeddings that labels train.
    TooLargeError
        When the model does not fit into memory.
    """
    graph = level_graph(config, dataset)
    token_GSD = kept_tokens(
        config, dataset.matrix_fingerprint, cache_dir, lambda: _pretrained_tokens(graph, config)
    )

    def make(_pairs: Pairs, _train: np.ndarray) -> GMFGRN:
        return GMFGRN(config, token_GSD).to(token_GSD.device)

    return PeerGroundwork(config, make)


def _pretrained_tokens(graph: GeneCellGraph, config: Config) -> torch.Tensor:
    torch.manual_seed(config.train.seed)
    encoder = SumEncoder(graph, config.encoder.dim).to(graph.degree_G.device)
    loss = reconstruct(encoder, graph, config.encoder)
    logger.info("reconstruction loss %.3f after %d iterations", loss, config.encoder.iterations)
    with torch.no_grad():
        x_GD, x_CD = encoder(graph)
        return gene_table(x_GD, x_CD, graph, context="cells")


def reconstruct(encoder: SumEncoder, graph: GeneCellGraph, settings: EncoderConfig) -> float:
    """Train the encoder in place to reconstruct z-scores; the loss before the last step.

    Full-batch Adam with a constant step size, as published. From a start at the singular vectors
    the linear maps take smaller steps, which would otherwise destroy it.
    """
    share = 1.0
    if settings.start == "singular":
        encoder.start_at_singular_vectors(graph, shrinkage=settings.shrinkage)
        share = min(1.0, FULL_STEP_INPUTS / encoder.genes.output.in_features)
    directions = encoder.genes, encoder.cells
    optimizer = torch.optim.Adam(
        [
            {"params": [d.message for d in directions], "lr": settings.lr},
            {
                "params": [p for d in directions for p in d.output.parameters()],
                "lr": settings.lr * share,
            },
        ],
        fused=True,
    )
    loss = torch.ones(())
    for _ in range(settings.iterations):
        optimizer.zero_grad()
        x_GD, x_CD = encoder(graph)
        loss = reconstruction(x_GD, x_CD, graph.nonzeros)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), settings.clip)
        optimizer.step()
    return float(loss.detach())
