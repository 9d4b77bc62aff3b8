"""The supervised contrastive loss of a batch and its gradient in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from gpdht.kernels.elementary import exp32, f32, kernel


class Contrast(torch.autograd.Function):
    """Supervised contrastive loss of a (P, P) matrix of cosine similarities; float32 on the CPU.

    The mean over anchors of `anchor_P`; see `losses.supervised_contrastive`. The gradient is
    softmax minus the uniform distribution over the anchor's class, so forward has it at hand.
    """

    @staticmethod
    def forward(
        ctx: Any,
        cosine_PP: torch.Tensor,
        label_P: torch.Tensor,
        anchor_P: torch.Tensor,
        temperature: float,
    ) -> torch.Tensor:
        gradient_PP = torch.empty_like(cosine_PP)
        loss = _rows(
            cosine_PP.detach().numpy(),
            label_P.numpy(),
            anchor_P.numpy(),
            f32(1 / temperature),
            gradient_PP.numpy(),
        )
        ctx.save_for_backward(gradient_PP)
        return torch.tensor(loss, dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        (gradient_PP,) = ctx.saved_tensors
        return gradient_PP.mul_(grad), None, None, None


@kernel
def _rows(cosine, label, anchor, inverse, gradient):
    """Sum over anchors, divided by their number; fills `gradient`."""
    size = len(label)
    total, anchors = 0.0, max(anchor.sum(), 1)
    for i in range(size):
        if not anchor[i]:
            gradient[i] = f32(0)
            continue
        top, same_sum, same = f32(-np.inf), f32(0), f32(0)
        for j in range(size):
            if j != i:
                top = max(top, cosine[i, j])
        for j in range(size):
            gradient[i, j] = exp32((cosine[i, j] - top) * inverse)
        gradient[i, i] = f32(0)
        norm = f32(0)
        for j in range(size):
            norm += gradient[i, j]
        for j in range(size):
            alike = f32(1) if label[j] == label[i] else f32(0)
            same += alike
            same_sum += alike * cosine[i, j]
        same, same_sum = same - f32(1), same_sum - cosine[i, i]
        total += np.log(norm) + (top - same_sum / same) * inverse
        step = inverse / f32(anchors)
        for j in range(size):
            alike = f32(1) / same if label[j] == label[i] else f32(0)
            gradient[i, j] = (gradient[i, j] / norm - alike) * step
        gradient[i, i] = f32(0)
    return total / anchors
