from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.data.toy import toy
from gpdht.errors import DataError


def test_the_toy_is_a_valid_dataset():
    data = toy()
    assert data.expression.shape == (200, 120)
    assert data.expression.dtype == np.float32
    assert data.expression.data.min() > 0
    assert len(set(data.genes.tolist())) == 120
    assert len(set(data.cells.tolist())) == 200
    ends = set(data.net["source"]) | set(data.net["target"])
    assert ends <= set(data.genes.tolist())
    assert not (data.net["source"] == data.net["target"]).any()
    assert not data.net.duplicated(["source", "target"]).any()
    assert data.tfs.tolist() == data.genes[:12].tolist()


def test_the_same_seed_gives_the_same_toy_and_another_seed_another():
    assert toy(seed=3).fingerprint == toy(seed=3).fingerprint
    assert toy(seed=3).fingerprint != toy(seed=4).fingerprint


def test_out_degrees_are_skewed():
    degree = toy(genes=500, tfs=30).net["source"].value_counts()
    assert degree.max() > 5 * degree.median()
    assert degree.min() >= 3


def test_tf_to_tf_edges_form_no_cycle():
    data = toy(genes=300, tfs=30)
    position = data.gene_index
    between = data.net[data.net["target"].isin(data.tfs)]
    assert (between["source"].map(position) < between["target"].map(position)).all()


def test_targets_follow_their_regulators_with_the_sign_of_the_edge():
    data = toy(genes=300, tfs=10, cells=800)
    correlation = np.corrcoef(data.expression.toarray().T)
    source = data.net["source"].map(data.gene_index).to_numpy()
    target = data.net["target"].map(data.gene_index).to_numpy()
    known = correlation[source, target] * np.sign(data.net["weight"])
    assert known.mean() > 0.15
    assert (known > 0).mean() > 0.75


def test_dropout_makes_the_matrix_sparser():
    filled = [toy(dropout=share).expression.nnz for share in (0.0, 0.3, 0.6)]
    assert filled == sorted(filled, reverse=True)
    assert filled[0] > 1.2 * filled[2]


@pytest.mark.parametrize("sizes", [{"tfs": 1}, {"genes": 15}, {"cells": 3}])
def test_a_size_without_room_for_a_network_is_refused(sizes):
    with pytest.raises(DataError, match=r"it takes tfs ≥ 2"):
        toy(**sizes)


@pytest.mark.parametrize("setting", [{"seed": -1}, {"density": 5}, {"noise": -1}, {"dropout": 1}])
def test_a_setting_out_of_range_is_refused(setting):
    with pytest.raises(DataError, match=r"it takes seed ≥ 0"):
        toy(**setting)


def test_a_network_that_is_given_makes_the_expression():
    net = pd.DataFrame(
        {"source": ["TF01", "TF01", "TF02"], "target": ["TF02", "GENE01", "GENE02"]}
    ).assign(weight=[1.0, -2.0, 2.0])
    data = toy(genes=20, tfs=3, cells=600, dropout=0, noise=0.1, net=net)
    pd.testing.assert_frame_equal(data.net, net)
    at = data.gene_index
    correlation = np.corrcoef(data.expression.toarray().T)
    assert correlation[at["TF01"], at["GENE01"]] < -0.4
    assert correlation[at["TF02"], at["GENE02"]] > 0.4
    assert toy(genes=20, tfs=3, net=net[["source", "target"]]).net["weight"].tolist() == [1.0] * 3


def test_the_network_that_was_drawn_can_be_given_again_with_other_cells():
    first = toy(genes=40, tfs=5, cells=30, seed=0)
    again = toy(genes=40, tfs=5, cells=30, seed=1, net=first.net)
    pd.testing.assert_frame_equal(again.net, first.net)
    assert again.matrix_fingerprint != first.matrix_fingerprint


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ([("TF02", "TF01", 1.0)], "1 of 1 edges .* TF02 → TF01; expected .* a later TF"),
        ([("GENE01", "GENE02", 1.0)], "GENE01 → GENE02; expected .* from a TF"),
        ([("TF01", "Gene01", 1.0)], "TF01 → Gene01"),
        ([("TF01", "GENE01", 1.0), ("TF01", "GENE01", 2.0)], "1 of 2 edges .* each edge once"),
        ([("TF01", "GENE01", 0.0)], "a weight other than 0"),
        ([("TF01", "GENE01", np.nan)], "a weight other than 0"),
    ],
)
def test_an_edge_that_cannot_be_simulated_is_refused(edges, message):
    net = pd.DataFrame(edges, columns=["source", "target", "weight"])
    with pytest.raises(DataError, match=message):
        toy(genes=20, tfs=3, net=net)


def test_a_network_without_names_of_its_ends_is_refused():
    with pytest.raises(DataError, match="columns TF, gene; expected source, target"):
        toy(net=pd.DataFrame(columns=["TF", "gene"]))
