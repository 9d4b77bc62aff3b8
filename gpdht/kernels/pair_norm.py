"""Residual, dropout and layer normalisation in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from gpdht.kernels.elementary import Mask, drop, f32, kernel


class AddNorm(torch.autograd.Function):
    """LayerNorm(x + dropout(y)) over the last dimension of contiguous float32 CPU tensors."""

    @staticmethod
    def forward(
        ctx: Any,
        x_ND: torch.Tensor,
        y_ND: torch.Tensor,
        weight_D: torch.Tensor,
        bias_D: torch.Tensor,
        eps: float,
        mask: Mask,
    ) -> torch.Tensor:
        out_ND, unit_ND = torch.empty_like(x_ND), torch.empty_like(x_ND)
        inverse_N = torch.empty(len(x_ND))
        _forward(
            *(t.detach().numpy() for t in (x_ND, y_ND, weight_D, bias_D)),
            f32(eps),
            mask,
            out_ND.numpy(),
            unit_ND.numpy(),
            inverse_N.numpy(),
        )
        ctx.save_for_backward(unit_ND, inverse_N, weight_D)
        ctx.mask = mask
        return out_ND

    @staticmethod
    def backward(ctx: Any, grad_ND: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        unit_ND, inverse_N, weight_D = ctx.saved_tensors
        dx_ND, dy_ND = torch.empty_like(unit_ND), torch.empty_like(unit_ND)
        dweight_D, dbias_D = torch.zeros_like(weight_D), torch.zeros_like(weight_D)
        _backward(
            grad_ND.contiguous().numpy(),
            *(t.detach().numpy() for t in (unit_ND, inverse_N, weight_D)),
            ctx.mask,
            *(t.numpy() for t in (dx_ND, dy_ND, dweight_D, dbias_D)),
        )
        return dx_ND, dy_ND, dweight_D, dbias_D, None, None


@kernel
def _forward(x, y, weight, bias, eps, mask, out, unit, inverse):
    rows, width = x.shape
    for n in range(rows):
        total = f32(0)
        for d in range(width):
            scale = drop(n * width + d, mask)
            v = x[n, d] + y[n, d] * scale
            unit[n, d] = v
            total += v
        mean = total / f32(width)
        square = f32(0)
        for d in range(width):
            v = unit[n, d] - mean
            square += v * v
        inv = f32(1) / np.sqrt(square / f32(width) + eps)
        inverse[n] = inv
        for d in range(width):
            v = (unit[n, d] - mean) * inv
            unit[n, d] = v
            out[n, d] = v * weight[d] + bias[d]


@kernel
def _backward(grad, unit, inverse, weight, mask, dx, dy, dweight, dbias):
    rows, width = unit.shape
    for n in range(rows):
        mean_g, mean_gu = f32(0), f32(0)
        for d in range(width):
            g = grad[n, d] * weight[d]
            mean_g += g
            mean_gu += g * unit[n, d]
        mean_g, mean_gu = mean_g / f32(width), mean_gu / f32(width)
        for d in range(width):
            dweight[d] += grad[n, d] * unit[n, d]
            dbias[d] += grad[n, d]
        for d in range(width):
            g = (grad[n, d] * weight[d] - mean_g - unit[n, d] * mean_gu) * inverse[n]
            scale = drop(n * width + d, mask)
            dx[n, d] = g
            dy[n, d] = g * scale
