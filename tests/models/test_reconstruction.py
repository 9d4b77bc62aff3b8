"""The reconstruction loss against a double loop over non-zero entries."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from gpdht.config import EncoderConfig, GraphConfig
from gpdht.data.toy import toy
from gpdht.graph.build import NonZeros, build_graph, positions
from gpdht.kernels import edge_products
from gpdht.models.gpdht import reconstruction as module
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.gradients import BufferedStep, autograd_step
from gpdht.models.gpdht.reconstruction import by_blocks, by_gathering, reconstruction


def by_edges(x_GD, x_CD, nonzeros):
    count = max(len(nonzeros), 1)
    edges = nonzeros.starts_C, nonzeros.gene_E, nonzeros.z_E
    total, *gradients = edge_products.edge_gradients(x_GD, x_CD, *edges, 2 / count)
    return torch.tensor(total / count, dtype=x_GD.dtype), *gradients


def by_blocks_in_plain_torch(x_GD, x_CD, nonzeros):
    def keep(product_BG, starts, gene_E, z_E, factor):
        return module._keep_errors_anywhere(product_BG, starts, nonzeros, factor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "keep_errors", keep)
        return by_blocks(x_GD, x_CD, nonzeros)


WAYS = [by_blocks, by_blocks_in_plain_torch, by_edges, by_gathering]


def draw(genes: int, cells: int, density: float, seed: int) -> NonZeros:
    by_cell = sparse.random(cells, genes, density, format="csr", random_state=seed)
    by_cell.data = np.random.default_rng(seed).normal(size=by_cell.nnz).astype(np.float32)
    by_cell.sort_indices()
    by_gene, n = by_cell.T.tocsr(), by_cell.nnz
    return NonZeros(
        positions(by_cell.indptr, n),
        positions(by_cell.indices, n),
        torch.from_numpy(by_cell.data),
        positions(by_gene.indptr, n),
        positions(by_gene.indices, n),
    )


def by_hand(x_GD, x_CD, nonzeros):
    """Loss and gradients, one non-zero at a time."""
    loss, count = 0.0, max(len(nonzeros), 1)
    gradient_GD, gradient_CD = torch.zeros_like(x_GD), torch.zeros_like(x_CD)
    for c in range(len(x_CD)):
        for e in range(int(nonzeros.starts_C[c]), int(nonzeros.starts_C[c + 1])):
            g = int(nonzeros.gene_E[e])
            error = float(x_GD[g] @ x_CD[c]) - float(nonzeros.z_E[e])
            loss += error**2 / count
            gradient_GD[g] += 2 * error / count * x_CD[c]
            gradient_CD[c] += 2 * error / count * x_GD[g]
    return torch.tensor(loss, dtype=x_GD.dtype), gradient_GD, gradient_CD


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=25, deadline=None)
@given(
    genes=st.integers(1, 9),
    cells=st.integers(1, 40),
    dim=st.integers(1, 5),
    density=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    small=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_every_way_gives_the_loss_and_gradients_of_the_double_loop(  # noqa: PLR0917
    way, genes, cells, dim, density, small, seed
):
    torch.manual_seed(seed)
    nonzeros = draw(genes, cells, density, seed)
    x_GD, x_CD = torch.randn(genes, dim).double(), torch.randn(cells, dim).double()
    with pytest.MonkeyPatch.context() as patch:
        if small:  # several blocks, chunks and runs
            patch.setattr(module, "BLOCK_BYTES", 3 * 8 * genes)
            patch.setattr(module, "CHUNK", 5)
            patch.setattr(edge_products, "PARTIAL_BYTES", 3 * 8 * genes * dim)
        got = way(x_GD, x_CD, nonzeros)
    for a, b in zip(got, by_hand(x_GD, x_CD, nonzeros), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("density", [0.05, 0.9])
def test_the_loss_is_one_for_embeddings_of_zero_and_autograd_scales_its_gradients(density):
    nonzeros = draw(30, 40, density, 0)
    x_GD, x_CD = torch.randn(30, 4, requires_grad=True), torch.randn(40, 4, requires_grad=True)
    gradients = torch.autograd.grad(3 * reconstruction(x_GD, x_CD, nonzeros), (x_GD, x_CD))
    _, *expected = by_hand(x_GD.detach(), x_CD.detach(), nonzeros)
    for got, plain in zip(gradients, expected, strict=True):
        torch.testing.assert_close(got, 3 * plain)
    graph = build_graph(toy(genes=24, tfs=4, cells=18, seed=1), GraphConfig())
    zero = reconstruction(torch.zeros(24, 4), torch.zeros(18, 4), graph.nonzeros)
    assert float(zero) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("way", [by_blocks, by_edges])
def test_sums_do_not_depend_on_the_number_of_threads(way):
    nonzeros, before = draw(50, 300, 0.2, 0), torch.get_num_threads()
    x_GD, x_CD = torch.randn(50, 8), torch.randn(300, 8)
    losses = []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            losses.append(way(x_GD, x_CD, nonzeros))
    finally:
        torch.set_num_threads(before)
    exact = torch.equal if way is by_edges else torch.allclose
    assert all(exact(a, b) for a, b in zip(*losses, strict=True))


@pytest.mark.parametrize("rescale", [True, False])
@pytest.mark.parametrize("group_bytes", [0, 2**20])
def test_a_buffered_step_leaves_the_gradients_of_autograd(monkeypatch, rescale, group_bytes):
    monkeypatch.setattr("gpdht.models.gpdht.gradients.GROUP_BYTES", group_bytes)
    graph = build_graph(toy(genes=24, tfs=4, cells=18, seed=1), GraphConfig(levels=5))
    torch.manual_seed(0)
    config = EncoderConfig(dim=8, heads=2, rescale=rescale)
    encoder = LevelEncoder.from_config(graph, config).double()
    loss = autograd_step(encoder, graph)
    expected = [parameter.grad.clone() for parameter in encoder.parameters()]
    step = BufferedStep(encoder, graph)
    for _ in range(2):
        torch.testing.assert_close(step(), loss)
        for parameter, plain in zip(encoder.parameters(), expected, strict=True):
            torch.testing.assert_close(parameter.grad, plain)
