"""Features of genes and cells, beside principal components computed densely by numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.errors import ConfigError
from gpdht.models.gpdht.features import COMPONENTS, Basis
from gpdht.models.gpdht.tokens import StatisticScale, expression_statistics, raw_statistics
from gpdht.training.refit import refit
from gpdht.trial import run_trial

LOADINGS = Config.from_flat({"encoder.features": "loadings", "encoder.dim": 16})
SMALL = LOADINGS.replace({"model.feedforward": 16, "model.hidden": 16, "train.epochs": 3})
TOY = toy(genes=30, tfs=4, cells=50, seed=1)


def dense_z(dataset):
    """Genes' z-scores over cells; 0 for a constant gene."""
    x_CG = dataset.expression.toarray().astype(float)
    sd_G = x_CG.std(axis=0)
    return (x_CG - x_CG.mean(axis=0)) / np.where(sd_G > 0, sd_G, np.inf)


def other_cells(number=40, seed=5):
    """Other cells with the genes of the toy."""
    return toy(genes=30, tfs=4, cells=number, seed=seed)


def test_loadings_on_the_own_components_are_correlations_with_principal_scores():
    loading_GM, score_CM = Basis.of(TOY, LOADINGS).of_dataset(TOY)
    z_CG = dense_z(TOY)
    principal_CM = z_CG @ np.linalg.svd(z_CG, full_matrices=False)[2][:COMPONENTS].T
    expected = np.corrcoef(z_CG.T, principal_CM.T)[:30, 30:]
    np.testing.assert_allclose(np.abs(loading_GM), np.abs(expected), atol=1e-6)
    np.testing.assert_allclose(score_CM.std(axis=0), 1)


def test_other_cells_are_scored_by_the_weights_of_training():
    basis, there = Basis.of(TOY, LOADINGS), other_cells()
    loading_GM, score_CM = basis.of_dataset(there)
    scored_CM = dense_z(there) @ basis.weight_GM
    expected = np.corrcoef(dense_z(there).T, scored_CM.T)[:30, 30:]
    np.testing.assert_allclose(loading_GM, expected, atol=1e-9)
    np.testing.assert_allclose(score_CM, scored_CM / scored_CM.std(axis=0), atol=1e-9)


def test_a_new_gene_has_loadings_and_changes_none_of_the_others():
    basis, there = Basis.of(TOY, LOADINGS), other_cells()
    twin = there.expression[:, [3]]
    wider = replace(
        there,
        expression=sparse.hstack([twin, there.expression]).tocsr(),
        genes=np.array(["NEW", *there.genes]),
    )
    before, after = basis.of_dataset(there)[0], basis.of_dataset(wider)[0]
    np.testing.assert_allclose(after[1:], before, atol=1e-9)
    np.testing.assert_allclose(after[0], before[3], atol=1e-9)  # it has that gene's expression


@settings(deadline=None)
@given(st.permutations(range(30)), st.permutations(range(40)))
def test_the_order_of_genes_and_cells_changes_no_feature(genes, cells):
    basis, there = Basis.of(TOY, LOADINGS), other_cells()
    shuffled = replace(
        there,
        expression=there.expression[cells][:, genes],
        genes=there.genes[genes],
        cells=there.cells[cells],
    )
    loading_GM, score_CM = basis.of_dataset(there)
    again_GM, again_CM = basis.of_dataset(shuffled)
    np.testing.assert_allclose(again_GM, loading_GM[genes], atol=1e-9)
    np.testing.assert_allclose(again_CM, score_CM[cells], atol=1e-9)


@settings(deadline=None)
@given(scale=st.floats(0.1, 10), copies=st.integers(1, 3))
def test_neither_scale_nor_the_number_of_cells_changes_a_loading(scale, copies):
    basis, there = Basis.of(TOY, LOADINGS), other_cells()
    more = replace(
        there,
        expression=sparse.vstack([there.expression.astype(float) * scale] * copies).tocsr(),
        cells=np.array([f"{cell} {i}" for i in range(copies) for cell in there.cells]),
    )
    expected = basis.of_dataset(there)[0]
    np.testing.assert_allclose(basis.of_dataset(more)[0], expected, atol=1e-9)


def test_constant_genes_and_absent_components_are_zero():
    flat = replace(TOY, expression=sparse.csr_matrix(np.ones((50, 30), np.float32)))
    for of_nodes in Basis.of(TOY, LOADINGS).of_dataset(flat):
        assert np.isfinite(of_nodes).all()
        assert not of_nodes.any()
    alone = LOADINGS.replace({"encoder.features": "statistics"})
    assert Basis.of(TOY, alone).of_dataset(TOY)[0].shape == (30, 0)


def test_statistics_are_in_units_of_the_genes_of_training():
    scale = StatisticScale.of(raw_statistics(TOY.expression))
    own = scale.apply(raw_statistics(TOY.expression))
    assert torch.equal(own, expression_statistics(TOY.expression))
    doubled = scale.apply(raw_statistics(TOY.expression * 2))
    mean_G = TOY.expression.toarray().astype(float).mean(axis=0)
    expected = (2 * mean_G - mean_G.mean()) / mean_G.std()
    np.testing.assert_allclose(doubled[:, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("features", ["statistics", "loadings"])
@pytest.mark.parametrize("context", ["none", "cells"])
def test_the_cells_of_training_have_the_same_tokens_when_they_are_read_as_new(features, context):
    config = SMALL.replace({"encoder.features": features, "model.context": context})
    model = refit(config, TOY, epochs=2, seed=0)
    again = model.on(TOY)
    assert torch.equal(again.table_GSX, model.table_GSX)
    pairs = np.arange(4), np.arange(10, 14)
    np.testing.assert_array_equal(again.score(*pairs), model.score(*pairs))


def test_a_sample_of_the_cells_is_read_as_it_was_in_training():
    model = refit(SMALL.replace({"graph.max_cells": 20}), TOY, epochs=1, seed=0)
    assert torch.equal(model.on(TOY).table_GSX, model.table_GSX)


@pytest.mark.parametrize("features", ["statistics", "loadings"])
def test_folds_go_in_stages_and_together_to_the_same_scores(features):
    config = SMALL.replace({"encoder.features": features, "cv.split": "target"})
    together, staged = (run_trial(config, TOY, staged=staged) for staged in (False, True))
    assert together.state == staged.state == "complete", (together.error, staged.error)
    np.testing.assert_array_equal(together.scores["score"], staged.scores["score"])


def test_statistics_alone_need_statistics():
    with pytest.raises(ConfigError, match=r"encoder\.features=statistics needs model\.statistics"):
        Config.from_flat({"encoder.features": "statistics", "model.statistics": False})
