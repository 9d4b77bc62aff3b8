"""A start for reconstruction, in closed form.

The encoder ends in a linear map of K·D gated maxima, and K·D is of the order of the number of
nodes or above it. So with random message tables the map alone can be solved for embeddings
whose products are the best rank-D fit of the non-zero expression.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

from gpdht.graph.build import GeneCellGraph
from gpdht.models.gpdht.completion import SHRINKAGE, low_rank_factors
from gpdht.models.gpdht.encoder import Direction, LevelEncoder

RIDGE = 1e-3  # relative to the mean squared feature; below it the maps grow and Adam overshoots
LARGEST_GRAM = 6144  # rows of the largest system that is factorised: 150 MB in float32
CG_ITERATIONS = 40


def start_at_singular_vectors(
    encoder: LevelEncoder, graph: GeneCellGraph, *, shrinkage: float = SHRINKAGE
) -> None:
    """Solve the encoder's linear maps, in place, for the factors of the expression.

    Parameters
    ----------
    shrinkage : see `low_rank_factors`.
    """
    rank = min(encoder.genes.dim, *graph.nonzeros.shape)
    x_GD, x_CD = low_rank_factors(graph.nonzeros, rank, shrinkage=shrinkage)
    solve_maps(encoder, graph, x_GD, x_CD)


@torch.no_grad()
def solve_maps(
    encoder: LevelEncoder, graph: GeneCellGraph, x_GD: torch.Tensor, x_CD: torch.Tensor
) -> None:
    """Solve the encoder's linear maps, in place, for given embeddings (of at most D channels)."""
    for direction, bags, degree, target in (
        (encoder.genes, graph.to_gene, graph.degree_C, x_GD),
        (encoder.cells, graph.to_cell, graph.degree_G, x_CD),
    ):
        wide = F.pad(target, (0, direction.dim - target.shape[1])).to(direction.message.dtype)
        _solve_output(direction, direction.features(bags, degree), wide)


def _solve_output(direction: Direction, features: torch.Tensor, target: torch.Tensor) -> None:
    """Ridge regression of `target` on `features` (N, K·D), which it overwrites."""
    mean, offset = features.mean(dim=0), target.mean(dim=0)
    weight = ridge_solution(features.sub_(mean), target - offset)
    direction.output.weight.copy_(weight.T)
    direction.output.bias.copy_(offset - mean @ weight)


def ridge_solution(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """W that minimises ‖xW − y‖² + ρ‖W‖², with ρ relative to the mean eigenvalue.

    By the smaller Gram matrix, or by conjugate gradients where that one is large.
    """
    rows, columns = x.shape
    ridge = RIDGE * float(torch.linalg.vector_norm(x)) ** 2 / max(min(rows, columns), 1)
    if not ridge:
        return x.new_zeros(columns, y.shape[1])
    if min(rows, columns) > LARGEST_GRAM:
        return _conjugate_gradients(x, y, ridge)
    if rows <= columns:
        return x.T @ _factorised(x @ x.T, ridge, y)
    return _factorised(x.T @ x, ridge, x.T @ y)


def _factorised(gram: torch.Tensor, ridge: float, y: torch.Tensor) -> torch.Tensor:
    gram.diagonal().add_(ridge)
    return torch.cholesky_solve(y, torch.linalg.cholesky(gram))


def _conjugate_gradients(x: torch.Tensor, y: torch.Tensor, ridge: float) -> torch.Tensor:
    """CGLS, every column of `y` for itself; stopping early only shrinks a little more."""
    weight = x.new_zeros(x.shape[1], y.shape[1])
    error = y.clone()
    descent = x.T @ error
    direction, size = descent.clone(), descent.square().sum(dim=0)
    tiny = torch.finfo(x.dtype).tiny
    for _ in range(CG_ITERATIONS):
        image = x @ direction
        curvature = image.square().sum(dim=0) + ridge * direction.square().sum(dim=0)
        length = size / curvature.clamp(min=tiny)
        weight += length * direction
        error -= length * image
        descent = x.T @ error - ridge * weight
        before, size = size, descent.square().sum(dim=0)
        direction = descent + size / before.clamp(min=tiny) * direction
    return weight
