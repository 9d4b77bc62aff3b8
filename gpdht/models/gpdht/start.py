"""A start for reconstruction: the singular vectors of the z-scores, in closed form.

The encoder ends in a linear map of K·D gated maxima, and K·D is of the order of the number of
nodes or above it. So with random message tables the map alone can be solved for embeddings
whose products are the best rank-D approximation of the z-scores.
"""

from __future__ import annotations

import torch

from gpdht.graph.build import GeneCellGraph
from gpdht.models.gpdht.encoder import Direction, LevelEncoder

RIDGE = 1e-3  # relative to the mean squared feature; below it the maps grow and Adam overshoots


@torch.no_grad()
def start_at_singular_vectors(encoder: LevelEncoder, graph: GeneCellGraph) -> None:
    """Solve the encoder's linear maps, in place, for U√S (genes) and V√S (cells)."""
    dim = encoder.genes.dim
    n = graph.nonzeros
    z_GC = x_GC = torch.zeros(n.shape)
    cell = torch.repeat_interleave(n.starts_C.diff().cpu())
    z_GC[n.gene_E.cpu().long(), cell] = n.z_E.cpu()
    z_GC = z_GC.to(n.z_E.device)
    rank = min(dim, *x_GC.shape)
    u, s, v = torch.svd_lowrank(z_GC, q=min(rank + 8, *z_GC.shape), niter=4)
    root = s[:rank].sqrt()
    for direction, bags, degree, vectors in (
        (encoder.genes, graph.to_gene, graph.degree_C, u),
        (encoder.cells, graph.to_cell, graph.degree_G, v),
    ):
        target = vectors.new_zeros(len(vectors), dim)
        target[:, :rank] = vectors[:, :rank] * root
        _solve_output(direction, direction.features(bags, degree), target)


def _solve_output(direction: Direction, features: torch.Tensor, target: torch.Tensor) -> None:
    """Ridge regression of `target` on `features` (N, K·D), in the smaller of the two forms."""
    mean, offset = features.mean(dim=0), target.mean(dim=0)
    x, y = features - mean, target - offset
    if len(x) <= x.shape[1]:
        weight = x.T @ torch.linalg.solve(_ridged(x @ x.T), y)
    else:
        weight = torch.linalg.solve(_ridged(x.T @ x), x.T @ y)
    direction.output.weight.copy_(weight.T)
    direction.output.bias.copy_(offset - mean @ weight)


def _ridged(gram: torch.Tensor) -> torch.Tensor:
    diagonal = gram.diagonal().mean()
    return gram + RIDGE * diagonal * torch.eye(len(gram), device=gram.device)
