"""Two views of a gene, as TF and as target, whose product is a pair's score.

Shape letters: G genes · P pairs · D channels.
"""

from __future__ import annotations

import torch
from torch import nn

from gpdht.models.peers.gene_attention import GAIN
from gpdht.models.peers.seeded_dropout import SeededDropout

DROPOUT = 0.01


class Channel(nn.Sequential):
    """D → width → width / 2, with an activation after each map.

    The published channels drop 1 % of the features even when they score; ours when they train.
    """

    def __init__(self, dim: int, width: int, activation: type[nn.Module]) -> None:
        super().__init__(
            nn.Linear(dim, width),
            activation(),
            SeededDropout(DROPOUT),
            nn.Linear(width, width // 2),
            activation(),
        )
        for module in self:
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight, gain=GAIN)


class Channels(nn.Module):
    """The two channels side by side."""

    def __init__(self, dim: int, width: int, activation: type[nn.Module]) -> None:
        super().__init__()
        self.tf = Channel(dim, width, activation)
        self.target = Channel(dim, width, activation)

    def forward(self, x_GD: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Each gene as TF and as target, (G, D) each."""
        return self.tf(x_GD), self.target(x_GD)


def products(
    channels: tuple[torch.Tensor, ...], tf_P: torch.Tensor, target_P: torch.Tensor
) -> torch.Tensor:
    """logit_P: the dot products of the TFs' and the targets' channels."""
    as_tf_GD, as_target_GD = channels
    return (as_tf_GD[tf_P] * as_target_GD[target_P]).sum(dim=-1)
