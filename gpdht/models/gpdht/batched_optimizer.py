"""Adam and SGD for the weights of all folds at once, where single folds can stand still.

`torch.optim` keeps one step count per tensor and moves all of it; here each fold counts its own
steps. Everything is an operation in place on tensors of fixed address, so a CUDA graph can hold
it.

Shape letters: F folds · N weights of all folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gpdht.config import TrainConfig

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # torch's defaults


@dataclass(frozen=True, eq=False)
class FlatWeights:
    """Weights of all folds end to end, their gradients, and the fold of each."""

    weight_N: torch.Tensor
    grad_N: torch.Tensor
    fold_N: torch.Tensor

    @classmethod
    def of(cls, stacked: Sequence[torch.Tensor]) -> FlatWeights:
        """From tensors with a leading fold dimension."""
        weight_N = torch.cat([tensor.flatten() for tensor in stacked])
        folds = torch.arange(len(stacked[0]), device=weight_N.device)
        fold_N = torch.cat([folds.repeat_interleave(tensor[0].numel()) for tensor in stacked])
        return cls(weight_N, torch.zeros_like(weight_N), fold_N)

    def views(
        self, stacked: Sequence[torch.Tensor]
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Weights and gradients in the shapes that they came in."""
        sizes = [tensor.numel() for tensor in stacked]
        weights, grads = (
            [part.view(t.shape) for part, t in zip(flat.split(sizes), stacked, strict=True)]
            for flat in (self.weight_N, self.grad_N)
        )
        return weights, grads


class StackedAdam:
    """Adam with L2 penalty (Kingma & Ba 2015, Algorithm 1), as `torch.optim.Adam`."""

    def __init__(self, flat: FlatWeights, folds: int, *, lr: float, weight_decay: float) -> None:
        self.flat, self.lr, self.weight_decay = flat, lr, weight_decay
        self.mean_N = torch.zeros_like(flat.weight_N)
        self.square_N = torch.zeros_like(flat.weight_N)
        self.steps_F = flat.weight_N.new_zeros(folds)

    def step(self, active_F: torch.Tensor) -> None:
        """Move the active folds along their gradients; the others keep weights and moments."""
        active_F = active_F.to(self.steps_F.dtype)
        self.steps_F += active_F
        count_F, fold_N = self.steps_F.clamp(min=1), self.flat.fold_N
        active_N = active_F[fold_N]
        grad_N = self.flat.grad_N.add_(self.flat.weight_N, alpha=self.weight_decay)
        self.mean_N.lerp_(grad_N, (1 - BETA1) * active_N)
        self.square_N.lerp_(grad_N.square(), (1 - BETA2) * active_N)
        unbiased_N = self.square_N / (1 - BETA2**count_F)[fold_N]
        size_N = (-self.lr * active_F / (1 - BETA1**count_F))[fold_N]
        self.flat.weight_N.addcmul_(self.mean_N / unbiased_N.sqrt_().add_(EPS), size_N)

    def state(self) -> list[torch.Tensor]:
        """What a step changes."""
        return [self.flat.weight_N, self.mean_N, self.square_N, self.steps_F]


class StackedSGD:
    """SGD with momentum and L2 penalty, as `torch.optim.SGD`."""

    def __init__(
        self, flat: FlatWeights, *, lr: float, momentum: float, weight_decay: float
    ) -> None:
        self.flat, self.lr, self.momentum, self.weight_decay = flat, lr, momentum, weight_decay
        self.velocity_N = torch.zeros_like(flat.weight_N)

    def step(self, active_F: torch.Tensor) -> None:
        """Move the active folds along their gradients; the others keep weights and velocity."""
        active_N = active_F[self.flat.fold_N]
        grad_N = self.flat.grad_N.add_(self.flat.weight_N, alpha=self.weight_decay)
        moved_N = self.momentum * self.velocity_N + grad_N
        self.velocity_N.copy_(torch.where(active_N, moved_N, self.velocity_N))
        self.flat.weight_N.sub_(self.lr * active_N * self.velocity_N)

    def state(self) -> list[torch.Tensor]:
        """What a step changes."""
        return [self.flat.weight_N, self.velocity_N]


def make_stacked_optimizer(
    config: TrainConfig, flat: FlatWeights, folds: int
) -> StackedAdam | StackedSGD:
    """The optimiser of a config."""
    lr, decay = config.lr, config.weight_decay
    if config.optimizer == "sgd":
        return StackedSGD(flat, lr=lr, momentum=config.momentum, weight_decay=decay)
    return StackedAdam(flat, folds, lr=lr, weight_decay=decay)
