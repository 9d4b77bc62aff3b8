"""A model with features on cells and genes it was not trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.errors import ModelError
from gpdht.network.predict import predict
from gpdht.registry.distance import SHIFTED
from gpdht.registry.folder import load_model, save_model
from gpdht.registry.model import Model
from gpdht.training.refit import refit

CONFIG = Config.from_flat(
    {
        "encoder.features": "loadings",
        "encoder.dim": 8,
        "model.feedforward": 16,
        "model.hidden": 16,
    }
)
WHOLE = toy(genes=40, tfs=5, cells=120, seed=3)
PAIRS = np.repeat(np.arange(5), 5), np.tile(np.arange(10, 15), 5)


def some_cells(part, name):
    return replace(WHOLE, expression=WHOLE.expression[part], cells=WHOLE.cells[part], name=name)


HERE, THERE = some_cells(slice(0, 60), "here"), some_cells(slice(60, 120), "there")


def with_genes(dataset, genes):
    """The dataset with the genes at some positions, in that order, and the edges among them."""
    names = dataset.genes[genes]
    inside = dataset.net[["source", "target"]].isin(set(names.tolist())).all(axis=1)
    net = dataset.net[inside].reset_index(drop=True)
    tfs = dataset.tfs[np.isin(dataset.tfs, names)]
    expression = dataset.expression[:, genes].tocsr()
    return replace(dataset, expression=expression, genes=names, net=net, tfs=tfs)


def renamed(dataset, names):
    """The dataset with other names for some genes."""
    given_names = {old: names.get(old, old) for old in dataset.genes.tolist()}
    return replace(
        dataset,
        genes=np.array(list(given_names.values())),
        net=dataset.net.replace(given_names),
        tfs=np.array([given_names[tf] for tf in dataset.tfs.tolist()]),
    )


@pytest.fixture(scope="module")
def model():
    replicates = [refit(CONFIG, HERE, epochs=4, seed=seed) for seed in (1, 2)]
    return Model.of(replicates, HERE, epochs=4, card={"a": "card", "calibration": {"slope": 1.0}})


@pytest.fixture(scope="module")
def weights(model):
    """Of the other cells' pairs, by their names."""
    return predict(model, THERE, tfs="all").set_index(["source", "target"])["weight"]


def test_on_its_own_cells_it_is_itself_and_says_so(model):
    assert model.on(HERE) is model
    assert predict(model, HERE).attrs == {"mode": "same data", "notices": []}


def test_on_other_cells_nothing_is_trained_and_the_distance_is_said(model):
    net = predict(model, THERE)
    assert net["weight"].between(0, 1).all()
    assert net.attrs["mode"] == "new data"
    said, *doubts = net.attrs["notices"]
    assert said.startswith(
        "new data, read by their features: 40 of the 40 genes of training are there, 0 of 40 genes "
        "are new; 5 of 5 TFs had known edges in training; statistics of expression are shifted by"
    )
    assert doubts == []
    carried = model.on(THERE)
    assert (carried.card, carried.calibration) == ({"a": "card"}, None)
    for one, other in zip(model.replicates, carried.replicates, strict=True):
        for name, weight in one.network.named_parameters():
            np.testing.assert_array_equal(
                weight.detach(), other.network.get_parameter(name).detach()
            )


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(40)), st.permutations(range(60)))
def test_shuffled_genes_and_cells_have_the_same_scores(model, weights, genes, cells):
    shuffled = replace(
        with_genes(THERE, genes),
        expression=THERE.expression[cells][:, genes],
        cells=THERE.cells[cells],
    )
    again = predict(model, shuffled, tfs="all").set_index(["source", "target"])["weight"]
    np.testing.assert_allclose(again.loc[weights.index], weights, atol=1e-5)


def test_a_model_read_from_its_folder_scores_new_data_alike(model, weights, tmp_path):
    loaded = load_model(save_model(tmp_path / "model", model))
    again = predict(loaded, THERE, tfs="all").set_index(["source", "target"])["weight"]
    pd.testing.assert_series_equal(again, weights, check_exact=True)
    assert loaded.distance_to(THERE) == model.distance_to(THERE)
    carried = load_model(save_model(tmp_path / "carried", model.on(THERE)))
    np.testing.assert_array_equal(carried.score(THERE, *PAIRS), model.score(THERE, *PAIRS))
    np.testing.assert_array_equal(carried.on(HERE).genes, HERE.genes)


def test_a_gene_whose_name_is_new_is_scored_by_expression_and_the_tfs_labels(model):
    old = WHOLE.genes[20]
    there = renamed(THERE, {old: "NEW"})
    (one, _), (other, _) = model.replicates, model.on(there).replicates
    assert predict(model, there)["weight"].notna().all()
    effects = other.network.effects
    assert effects is not None
    assert one.network.effects is not None
    assert effects.target_G[20] == 0
    assert not effects.target_GR[20].any()
    kept = np.delete(np.arange(40), 20)
    np.testing.assert_array_equal(
        effects.target_G[kept].detach(), one.network.effects.target_G[kept].detach()
    )


def test_a_tf_whose_name_is_new_is_hidden_and_said(model):
    tf = WHOLE.tfs[0]
    there = renamed(THERE, {tf: "NEWTF"})
    at = there.gene_index["NEWTF"]
    assert not model.on(there).replicates[0].network.known_tf_G[at]
    net = predict(model, there, tfs=["NEWTF"])
    assert net["weight"].notna().all()
    notices = predict(model, there).attrs["notices"]
    assert any("1 of 5 TFs had no known edge in training" in one for one in notices)


def test_a_known_tf_is_the_one_of_training_and_a_target_is_that_of_the_new_cells(model):
    there = renamed(THERE, {WHOLE.tfs[0]: "NEWTF"})
    (one, _), (other, _) = model.replicates, model.on(there).replicates
    as_tf_GSX, table_GSX = other.tf_table_GSX, other.table_GSX
    assert as_tf_GSX is not None
    tfs = np.array([there.gene_index[tf] for tf in WHOLE.tfs[1:]])
    others = np.setdiff1d(np.arange(40), tfs)
    np.testing.assert_array_equal(as_tf_GSX[tfs], one.table_GSX[tfs])
    np.testing.assert_array_equal(as_tf_GSX[others], table_GSX[others])
    assert (table_GSX[tfs] != one.table_GSX[tfs]).any()
    # a score is of the TF's tokens in training and the target's in the new cells, nothing else
    mixed = replace(other, table_GSX=torch.where(torch.arange(40)[:, None, None] < 5, 9, table_GSX))
    pairs = np.repeat(tfs, 3), np.tile(np.arange(10, 13), len(tfs))
    np.testing.assert_array_equal(mixed.score(*pairs), other.score(*pairs))


def test_fewer_and_more_genes_than_in_training(model):
    fewer = with_genes(THERE, np.arange(0, 18))
    distance = model.distance_to(fewer)
    assert (distance.genes, distance.shared, distance.of_training) == (18, 18, 40)
    assert any("only 18 of the 40 genes" in one.found for one in distance.problems)
    assert len(predict(model, fewer, tfs="all")) == len(fewer.tfs) * 17
    more = toy(genes=70, tfs=5, cells=50, seed=3)
    distance = model.distance_to(more)
    assert (distance.genes, distance.shared) == (70, 40)
    assert np.isfinite(predict(model, more, tfs="all")["weight"]).all()


def test_a_shift_is_that_of_the_mean_over_genes_in_sds_of_training(model):
    twice = replace(THERE, expression=(THERE.expression * 2).tocsr())
    x, y = (one.expression.toarray().astype(float).mean(axis=0) for one in (HERE, twice))
    distance = model.distance_to(twice)
    assert distance.shift["mean"] == pytest.approx((y.mean() - x.mean()) / x.std(), rel=1e-4)
    assert abs(distance.largest_shift[1]) > SHIFTED
    assert any('sd from that of "here"' in one.found for one in distance.problems)


def test_values_on_another_scale_are_refused_with_the_remedy(model):
    counts = replace(
        THERE, expression=sparse.csr_matrix(np.expm1(THERE.expression.toarray() * 3)), name="raw"
    )
    with pytest.raises(
        ModelError, match=r'of the genes of "raw" is .* on another scale.*--retrain'
    ):
        predict(model, counts)


def test_data_without_the_genes_of_training_are_refused(model):
    foreign = renamed(THERE, {gene: f"x{gene}" for gene in THERE.genes.tolist()})
    with pytest.raises(
        ModelError, match=r'0 of the 40 genes of "here".*--symbols upper.*--retrain'
    ):
        predict(model, foreign)


def test_a_model_with_one_hot_nodes_is_refused_and_names_both_ways_out():
    config = CONFIG.replace({"encoder.features": "one-hot", "encoder.iterations": 2})
    model = Model.of([refit(config, HERE, epochs=1, seed=0)], HERE, epochs=1)
    with pytest.raises(ModelError, match=r"--retrain.*encoder\.features=loadings"):
        predict(model, THERE)
    with pytest.raises(ModelError, match="knows its own data alone"):
        model.distance_to(HERE)


def test_priors_of_training_are_asked_for_and_speak_of_new_genes():
    hint = {"hint": WHOLE.net[["source", "target"]].head(30)}
    here, there = HERE.with_priors(hint), THERE.with_priors(hint)
    model = Model.of([refit(CONFIG, here, epochs=2, seed=0)], here, epochs=2)
    assert model.replicates[0].companions is None
    with pytest.raises(ModelError, match=r"with the priors hint, which .* without. Give them"):
        predict(model, THERE)
    assert np.isfinite(predict(model, there)["weight"]).all()
    own = model.replicates[0].on(here)
    np.testing.assert_array_equal(own.score(*PAIRS), model.replicates[0].score(*PAIRS))
    more = THERE.with_priors({"another": hint["hint"].tail(9), **hint})
    np.testing.assert_array_equal(model.score(more, *PAIRS), model.score(there, *PAIRS))
    empty = replace(THERE, priors=(replace(here.priors[0], edges=here.priors[0].edges.iloc[:0]),))
    with pytest.raises(ModelError, match="features of a pair"):
        predict(model, empty)


def test_a_spectral_embedding_goes_with_the_same_network_alone():
    hint = {"hint": WHOLE.net[["source", "target"]].head(30)}
    config = CONFIG.replace({"prior.embedding": 2})
    here = HERE.with_priors(hint)
    model = Model.of([refit(config, here, epochs=2, seed=0)], here, epochs=2)
    there = THERE.with_priors(hint)
    assert np.isfinite(predict(model, there)["weight"]).all()
    fewer = with_genes(THERE, np.delete(np.arange(12), 4)).with_priors(hint)  # a TF is not there
    assert fewer.priors[0].fingerprint != there.priors[0].fingerprint
    with pytest.raises(ModelError, match=r"prior\.embedding=2: the coordinates .*--retrain"):
        predict(model, fewer)
