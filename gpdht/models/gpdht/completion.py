"""Low-rank factors of the non-zero expression: what embeddings of a given width can reach.

Shape letters: G genes · C cells · D rank.
"""

from __future__ import annotations

import torch

from gpdht.graph.build import NonZeros
from gpdht.models.gpdht.reconstruction import loss_and_gradients

ROUNDS = 30  # later rounds change the loss by less than .1 % each
STEP = 1.7  # times the step that is exact for the completed matrix; any below 2 descends
SHRINKAGE = 0.1  # less fits better and predicts held-out values worse


@torch.no_grad()
def low_rank_factors(
    nonzeros: NonZeros, rank: int, *, shrinkage: float = SHRINKAGE
) -> tuple[torch.Tensor, torch.Tensor]:
    """x_GD and x_CD that minimise Σ(x_g · x_c − z)² over the non-zeros + λ(‖x_GD‖² + ‖x_CD‖²).

    Alternating least squares on the matrix completed by the present product (softImpute-ALS:
    Hastie et al. 2015, J. Mach. Learn. Res. 16, Algorithm 3.1). The completed matrix is the
    product plus the errors at the non-zeros, so an update is a step along the loss's gradient,
    preconditioned by (XᵀX + λ)⁻¹ of the other side, and costs as much as a loss; steps are
    over-relaxed, which halves their number. In the end the factors are turned to U√S and V√S
    of their product.

    Parameters
    ----------
    rank : D, at most the smaller of genes and cells.
    shrinkage : λ in units of the largest singular value that noise alone would have.
    """
    genes, cells = nonzeros.shape
    device = nonzeros.z_E.device
    seeded = torch.Generator().manual_seed(0)
    x_CD = torch.randn(cells, rank, generator=seeded).to(device)
    x_GD = torch.zeros(genes, rank, device=device)
    noise = nonzeros.density**0.5 * (genes**0.5 + cells**0.5)
    ridge = shrinkage * max(noise, 1.0)
    for _ in range(ROUNDS):
        gradient_GD = loss_and_gradients(x_GD, x_CD, nonzeros)[1] * (len(nonzeros) / 2)
        x_GD = _updated(x_GD, gradient_GD, x_CD, ridge)
        gradient_CD = loss_and_gradients(x_GD, x_CD, nonzeros)[2] * (len(nonzeros) / 2)
        x_CD = _updated(x_CD, gradient_CD, x_GD, ridge)
    return _along_singular_vectors(x_GD, x_CD)


def _updated(
    x_ND: torch.Tensor, gradient_ND: torch.Tensor, other_ND: torch.Tensor, ridge: float
) -> torch.Tensor:
    gram_DD = other_ND.T @ other_ND
    gram_DD.diagonal().add_(ridge)
    pull_ND = gradient_ND.add_(x_ND, alpha=ridge)
    exact_ND = torch.cholesky_solve(pull_ND.T, torch.linalg.cholesky(gram_DD)).T
    return x_ND - STEP * exact_ND


def _along_singular_vectors(
    x_GD: torch.Tensor, x_CD: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    q_GD, r_G = torch.linalg.qr(x_GD)
    q_CD, r_C = torch.linalg.qr(x_CD)
    u, s, vh = torch.linalg.svd(r_G @ r_C.T)
    return q_GD @ u * s.sqrt(), q_CD @ vh.T * s.sqrt()
