"""A model on cells it was not trained on: its configuration and its known edges, trained again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gpdht.config import Config
from gpdht.data.source import open_dataset
from gpdht.data.toy import toy
from gpdht.errors import DataError, ModelError
from gpdht.network.predict import predict
from gpdht.registry.model import Model
from gpdht.training.refit import refit

CONFIG = Config.from_flat(
    {
        "encoder.dim": 8,
        "encoder.iterations": 5,
        "model.layers": 1,
        "model.feedforward": 16,
        "model.hidden": 16,
    }
)


@pytest.fixture(scope="module")
def both_halves():
    """The cells of one simulation in two halves."""
    whole = toy(genes=40, tfs=5, cells=120, seed=3)
    return tuple(
        replace(whole, expression=whole.expression[part], cells=whole.cells[part], name=name)
        for part, name in ((slice(0, 60), "here"), (slice(60, 120), "there"))
    )


@pytest.fixture(scope="module")
def model(both_halves):
    here, _ = both_halves
    replicates = [refit(CONFIG, here, epochs=3, seed=seed) for seed in (1, 2)]
    return Model.of(replicates, here, epochs=3, card={"a": "card"})


def test_on_its_own_cells_a_model_stays_what_it_is(model, both_halves):
    here, _ = both_halves
    assert model.retrained_on(here) is model


def test_on_other_cells_each_replicate_is_trained_again_with_its_seed(model, both_halves):
    _, there = both_halves
    seen = []
    again = model.retrained_on(there, progress=lambda *step: seen.append(step))
    expected = [refit(CONFIG, there, epochs=3, seed=seed) for seed in (1, 2)]
    pairs = np.array([0, 1, 2]), np.array([10, 11, 12])
    means = np.mean([one.score(*pairs) for one in expected], axis=0)
    np.testing.assert_allclose(again.score(there, *pairs), means, rtol=1e-6)
    assert again.card == model.card
    assert seen[0] == ("training 1 of 2", 1, 3)
    assert len(seen) == 6


def test_how_often_its_weights_are_right_is_not_known_on_other_cells(model, both_halves):
    here, there = both_halves
    calibration = {"slope": 1.0, "intercept": 0.5, "pairs": 7, "prevalence": 0.25}
    measured = replace(model, card={"a": "card", "calibration": calibration})
    assert vars(measured.retrained_on(here).calibration) == calibration
    again = measured.retrained_on(there)
    assert (again.calibration, again.card) == (None, {"a": "card"})


def test_the_other_datas_own_edges_are_not_used_for_training(model, both_halves):
    _, there = both_halves
    fewer = replace(there, net=there.net.iloc[:3])
    net = predict(model.retrained_on(fewer), fewer, tfs=model.net["source"].unique())
    full = predict(model.retrained_on(there), there, tfs=model.net["source"].unique())
    assert net["weight"].equals(full["weight"])
    assert net["known"].sum() == 3


def test_labels_say_nothing_of_genes_that_are_new(model):
    wider = toy(genes=55, tfs=5, cells=60, seed=4)
    again = model.retrained_on(wider).replicates[0]
    effects = again.network.effects
    assert effects is not None
    new = ~np.isin(wider.genes, model.genes)
    assert new.sum() == 15
    assert not effects.target_G[new].any()
    assert effects.target_G[~new].all()


def test_data_without_any_of_the_models_edges_are_refused(model, both_halves):
    _, there = both_halves
    genes = np.array([f"x{gene}" for gene in there.genes])
    renamed = replace(there, genes=genes, net=there.net.iloc[:0])
    with pytest.raises(ModelError, match=r"0 of the model's \d+ known edges"):
        model.retrained_on(renamed)


def test_a_matrix_without_an_edge_list_takes_the_models(model, both_halves, tmp_path):
    _, there = both_halves
    path = tmp_path / "cells.csv"
    frame = pd.DataFrame(there.expression.toarray(), index=there.cells, columns=there.genes)
    frame.to_csv(path)
    with pytest.raises(DataError, match="no edge list"):
        open_dataset(path)
    opened = open_dataset(path, default_net=model.net)
    assert len(opened.net) == len(model.net)
    assert opened.num_cells == 60
