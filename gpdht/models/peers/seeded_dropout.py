"""Dropout that draws from a generator of its own, so that folds in threads do not mix."""

from __future__ import annotations

import torch
from torch import nn


class SeededDropout(nn.Module):
    """`torch.nn.Dropout`, with masks from the generator that `seed_dropout` gave last."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.generator: torch.Generator | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.rate:
            return x
        kept = torch.empty_like(x).bernoulli_(1 - self.rate, generator=self.generator)
        return x * kept / (1 - self.rate)


def seed_dropout(network: nn.Module, seed: int) -> None:
    """Let all dropout of a network draw from one generator that starts at `seed`."""
    drawing = [module for module in network.modules() if isinstance(module, SeededDropout)]
    if not drawing:
        return
    device = next(network.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    for module in drawing:
        module.generator = generator
