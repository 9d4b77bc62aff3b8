"""The gradients of one reconstruction step, left in ``.grad`` of the encoder's parameters.

Shape letters: V destinations · K levels · D channels.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from gpdht.graph.build import Bags, GeneCellGraph
from gpdht.kernels.level_bags import gated_maxima, gated_maxima_backward
from gpdht.models.gpdht.encoder import FUSED, Direction, LevelEncoder
from gpdht.models.gpdht.reconstruction import loss_and_gradients, reconstruction

GROUP_BYTES = 8 * 2**20  # of the features' gradient that exists at a time; stays in cache


def make_step(encoder: LevelEncoder, graph: GeneCellGraph) -> Callable[[], torch.Tensor]:
    """A function that computes the reconstruction loss and all gradients."""
    weight = encoder.genes.message
    if weight.device.type == "cpu" and weight.dtype in FUSED:
        return BufferedStep(encoder, graph)
    return lambda: autograd_step(encoder, graph)


def autograd_step(encoder: LevelEncoder, graph: GeneCellGraph) -> torch.Tensor:
    """Loss and gradients by autograd, on any device."""
    encoder.zero_grad()
    x_GD, x_CD = encoder(graph)
    loss = reconstruction(x_GD, x_CD, graph.nonzeros)
    loss.backward()
    return loss.detach()


class BufferedStep:
    """Loss and gradients by the fused kernels, in memory that is taken once.

    Autograd would ask the operating system for some hundred megabytes in every step, and on a
    CPU filling fresh pages takes as long as the matrix products.
    """

    def __init__(self, encoder: LevelEncoder, graph: GeneCellGraph) -> None:
        self.nonzeros = graph.nonzeros
        self.genes = _BufferedDirection(encoder.genes, graph.to_gene, graph.degree_C)
        self.cells = _BufferedDirection(encoder.cells, graph.to_cell, graph.degree_G)

    @torch.no_grad()
    def __call__(self) -> torch.Tensor:
        x_GD, x_CD = self.genes.forward(), self.cells.forward()
        loss, gradient_GD, gradient_CD = loss_and_gradients(x_GD, x_CD, self.nonzeros)
        self.genes.backward(gradient_GD)
        self.cells.backward(gradient_CD)
        return loss


class _BufferedDirection:
    def __init__(self, direction: Direction, bags: Bags, degree: torch.Tensor) -> None:
        self.output = direction.output
        self.tables = direction.tables(bags, degree)
        tables, dim = self.tables, direction.dim
        empty = direction.message.new_empty
        self.features_VKD = empty(tables.destinations, tables.levels * dim)
        self.winner_VKD = torch.empty(self.features_VKD.shape, dtype=torch.int32)
        self.x_VD = empty(tables.destinations, dim)
        self.gradients = torch.empty_like(direction.message), torch.empty_like(direction.query)
        direction.message.grad, direction.query.grad = self.gradients
        for parameter in self.output.parameters():
            parameter.grad = torch.empty_like(parameter)
        per_level = self.x_VD.numel() * self.x_VD.element_size()
        group = max(GROUP_BYTES // max(per_level, 1), torch.get_num_threads())
        self.groups = torch.arange(tables.levels).split(min(group, tables.levels))
        self.buffer = empty(tables.destinations * len(self.groups[0]) * dim)

    def forward(self) -> torch.Tensor:
        gated_maxima(self.tables, self.features_VKD, self.winner_VKD)
        weight, bias = self.output.weight, self.output.bias
        return torch.addmm(bias, self.features_VKD, weight.T, out=self.x_VD)

    def backward(self, gradient_VD: torch.Tensor) -> None:
        weight, dim = self.output.weight, gradient_VD.shape[1]
        torch.mm(gradient_VD.T, self.features_VKD, out=weight.grad)
        torch.sum(gradient_VD, dim=0, out=self.output.bias.grad)
        for group in self.groups:
            levels = group.tolist()
            columns = slice(levels[0] * dim, (levels[-1] + 1) * dim)
            part = self.buffer[: len(gradient_VD) * len(levels) * dim]
            part = part.view(len(gradient_VD), -1)
            torch.mm(gradient_VD, weight[:, columns], out=part)
            gated_maxima_backward(
                self.tables, part, self.features_VKD, self.winner_VKD, self.gradients, levels
            )
