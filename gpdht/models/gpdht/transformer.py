"""The pair Transformer with its classification and contrastive heads (paper, Eqs. 15–19).

Shape letters: P pairs · S tokens of a pair · D channels · H heads · W = D / H · N = P · S.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import cast

import torch
from torch import nn
from torch.nn import functional as F

from gpdht.config import Config
from gpdht.kernels.elementary import Mask, dropout_mask
from gpdht.kernels.pair_attention import PairAttention
from gpdht.kernels.pair_gelu import GELUDropout
from gpdht.kernels.pair_norm import AddNorm


class Linear(nn.Linear):
    """A linear map whose product runs in bfloat16 if `reduced`; it sums in float32."""

    reduced = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.reduced:
            return super().forward(x)
        low = torch.bfloat16
        return F.linear(x.to(low), self.weight.to(low)).to(x.dtype) + self.bias


class PairLayer(nn.Module):
    """One Transformer layer (normalisation after each residual, GELU) over the tokens of pairs.

    The same function as `torch.nn.TransformerEncoderLayer`. On the CPU everything between the
    matrix products runs in fused kernels, with dropout masks from a seed; elsewhere, and in
    other dtypes than float32, as torch operators.
    """

    def __init__(self, *, dim: int, heads: int, feedforward: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv, self.mix = Linear(dim, 3 * dim), Linear(dim, dim)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.widen, self.narrow = Linear(dim, feedforward), Linear(feedforward, dim)
        nn.init.xavier_uniform_(self.qkv.weight)
        nn.init.zeros_(self.qkv.bias)
        nn.init.zeros_(self.mix.bias)

    def forward(self, x_PSD: torch.Tensor, masks: Iterator[Mask] | None) -> torch.Tensor:
        return self.after_projection(x_PSD, self.qkv(x_PSD), masks)

    def after_projection(
        self, x_PSD: torch.Tensor, qkv: torch.Tensor, masks: Iterator[Mask] | None
    ) -> torch.Tensor:
        """The layer, given its token-wise queries, keys and values (P, S, 3·D)."""
        if masks is None:
            return self._plain(x_PSD, qkv)
        pairs, tokens, dim = x_PSD.shape
        qkv_PSTHW = qkv.view(pairs, tokens, 3, self.heads, dim // self.heads)
        mixed = self.mix(PairAttention.apply(qkv_PSTHW, next(masks)))
        x = self._add_norm(self.norm1, x_PSD, mixed, next(masks))
        wide = GELUDropout.apply(self.widen(x), next(masks))
        return self._add_norm(self.norm2, x, self.narrow(wide), next(masks)).view_as(x_PSD)

    @staticmethod
    def _add_norm(norm: nn.LayerNorm, x: torch.Tensor, y: torch.Tensor, mask: Mask) -> torch.Tensor:
        flat = x.reshape(-1, x.shape[-1]), y.reshape(-1, x.shape[-1])
        return AddNorm.apply(*flat, norm.weight, norm.bias, norm.eps, mask)

    def _plain(self, x_PSD: torch.Tensor, qkv: torch.Tensor) -> torch.Tensor:
        def drop(x: torch.Tensor) -> torch.Tensor:
            return F.dropout(x, self.dropout, self.training)

        q, k, v = qkv.unflatten(-1, (3, self.heads, -1)).unbind(-3)  # each (P, S, H, W)
        dot_PSSH = (q.unsqueeze(-3) * k.unsqueeze(-4)).sum(dim=-1) / q.shape[-1] ** 0.5
        share_PSSH = drop(dot_PSSH.softmax(dim=-2))
        mixed = (share_PSSH.unsqueeze(-1) * v.unsqueeze(-4)).sum(dim=-3).flatten(-2)
        x = self.norm1(x_PSD + drop(self.mix(mixed)))
        return self.norm2(x + drop(self.narrow(drop(F.gelu(self.widen(x))))))


class PairTransformer(nn.Module):
    """The pair Transformer with its classification and contrastive heads.

    The tokens of a pair attend to each other and to nothing else, so a pair's score does not
    depend on its batch. Flattening in the order (TF, target) makes the score directed.

    Parameters
    ----------
    tokens : tokens of a pair S.
    hidden : width after flattening; projection : width of the contrastive head.
    reduced : matrix products in bfloat16.
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
        reduced: bool = False,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            PairLayer(dim=dim, heads=heads, feedforward=feedforward, dropout=dropout)
            for _ in range(layers)
        )
        self.trunk = nn.Sequential(
            nn.Flatten(-2), Linear(tokens * dim, hidden), nn.GELU(), nn.LayerNorm(hidden)
        )
        self.classify = nn.Linear(hidden, 1)
        self.project = nn.Sequential(Linear(hidden, hidden), nn.GELU(), Linear(hidden, projection))
        self.dropout = dropout
        self.fused = True
        for module in self.modules():
            if isinstance(module, Linear):
                module.reduced = reduced

    @classmethod
    def from_config(
        cls, config: Config, *, tokens: int = 2, reduced: bool = False
    ) -> PairTransformer:
        model = config.model
        return cls(
            tokens=tokens,
            dim=config.encoder.dim,
            layers=model.layers,
            heads=model.heads,
            feedforward=model.feedforward,
            dropout=model.dropout,
            hidden=model.hidden,
            projection=model.projection,
            reduced=reduced,
        )

    def forward(
        self, token_PSD: torch.Tensor, seed: int = 0, beside_PD: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """logit_P and projection_PD.

        Parameters
        ----------
        seed : draws the dropout masks of the fused kernels.
        beside_PD : (P, hidden), what else is known of a pair; added before the trunk's GELU.
        """
        masks = self._masks(token_PSD, seed)
        for layer in self.layers:
            token_PSD = layer(token_PSD, masks)
        hidden_PD = self._hidden(token_PSD, beside_PD)
        return self.classify(hidden_PD).squeeze(-1), self.project(hidden_PD)

    def logits(
        self,
        table_GSD: torch.Tensor,
        tf_P: torch.Tensor,
        target_P: torch.Tensor,
        beside_PD: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """logit_P of pairs of genes, without dropout.

        A token's queries, keys and values in the first layer do not depend on its partner, so
        `table_GSD` is projected once per gene.
        """
        pair_PT = torch.stack([tf_P, target_P], dim=1)
        first, *others = cast(list[PairLayer], list(self.layers))
        masks = self._masks(table_GSD, 0)
        x_PSD = table_GSD[pair_PT].flatten(1, 2)
        x_PSD = first.after_projection(x_PSD, first.qkv(table_GSD)[pair_PT].flatten(1, 2), masks)
        for layer in others:
            x_PSD = layer(x_PSD, masks)
        return self.classify(self._hidden(x_PSD, beside_PD)).squeeze(-1)

    def _hidden(self, token_PSD: torch.Tensor, beside_PD: torch.Tensor | None) -> torch.Tensor:
        if beside_PD is None:
            return self.trunk(token_PSD)
        flatten, widen, *others = self.trunk
        hidden_PD = widen(flatten(token_PSD)) + beside_PD
        for layer in others:
            hidden_PD = layer(hidden_PD)
        return hidden_PD

    def _masks(self, x: torch.Tensor, seed: int) -> Iterator[Mask] | None:
        """One dropout mask after the other; None where the fused kernels do not apply."""
        if not (self.fused and x.device.type == "cpu" and x.dtype == torch.float32):
            return None
        rate = self.dropout if self.training else 0.0
        return (dropout_mask(rate, seed * 0x9E3779B97F4A7C15 + site) for site in count(1))
