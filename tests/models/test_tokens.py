"""Tokens: their scale, and the statistics of a gene's expression as loops over cells."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from gpdht.models.gpdht.tokens import (
    STATISTICS,
    Scale,
    expression_statistics,
    pair_tokens,
    with_statistics,
)


def toy_matrix(cells: int = 12, seed: int = 0) -> np.ndarray:
    """(cells, 7): among the genes one that is all zero, one constant, one expressed once."""
    random = np.random.default_rng(seed)
    x_CG = random.gamma(2.0, size=(cells, 7)) * (random.random((cells, 7)) < 0.6)
    x_CG[:, 1], x_CG[:, 3], x_CG[:, 5] = 0.0, 1.7, 0.0
    x_CG[4, 5] = 2.5
    return x_CG


def by_hand(x_CG: np.ndarray) -> np.ndarray:
    """The statistics gene by gene, then standardised column by column."""
    rows = []
    for value_C in x_CG.T:
        expressed = [v for v in value_C if v > 0]
        mean = sum(value_C) / len(value_C)
        sd = (sum((v - mean) ** 2 for v in value_C) / len(value_C)) ** 0.5
        mean_expressed = sum(expressed) / len(expressed) if expressed else 0.0
        squares = sum((v - mean_expressed) ** 2 for v in expressed)
        sd_expressed = (squares / len(expressed)) ** 0.5 if expressed else 0.0
        rows.append([mean, len(expressed) / len(value_C), sd, mean_expressed, sd_expressed])
    raw_GX = np.array(rows)
    return (raw_GX - raw_GX.mean(axis=0)) / raw_GX.std(axis=0)


@pytest.mark.parametrize("seed", range(3))
def test_statistics_equal_loops_over_the_cells_of_each_gene(seed):
    x_CG = toy_matrix(seed=seed)
    got_GX = expression_statistics(sparse.csr_matrix(x_CG))
    assert got_GX.dtype == torch.float32
    assert got_GX.shape == (7, len(STATISTICS))
    np.testing.assert_allclose(got_GX, by_hand(x_CG), atol=1e-5)
    np.testing.assert_allclose(got_GX.mean(dim=0), 0, atol=1e-6)
    np.testing.assert_allclose(got_GX.std(dim=0, correction=0), 1, rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.7, 3.1, 1234.5])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_statistic_in_which_genes_do_not_differ_is_zero(value, share):
    x_CG = np.zeros((23, 6))
    for gene in range(6):  # the same value in as many cells, which ones differs
        x_CG[(np.arange(round(23 * share)) + gene) % 23, gene] = value
    assert not expression_statistics(sparse.csr_matrix(x_CG)).any()


def test_equal_values_everywhere_differ_in_their_rate_alone():
    x_CG = np.array([[0.7 * (c < 3 * (g + 1)) for g in range(8)] for c in range(24)])
    got_GX = expression_statistics(sparse.csr_matrix(x_CG))
    assert not got_GX[:, 3:].any()
    assert (got_GX[:, 1].unique(return_counts=True)[1] == 1).all()


@given(order=st.permutations(range(12)), seed=st.integers(0, 20))
def test_the_order_of_cells_changes_no_statistic(order, seed):
    x_CG = toy_matrix(seed=seed)
    got_GX, other_GX = (expression_statistics(sparse.csr_matrix(x)) for x in (x_CG, x_CG[order]))
    np.testing.assert_allclose(got_GX, other_GX, atol=1e-5)


def test_tokens_are_standardised_per_channel_and_a_constant_channel_stays_finite():
    table_GSD = torch.randn(50, 2, 4) * torch.tensor([1.0, 5.0, 0.1, 1.0]) + 3
    table_GSD[:, :, 3] = 7.0
    scaled = Scale.of(table_GSD).apply(table_GSD)
    torch.testing.assert_close(scaled.mean(dim=0), torch.zeros(2, 4), atol=1e-4, rtol=0)
    assert torch.allclose(scaled.std(dim=0, correction=0)[:, :3], torch.ones(2, 3), atol=1e-4)
    assert not scaled[:, :, 3].any()


def test_a_common_scale_keeps_the_ratios_of_a_tokens_channels():
    torch.manual_seed(0)
    spread_SD = torch.tensor([[1.0, 5.0, 0.1, 0.0], [0.3, 0.2, 0.1, 0.4]])
    table_GSD = torch.randn(50, 2, 4) * spread_SD + 3
    scaled = Scale.of(table_GSD, common=True).apply(table_GSD)
    torch.testing.assert_close(scaled.mean(dim=0), torch.zeros(2, 4), atol=1e-4, rtol=0)
    before_SD, after_SD = (x.std(dim=0, correction=0) for x in (table_GSD, scaled))
    for s in range(2):
        assert float(after_SD[s].square().mean()) == pytest.approx(1, abs=1e-4)
        for d in range(4):
            ratio, before = (x_SD[s, d] / x_SD[s, 1] for x_SD in (after_SD, before_SD))
            assert float(ratio) == pytest.approx(float(before), abs=1e-4)


def test_a_common_scale_of_genes_that_do_not_differ_stays_finite():
    table_GSD = torch.full((20, 1, 4), 7.0)
    assert not Scale.of(table_GSD, common=True).apply(table_GSD).any()


def test_statistics_stand_behind_each_token_of_their_gene():
    table_GSD, statistic_GX = torch.randn(6, 2, 4), torch.randn(6, 5)
    table_GSX = with_statistics(table_GSD, statistic_GX)
    for gene in range(6):
        for token in range(2):
            assert torch.equal(table_GSX[gene, token, :4], table_GSD[gene, token])
            assert torch.equal(table_GSX[gene, token, 4:], statistic_GX[gene])
    assert with_statistics(table_GSD, None) is table_GSD


def test_the_tokens_of_a_pair_are_the_tfs_then_the_targets():
    table_GSX = torch.randn(6, 2, 4)
    token_PSX = pair_tokens(table_GSX, torch.tensor([0, 5]), torch.tensor([3, 0]))
    for pair, (tf, target) in enumerate([(0, 3), (5, 0)]):
        assert torch.equal(token_PSX[pair], torch.cat([table_GSX[tf], table_GSX[target]]))
