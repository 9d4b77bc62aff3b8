"""Errors of x_g · x_c at the non-zeros, and what their squares pull on the embeddings.

Shape letters: G genes · C cells · D channels · E non-zeros · B cells of a block.
"""

from __future__ import annotations

import numpy as np
import torch

from gpdht.kernels.elementary import kernel
from gpdht.kernels.threads import spread

RUNS = 16  # fixed, not the number of threads, so that sums are taken in one order
PARTIAL_BYTES = 64 * 2**20  # of each run's own gene gradients, all together


def keep_errors(
    product_BG: torch.Tensor,
    starts: torch.Tensor,
    gene_E: torch.Tensor,
    z_E: torch.Tensor,
    factor: float,
) -> float:
    """Turn products into errors × `factor` at the non-zeros and zeros elsewhere, in place.

    Parameters
    ----------
    starts : (B + 1,) of the block's cells, positions in `gene_E` and `z_E`.

    Returns
    -------
    The sum of squared errors.
    """
    squares_B = np.empty(len(product_BG))
    product, first, gene, z = (t.numpy() for t in (product_BG, starts, gene_E, z_E))
    number = product.dtype.type(factor)
    cuts = np.linspace(0, len(product), RUNS + 1).astype(np.int64)

    def run(i: int) -> None:
        _keep(product, first, gene, z, number, squares_B, cuts[i], cuts[i + 1])

    spread(run, range(RUNS))
    return float(squares_B.sum())


def edge_gradients(
    x_GD: torch.Tensor,
    x_CD: torch.Tensor,
    starts_C: torch.Tensor,
    gene_E: torch.Tensor,
    z_E: torch.Tensor,
    factor: float,
) -> tuple[float, torch.Tensor, torch.Tensor]:
    """Sum of squared errors and the gradients Σ factor · error · x of both embeddings.

    Each of at most `RUNS` runs of cells has gene gradients of its own, added up at the end, so
    there is nothing to lock and the result does not depend on the number of threads.
    """
    fit = PARTIAL_BYTES // (x_GD.numel() * x_GD.element_size() + 1)
    runs = int(min(max(fit, 1), RUNS, len(x_CD)))
    partial = x_GD.new_empty(runs, *x_GD.shape)
    gradient_CD = torch.empty_like(x_CD)
    squares = np.empty(runs)
    starts = starts_C.numpy()
    cuts = np.searchsorted(starts, np.linspace(0, starts[-1], runs + 1), side="left")
    cuts[0], cuts[-1] = 0, len(x_CD)
    tensors = (x_GD, x_CD, starts_C, gene_E, z_E, gradient_CD)
    arrays = tuple(tensor.detach().numpy() for tensor in tensors)
    number = arrays[0].dtype.type(factor)

    def run(i: int) -> None:
        squares[i] = _gradients(*arrays, partial[i].numpy(), number, cuts[i], cuts[i + 1])

    spread(run, range(runs))
    return float(squares.sum()), partial.sum(dim=0), gradient_CD


@kernel
def _keep(product, starts, gene, z, factor, squares, begin, end):
    zero = product.dtype.type(0)
    for c in range(begin, end):
        row, at, total = product[c], 0, 0.0
        for e in range(starts[c], starts[c + 1]):
            g = gene[e]
            row[at:g] = zero
            error = row[g] - z[e]
            total += float(error) * float(error)
            row[g] = error * factor
            at = g + 1
        row[at:] = zero
        squares[c] = total


@kernel
def _gradients(x_g, x_c, starts, gene, z, gradient_c, gradient_g, factor, begin, end):
    zero, dim, total = x_g.dtype.type(0), x_g.shape[1], 0.0
    gradient_g[:] = zero
    for c in range(begin, end):
        cell, pull = x_c[c], gradient_c[c]
        pull[:] = zero
        for e in range(starts[c], starts[c + 1]):
            other, back = x_g[gene[e]], gradient_g[gene[e]]
            dot = zero
            for d in range(dim):
                dot += other[d] * cell[d]
            error = dot - z[e]
            total += float(error) * float(error)
            error *= factor
            for d in range(dim):
                pull[d] += error * other[d]
                back[d] += error * cell[d]
    return total
