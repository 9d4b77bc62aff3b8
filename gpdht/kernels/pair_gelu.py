"""GELU and dropout in one pass."""

from __future__ import annotations

from typing import Any

import torch

from gpdht.kernels.elementary import Mask, drop, exp32, f32, kernel


class GELUDropout(torch.autograd.Function):
    """dropout(GELU(x)) of a contiguous float32 CPU tensor; the exact GELU, to 5e-7.

    Forward also stores the derivative, which shares its exponential, so backward is a product.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, mask: Mask) -> torch.Tensor:
        out, slope = torch.empty_like(x), torch.empty_like(x)
        _forward(
            x.detach().numpy().reshape(-1),
            out.numpy().reshape(-1),
            slope.numpy().reshape(-1),
            mask,
        )
        ctx.save_for_backward(slope)
        return out

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        (slope,) = ctx.saved_tensors
        return slope.mul_(grad), None


@kernel
def _forward(x, out, slope, mask):
    for i in range(x.size):
        v = x[i]
        bell = exp32(f32(-0.5) * v * v)
        # The normal distribution's tail beyond |v|: Abramowitz & Stegun 7.1.26, error 1.5e-7.
        t = f32(1) / (f32(1) + f32(0.2316418882) * abs(v))
        p = f32(1.061405429)
        p = p * t + f32(-1.453152027)
        p = p * t + f32(1.421413741)
        p = p * t + f32(-0.284496736)
        p = p * t + f32(0.254829592)
        tail = f32(0.5) * p * t * bell
        below = f32(1) - tail if v > f32(0) else tail
        scale = drop(i, mask)
        out[i] = v * below * scale
        slope[i] = (below + v * (f32(0.3989422804) * bell)) * scale
