"""Self-attention among the few tokens of each pair."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from gpdht.kernels.elementary import Mask, drop, f32, kernel


class PairAttention(torch.autograd.Function):
    """Multi-head attention within each pair, with dropout on its weights; float32 on the CPU.

    One loop over pairs, heads and tokens: at two or four tokens a batched matrix product spends
    its time on everything but the product.

    qkv_PSTHW (P, S, 3, H, W): queries, keys and values; gives (P, S, H·W).
    """

    @staticmethod
    def forward(ctx: Any, qkv_PSTHW: torch.Tensor, mask: Mask) -> torch.Tensor:
        pairs, tokens, _, heads, width = qkv_PSTHW.shape
        out = torch.empty(pairs, tokens, heads, width)
        share_PHSS = torch.empty(pairs, heads, tokens, tokens)
        _forward(qkv_PSTHW.detach().numpy(), mask, out.numpy(), share_PHSS.numpy())
        ctx.save_for_backward(qkv_PSTHW, share_PHSS)
        ctx.mask = mask
        return out.view(pairs, tokens, heads * width)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        qkv_PSTHW, share_PHSS = ctx.saved_tensors
        pairs, tokens, _, heads, width = qkv_PSTHW.shape
        grad_PSHW = grad.contiguous().view(pairs, tokens, heads, width)
        dqkv = torch.zeros_like(qkv_PSTHW)
        _backward(
            *(t.detach().numpy() for t in (grad_PSHW, qkv_PSTHW, share_PHSS)),
            ctx.mask,
            dqkv.numpy(),
        )
        return dqkv, None


@kernel
def _forward(qkv, mask, out, share):
    pairs, tokens, _, heads, width = qkv.shape
    scale = f32(1 / math.sqrt(width))
    for p in range(pairs):
        for h in range(heads):
            for i in range(tokens):
                top = f32(-np.inf)
                for j in range(tokens):
                    dot = f32(0)
                    for w in range(width):
                        dot += qkv[p, i, 0, h, w] * qkv[p, j, 1, h, w]
                    share[p, h, i, j] = dot * scale
                    top = max(top, dot * scale)
                total = f32(0)
                for j in range(tokens):
                    share[p, h, i, j] = math.exp(share[p, h, i, j] - top)
                    total += share[p, h, i, j]
                for w in range(width):
                    out[p, i, h, w] = f32(0)
                for j in range(tokens):
                    share[p, h, i, j] /= total
                    at = ((p * heads + h) * tokens + i) * tokens + j
                    keep = drop(at, mask)
                    weight = share[p, h, i, j] * keep
                    for w in range(width):
                        out[p, i, h, w] += weight * qkv[p, j, 2, h, w]


@kernel
def _backward(grad, qkv, share, mask, dqkv):
    pairs, tokens, _, heads, width = qkv.shape
    scale = f32(1 / math.sqrt(width))
    dshare = np.empty(tokens, dtype=np.float32)
    for p in range(pairs):
        for h in range(heads):
            for i in range(tokens):
                mean = f32(0)
                for j in range(tokens):
                    at = ((p * heads + h) * tokens + i) * tokens + j
                    keep = drop(at, mask)
                    weight = share[p, h, i, j] * keep
                    dot = f32(0)
                    for w in range(width):
                        dot += grad[p, i, h, w] * qkv[p, j, 2, h, w]
                        dqkv[p, j, 2, h, w] += weight * grad[p, i, h, w]
                    dshare[j] = dot * keep
                    mean += share[p, h, i, j] * dshare[j]
                for j in range(tokens):
                    step = share[p, h, i, j] * (dshare[j] - mean) * scale
                    for w in range(width):
                        dqkv[p, i, 0, h, w] += step * qkv[p, j, 1, h, w]
                        dqkv[p, j, 1, h, w] += step * qkv[p, i, 0, h, w]
