"""Adam and SGD for the weights of all folds at once, where single folds can stand still.

`torch.optim` keeps one step count per tensor and moves all of it; here each fold counts its own
steps. Everything is an operation in place on tensors of fixed address, so a CUDA graph can hold
it.

Shape letters: F folds · N weights of one fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from gpdht.config import TrainConfig

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # torch's defaults


@dataclass(frozen=True, eq=False)
class FlatWeights:
    """All weights of each fold end to end, and their shapes by name in the same order."""

    weight_FN: torch.Tensor
    shapes: dict[str, torch.Size]

    @classmethod
    def of(cls, folds: Sequence[nn.Module]) -> FlatWeights:
        """Move the weights of modules that are built alike into one tensor; they keep views."""
        weight_FN = torch.stack([parameters_to_vector(fold.parameters()) for fold in folds])
        weight_FN = weight_FN.detach()
        for fold, own_N in zip(folds, weight_FN, strict=True):
            vector_to_parameters(own_N, fold.parameters())
        shapes = {name: weight.shape for name, weight in folds[0].named_parameters()}
        return cls(weight_FN.requires_grad_(), shapes)

    def views(self) -> dict[str, torch.Tensor]:
        """The weights by name, each with a leading fold dimension; gradients flow through them."""
        parts = self.weight_FN.split([shape.numel() for shape in self.shapes.values()], dim=1)
        return {
            name: part.view(len(part), *shape)
            for part, (name, shape) in zip(parts, self.shapes.items(), strict=True)
        }


class StackedAdam:
    """Adam with L2 penalty (Kingma & Ba 2015, Algorithm 1), as `torch.optim.Adam`."""

    def __init__(self, flat: FlatWeights, *, lr: float, weight_decay: float) -> None:
        self.flat, self.lr, self.weight_decay = flat, lr, weight_decay
        self.mean_FN = torch.zeros_like(flat.weight_FN)
        self.square_FN = torch.zeros_like(flat.weight_FN)
        self.steps_F1 = flat.weight_FN.new_zeros(len(flat.weight_FN), 1)

    @torch.no_grad()
    def step(self, grad_FN: torch.Tensor, active_F: torch.Tensor) -> None:
        """Move the active folds along gradients, which it spoils; others keep all they have."""
        active_F1 = active_F[:, None].to(self.steps_F1.dtype)
        self.steps_F1 += active_F1
        count_F1 = self.steps_F1.clamp(min=1)
        grad_FN.add_(self.flat.weight_FN, alpha=self.weight_decay)
        self.mean_FN.lerp_(grad_FN, (1 - BETA1) * active_F1)
        self.square_FN.lerp_(grad_FN.square_(), (1 - BETA2) * active_F1)
        size_FN = (self.square_FN / (1 - BETA2**count_F1)).sqrt_().add_(EPS)
        torch.div(self.mean_FN, size_FN, out=size_FN)
        self.flat.weight_FN.addcmul_(size_FN, -self.lr * active_F1 / (1 - BETA1**count_F1))

    def state(self) -> list[torch.Tensor]:
        """What a step changes."""
        return [self.flat.weight_FN.detach(), self.mean_FN, self.square_FN, self.steps_F1]


class StackedSGD:
    """SGD with momentum and L2 penalty, as `torch.optim.SGD`."""

    def __init__(
        self, flat: FlatWeights, *, lr: float, momentum: float, weight_decay: float
    ) -> None:
        self.flat, self.lr, self.momentum, self.weight_decay = flat, lr, momentum, weight_decay
        self.velocity_FN = torch.zeros_like(flat.weight_FN)

    @torch.no_grad()
    def step(self, grad_FN: torch.Tensor, active_F: torch.Tensor) -> None:
        """Move the active folds along gradients, which it spoils; others keep all they have."""
        active_F1 = active_F[:, None]
        grad_FN.add_(self.flat.weight_FN, alpha=self.weight_decay)
        moved_FN = grad_FN.add_(self.velocity_FN, alpha=self.momentum)
        self.velocity_FN.copy_(torch.where(active_F1, moved_FN, self.velocity_FN))
        self.flat.weight_FN.sub_(self.lr * active_F1 * self.velocity_FN)

    def state(self) -> list[torch.Tensor]:
        """What a step changes."""
        return [self.flat.weight_FN.detach(), self.velocity_FN]


def make_stacked_optimizer(config: TrainConfig, flat: FlatWeights) -> StackedAdam | StackedSGD:
    """The optimiser of a config."""
    lr, decay = config.lr, config.weight_decay
    if config.optimizer == "sgd":
        return StackedSGD(flat, lr=lr, momentum=config.momentum, weight_decay=decay)
    return StackedAdam(flat, lr=lr, weight_decay=decay)
