"""Transformer layers as `torch.nn` has them, with dropout from a generator of the network's own.

Shape letters: P pairs · S tokens of a pair · D channels · H heads · W = D / H · N, M positions.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from gpdht.models.peers.seeded_dropout import SeededDropout


class Attention(nn.Module):
    """Multi-head attention of x to a memory: `torch.nn.MultiheadAttention`, batch first."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key_value = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim)
        self.mix, self.dropout = nn.Linear(dim, dim), SeededDropout(dropout)
        bound = (6 / (4 * dim)) ** 0.5  # Xavier's for the three maps as one
        for linear in (self.query, self.key_value):
            nn.init.uniform_(linear.weight, -bound, bound)
        for linear in (self.query, self.key_value, self.mix):
            nn.init.zeros_(linear.bias)

    def forward(self, x_PND: torch.Tensor, memory_PMD: torch.Tensor) -> torch.Tensor:
        """(P, N, D)."""
        q_PHNW = self._by_head(self.query(x_PND))
        k_PHMW, v_PHMW = map(self._by_head, self.key_value(memory_PMD).chunk(2, dim=-1))
        score_PHNM = q_PHNW @ k_PHMW.transpose(-1, -2) / q_PHNW.shape[-1] ** 0.5
        mixed_PHNW = self.dropout(score_PHNM.softmax(dim=-1)) @ v_PHMW
        mixed: torch.Tensor = self.mix(mixed_PHNW.transpose(1, 2).flatten(2))
        return mixed

    def _by_head(self, x_PND: torch.Tensor) -> torch.Tensor:
        return x_PND.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class EncoderLayer(nn.Module):
    """`torch.nn.TransformerEncoderLayer` with ReLU, normalisation after each residual."""

    def __init__(self, dim: int, heads: int, feedforward: int, dropout: float) -> None:
        super().__init__()
        self.attention = Attention(dim, heads, dropout)
        self.widen, self.narrow = nn.Linear(dim, feedforward), nn.Linear(feedforward, dim)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.dropout = SeededDropout(dropout)

    def forward(self, x_PSD: torch.Tensor) -> torch.Tensor:
        """(P, S, D)."""
        return self.feed(self.attend(x_PSD))

    def attend(self, x_PSD: torch.Tensor) -> torch.Tensor:
        """Self-attention with its residual."""
        attended: torch.Tensor = self.norm1(x_PSD + self.dropout(self.attention(x_PSD, x_PSD)))
        return attended

    def feed(self, x_PSD: torch.Tensor) -> torch.Tensor:
        """The feed-forward part with its residual."""
        wide = self.dropout(F.relu(self.widen(x_PSD)))
        fed: torch.Tensor = self.norm2(x_PSD + self.dropout(self.narrow(wide)))
        return fed


class DecoderLayer(EncoderLayer):
    """`torch.nn.TransformerDecoderLayer` without masks: attends to itself, then to a memory.

    Parameters
    ----------
    across : attention goes over the pairs of a batch, of each token for itself, and not over the
        tokens of a pair: what torch does when a batch-first tensor is taken for its default order.
    """

    def __init__(
        self, dim: int, heads: int, feedforward: int, dropout: float, *, across: bool = False
    ) -> None:
        super().__init__(dim, heads, feedforward, dropout)
        self.to_memory, self.norm_memory = Attention(dim, heads, dropout), nn.LayerNorm(dim)
        self.across = across

    def forward(self, x_PSD: torch.Tensor, memory_PSD: torch.Tensor | None = None) -> torch.Tensor:
        """(P, S, D); without a memory it attends to itself twice."""
        memory_PSD = x_PSD if memory_PSD is None else memory_PSD
        if self.across:
            x_PSD, memory_PSD = x_PSD.transpose(0, 1), memory_PSD.transpose(0, 1)
        x_PSD = self.attend(x_PSD)
        remembered = self.dropout(self.to_memory(x_PSD, memory_PSD))
        x_PSD = self.feed(self.norm_memory(x_PSD + remembered))
        return x_PSD.transpose(0, 1) if self.across else x_PSD
