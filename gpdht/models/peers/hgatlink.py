"""HGATLink: GP-DHT's encoder as published, and a Transformer with a decoder (2025).

Shape letters: G genes · P pairs · S tokens of a pair · D channels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.models.gpdht.pretrain import pretrained_encoder
from gpdht.models.peers.level_tokens import level_graph
from gpdht.models.peers.pair_attention import DecoderLayer, EncoderLayer
from gpdht.models.peers.peer_fold import PeerGroundwork, PeerNetwork
from gpdht.models.peers.seeded_dropout import SeededDropout
from gpdht.pairs.candidates import Pairs

HEAD_DROPOUT = 0.3


class HGATLink(PeerNetwork):
    """A Transformer encoder over a pair's two embeddings, and a decoder that reads it.

    The pair goes into the encoder, and again into the decoder with the encoder's output as its
    memory. The published decoder attends across the pairs of a mini-batch, so that a score depends
    on which other pairs are scored with it; ours attends within the pair, unless
    `peer.attends_across_batch`. Published training stops by validation accuracy (of logits cut at
    0.5), ours by the monitored score.

    Parameters
    ----------
    x_GD : each gene's embedding; frozen.
    """

    def __init__(self, config: Config, x_GD: torch.Tensor) -> None:
        super().__init__()
        model, dim, rate = config.model, x_GD.shape[1], config.peer.dropout
        across = config.peer.attends_across_batch
        self.x_GD = x_GD
        self.score_chunk = config.train.batch_size if across else self.score_chunk // 4
        self.hide = SeededDropout(rate)
        self.encoder = nn.Sequential(
            *(
                EncoderLayer(dim, model.heads, model.feedforward, model.dropout)
                for _ in range(model.layers)
            )
        )
        self.decoder = DecoderLayer(dim, model.heads, dim, rate, across=across)
        self.classify = nn.Sequential(
            nn.Flatten(),
            nn.Linear(2 * dim, model.hidden),
            SeededDropout(HEAD_DROPOUT),
            nn.BatchNorm1d(model.hidden),
            nn.GELU(),
            nn.Linear(model.hidden, 1),
        )

    def embed(self) -> tuple[torch.Tensor, ...]:
        """The frozen embeddings."""
        return (self.x_GD,)

    def logits(
        self, embedded: tuple[torch.Tensor, ...], tf_P: torch.Tensor, target_P: torch.Tensor
    ) -> torch.Tensor:
        """logit_P."""
        (x_GD,) = embedded
        x_PSD = self.hide(torch.stack([x_GD[tf_P], x_GD[target_P]], dim=1))
        logit_P: torch.Tensor = self.classify(self.decoder(x_PSD, self.encoder(x_PSD)))
        return logit_P.squeeze(-1)


def prepare_model(
    config: Config, dataset: Dataset, cache_dir: Path | None = None
) -> PeerGroundwork:
    """HGATLink's embeddings, pre-trained without a label by GP-DHT's encoder.

    As published with ``encoder.rescale`` off and ``encoder.start`` at random; only the step size
    falls, where the published one is constant.

    Raises
    ------
    ConfigError
        If the config asks for embeddings that labels train.
    TooLargeError
        When the model does not fit into memory.
    """
    graph = level_graph(config, dataset)
    encoder = pretrained_encoder(
        graph, config, fingerprint=dataset.matrix_fingerprint, cache_dir=cache_dir
    )
    with torch.no_grad():
        x_GD, _ = encoder(graph)

    def make(_pairs: Pairs, _train: np.ndarray) -> HGATLink:
        return HGATLink(config, x_GD).to(x_GD.device)

    return PeerGroundwork(config, make)
