"""The pair Transformer with its classification and contrastive heads (paper, Eqs. 15–19).

Shape letters: P pairs · S tokens of a pair · D channels.
"""

from __future__ import annotations

import torch
from torch import nn

from gpdht.config import Config


class PairTransformer(nn.Module):
    """Logit and contrastive projection of each (TF, target) pair.

    The tokens of a pair attend to each other and to nothing else, so a pair's score does not
    depend on its batch. Flattening in the order (TF, target) makes the score directed.

    Parameters
    ----------
    tokens : tokens of a pair S.
    hidden : width after flattening; projection : width of the contrastive head.
    """

    def __init__(
        self,
        *,
        tokens: int,
        dim: int,
        layers: int,
        heads: int,
        feedforward: int,
        dropout: float,
        hidden: int,
        projection: int,
    ) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            dim, heads, feedforward, dropout, activation="gelu", batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.trunk = nn.Sequential(
            nn.Flatten(), nn.Linear(tokens * dim, hidden), nn.GELU(), nn.LayerNorm(hidden)
        )
        self.classify = nn.Linear(hidden, 1)
        self.project = nn.Sequential(
            nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, projection)
        )

    @classmethod
    def from_config(cls, config: Config) -> PairTransformer:
        model = config.model
        return cls(
            tokens=2 if model.context == "none" else 4,
            dim=config.encoder.dim,
            layers=model.layers,
            heads=model.heads,
            feedforward=model.feedforward,
            dropout=model.dropout,
            hidden=model.hidden,
            projection=model.projection,
        )

    def forward(self, token_PSD: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """logit_P and projection_PD."""
        hidden_PD = self.trunk(self.encoder(token_PSD))
        return self.classify(hidden_PD).squeeze(-1), self.project(hidden_PD)

    def logits(self, token_PSD: torch.Tensor) -> torch.Tensor:
        """logit_P alone."""
        return self.classify(self.trunk(self.encoder(token_PSD))).squeeze(-1)
