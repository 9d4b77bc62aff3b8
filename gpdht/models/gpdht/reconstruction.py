"""The reconstruction loss: x_g · x_c against the z-scores of the non-zero expression.

Time is linear in the non-zeros and memory bounded: dense blocks where expression is dense,
because matrix products are an order faster per entry; edge by edge where it is sparse.
Shape letters: G genes · C cells · D channels · E non-zeros · B cells of a block.
"""

from __future__ import annotations

from typing import Any

import torch

from gpdht.graph.build import NonZeros
from gpdht.kernels.edge_products import edge_gradients, keep_errors

# Share of non-zeros from which dense blocks are faster: measured on a CPU; on a GPU estimated from
# 6 operations per entry and channel against some 40 bytes moved per edge and channel.
DENSE_FROM_CPU, DENSE_FROM_GPU = 0.3, 0.02
BLOCK_BYTES = 16 * 2**20  # of one block of products: stays in a last-level cache
CHUNK = 2**18  # edges gathered at a time where there is no kernel


def reconstruction(x_GD: torch.Tensor, x_CD: torch.Tensor, nonzeros: NonZeros) -> torch.Tensor:
    """Mean squared error of x_g · x_c against the z-score, over the non-zero expression.

    1 for embeddings of zero.
    """
    loss: torch.Tensor = _Reconstruction.apply(x_GD, x_CD, nonzeros)
    return loss


class _Reconstruction(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x_GD: torch.Tensor, x_CD: torch.Tensor, nonzeros: NonZeros
    ) -> torch.Tensor:
        loss, gradient_GD, gradient_CD = loss_and_gradients(x_GD, x_CD, nonzeros)
        ctx.save_for_backward(gradient_GD, gradient_CD)
        return loss

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        gradient_GD, gradient_CD = ctx.saved_tensors
        return grad * gradient_GD, grad * gradient_CD, None


@torch.no_grad()
def loss_and_gradients(
    x_GD: torch.Tensor, x_CD: torch.Tensor, nonzeros: NonZeros
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The loss (0-dim) and its gradients by both embeddings, in one pass over the expression."""
    on_cpu = x_GD.device.type == "cpu"
    if nonzeros.density >= (DENSE_FROM_CPU if on_cpu else DENSE_FROM_GPU):
        return by_blocks(x_GD, x_CD, nonzeros)
    if on_cpu:
        edges = nonzeros.starts_C, nonzeros.gene_E, nonzeros.z_E
        total, gradient_GD, gradient_CD = edge_gradients(
            x_GD.contiguous(), x_CD.contiguous(), *edges, 2 / max(len(nonzeros), 1)
        )
        return x_GD.new_tensor(total / max(len(nonzeros), 1)), gradient_GD, gradient_CD
    return by_gathering(x_GD, x_CD, nonzeros)


def by_blocks(
    x_GD: torch.Tensor, x_CD: torch.Tensor, nonzeros: NonZeros
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Loss and gradients by dense products of some cells at a time with all genes."""
    count = max(len(nonzeros), 1)
    rows = max(BLOCK_BYTES // (x_GD.element_size() * max(len(x_GD), 1)), 1)
    total = x_GD.new_zeros((), dtype=torch.float64)
    gradient_GD, gradient_CD = torch.zeros_like(x_GD), torch.empty_like(x_CD)
    for first in range(0, len(x_CD), rows):
        block_BD = x_CD[first : first + rows]
        starts = nonzeros.starts_C[first : first + len(block_BD) + 1]
        error_BG = block_BD @ x_GD.T
        if error_BG.device.type == "cpu":
            total += keep_errors(error_BG, starts, nonzeros.gene_E, nonzeros.z_E, 2 / count)
        else:
            total += _keep_errors_anywhere(error_BG, starts, nonzeros, 2 / count)
        torch.mm(error_BG, x_GD, out=gradient_CD[first : first + len(block_BD)])
        gradient_GD.addmm_(error_BG.T, block_BD)
    return (total / count).to(x_GD.dtype), gradient_GD, gradient_CD


def _keep_errors_anywhere(
    product_BG: torch.Tensor, starts: torch.Tensor, nonzeros: NonZeros, factor: float
) -> torch.Tensor:
    """`keep_errors` in torch's own operators; the sum of squares stays on the device."""
    cell = torch.repeat_interleave(starts.diff())
    gene = nonzeros.gene_E[int(starts[0]) : int(starts[-1])].long()
    error_E = product_BG[cell, gene] - nonzeros.z_E[int(starts[0]) : int(starts[-1])]
    product_BG.zero_()[cell, gene] = error_E * factor
    return error_E.double().square().sum()


def by_gathering(
    x_GD: torch.Tensor, x_CD: torch.Tensor, nonzeros: NonZeros
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Loss and gradients by gathering both embeddings of some non-zeros at a time."""
    count = max(len(nonzeros), 1)
    total = x_GD.new_zeros((), dtype=torch.float64)
    gradient_GD, gradient_CD = torch.zeros_like(x_GD), torch.zeros_like(x_CD)
    for first in range(0, len(nonzeros), CHUNK):
        edge = torch.arange(first, min(first + CHUNK, len(nonzeros)), device=x_GD.device)
        cell = torch.searchsorted(nonzeros.starts_C, edge, right=True) - 1
        gene = nonzeros.gene_E[edge].long()
        gene_ED, cell_ED = x_GD[gene], x_CD[cell]
        error_E = (gene_ED * cell_ED).sum(dim=1) - nonzeros.z_E[edge]
        total += error_E.double().square().sum()
        pull_E1 = (error_E * (2 / count))[:, None]
        gradient_GD.index_add_(0, gene, pull_E1 * cell_ED)
        gradient_CD.index_add_(0, cell, pull_E1 * gene_ED)
    return (total / count).to(x_GD.dtype), gradient_GD, gradient_CD
