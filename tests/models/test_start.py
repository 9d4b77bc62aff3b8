"""The closed-form start against singular vectors, planted factors and normal equations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from gpdht.config import EncoderConfig, GraphConfig
from gpdht.data.toy import toy
from gpdht.graph.build import NonZeros, build_graph, positions
from gpdht.models.gpdht import completion, start
from gpdht.models.gpdht.completion import low_rank_factors
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.pretrain import reconstruct
from gpdht.models.gpdht.reconstruction import reconstruction
from gpdht.models.gpdht.start import ridge_solution, start_at_singular_vectors


def planted(genes: int, cells: int, *, rank: int, density: float) -> tuple[NonZeros, torch.Tensor]:
    """Non-zeros of a matrix of low rank, and all of its entries, (G, C)."""
    random = np.random.default_rng(0)
    truth_GC = random.normal(size=(genes, rank)) @ random.normal(size=(rank, cells)) / rank**0.5
    by_cell = sparse.csr_matrix((random.random((cells, genes)) < density) * truth_GC.T)
    by_gene, n = by_cell.T.tocsr(), by_cell.nnz
    nonzeros = NonZeros(
        positions(by_cell.indptr, n),
        positions(by_cell.indices, n),
        torch.from_numpy(by_cell.data.astype(np.float32)),
        positions(by_gene.indptr, n),
        positions(by_gene.indices, n),
    )
    return nonzeros, torch.from_numpy(truth_GC.astype(np.float32))


def test_without_gaps_the_factors_are_the_shrunken_singular_vectors(monkeypatch):
    """Hastie et al. 2015: at the optimum, the singular values less λ."""
    monkeypatch.setattr(completion, "ROUNDS", 300)
    nonzeros, truth_GC = planted(40, 30, rank=30, density=1.0)
    x_GD, x_CD = low_rank_factors(nonzeros, 5)
    u, s, v = torch.linalg.svd(truth_GC, full_matrices=False)
    ridge = completion.SHRINKAGE * (40**0.5 + 30**0.5)
    expected_GC = u[:, :5] * (s[:5] - ridge) @ v[:5]
    torch.testing.assert_close(x_GD @ x_CD.T, expected_GC, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(x_GD.T @ x_GD, torch.diag(s[:5] - ridge), rtol=1e-3, atol=1e-2)
    torch.testing.assert_close(x_CD.T @ x_CD, torch.diag(s[:5] - ridge), rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("density", [0.25, 0.6])
def test_what_was_not_seen_of_a_low_rank_matrix_is_filled_in(density):
    nonzeros, truth_GC = planted(120, 100, rank=3, density=density)
    x_GD, x_CD = low_rank_factors(nonzeros, 3)
    assert float((x_GD @ x_CD.T - truth_GC).square().mean()) < 0.02 * float(truth_GC.var())


def test_each_round_lowers_the_penalised_loss(monkeypatch):
    nonzeros, _ = planted(60, 50, rank=20, density=0.3)
    objectives = []
    for rounds in (1, 2, 4, 8, 16):
        monkeypatch.setattr(completion, "ROUNDS", rounds)
        x_GD, x_CD = low_rank_factors(nonzeros, 8)
        ridge = completion.SHRINKAGE * nonzeros.density**0.5 * (60**0.5 + 50**0.5)
        penalty = ridge * (x_GD.square().sum() + x_CD.square().sum())
        loss = reconstruction(x_GD, x_CD, nonzeros) * len(nonzeros)
        objectives.append(float(loss + penalty))
    assert objectives == sorted(objectives, reverse=True)


@pytest.mark.parametrize(("rows", "columns"), [(30, 12), (12, 30), (20, 20)])
def test_every_form_of_the_ridge_regression_solves_the_normal_equations(monkeypatch, rows, columns):
    torch.manual_seed(0)
    x, y = torch.randn(rows, columns), torch.randn(rows, 4)
    ridge = start.RIDGE * float(x.square().sum()) / min(rows, columns)
    gram = x.double().T @ x.double() + ridge * torch.eye(columns).double()
    expected = torch.linalg.solve(gram, x.double().T @ y.double()).float()
    torch.testing.assert_close(ridge_solution(x, y), expected, rtol=1e-3, atol=1e-4)
    monkeypatch.setattr(start, "LARGEST_GRAM", 0)
    torch.testing.assert_close(ridge_solution(x, y), expected, rtol=1e-2, atol=1e-2)


def test_features_of_zero_give_a_map_of_zero():
    assert not ridge_solution(torch.zeros(5, 3), torch.randn(5, 2)).any()


@pytest.mark.parametrize("dim", [8, 32])
def test_the_start_reaches_the_low_rank_fit_and_training_keeps_it(dim):
    """Also where the rank is below the embedding's size (32 > 18 cells)."""
    graph = build_graph(toy(genes=24, tfs=4, cells=18, seed=1), GraphConfig(levels=12))
    torch.manual_seed(0)
    encoder = LevelEncoder.from_config(graph, EncoderConfig(dim=dim, heads=2))
    start_at_singular_vectors(encoder, graph)
    x_GD, x_CD = encoder(graph)
    best_GD, best_CD = low_rank_factors(graph.nonzeros, min(dim, 18))
    error = (x_GD @ x_CD.T - best_GD @ best_CD.T).norm() / (best_GD @ best_CD.T).norm()
    assert float(error.detach()) < 0.05
    first = float(reconstruction(x_GD, x_CD, graph.nonzeros).detach())
    last = reconstruct(encoder, graph, iterations=20, lr=0.001, clip=1.0, solved=True)
    assert last < first


def test_without_iterations_training_only_measures():
    graph = build_graph(toy(genes=24, tfs=4, cells=18, seed=1), GraphConfig(levels=12))
    encoder = LevelEncoder.from_config(graph, EncoderConfig(dim=8, heads=2))
    start_at_singular_vectors(encoder, graph, shrinkage=0.5)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    loss = reconstruct(encoder, graph, iterations=0, lr=0.001, clip=1.0, solved=True)
    x_GD, x_CD = encoder(graph)
    expected = reconstruction(x_GD, x_CD, graph.nonzeros)
    assert loss == pytest.approx(float(expected.detach()), rel=1e-5)
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())


def test_more_shrinkage_means_smaller_factors_and_a_larger_loss():
    nonzeros, _ = planted(60, 50, rank=20, density=0.5)
    sizes, losses = [], []
    for shrinkage in (0.02, 0.1, 0.5):
        x_GD, x_CD = low_rank_factors(nonzeros, 8, shrinkage=shrinkage)
        sizes.append(-float(x_GD.norm()))
        losses.append(float(reconstruction(x_GD, x_CD, nonzeros)))
    assert sizes == sorted(sizes)
    assert losses == sorted(losses)
