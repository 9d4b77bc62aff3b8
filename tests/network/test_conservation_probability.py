"""Calibrated probabilities against scikit-learn and loops, and the rate of false calls by truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from species_makers import two_networks, write

import gpdht as gp
from gpdht.errors import ConfigError, DataError
from gpdht.network.conservation_probability import mean_errors
from gpdht.network.edge_probabilities import edge_probabilities
from gpdht.network.edge_tables import EdgeTable, read_edge_table


def scores(letter: str, logit_TG: np.ndarray, *, seed: int, folds: int = 3) -> pd.DataFrame:
    """Out-of-fold scores whose labels are as probable as they say, on a scale of their own."""
    tf, target = np.indices(logit_TG.shape).reshape(2, -1)
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "source": [f"{letter}T{i}" for i in tf],
            "target": [f"{letter}{i}" for i in target],
            "label": (rng.random(logit_TG.size) < expit(logit_TG.ravel())).astype(int),
            "fold": target % folds,
            "score": 0.5 * logit_TG.ravel() + 3,
        }
    )


def files(folder, seed=0, tfs=8, genes=300, **options):
    """Two species with independent logits; labels are drawn by them."""
    logit = np.random.default_rng(seed).normal(0, 4, size=(2, tfs, genes))
    tables = [
        scores(letter, one, seed=seed + at, **options)
        for at, (letter, one) in enumerate(zip("HM", logit, strict=True))
    ]
    names = [*(f"T{i}" for i in range(tfs)), *range(genes)]
    orthologs = pd.DataFrame({"human_symbol": names, "mouse_symbol": names})
    orthologs = orthologs.astype(str).assign(
        human_symbol=lambda table: "H" + table["human_symbol"],
        mouse_symbol=lambda table: "M" + table["mouse_symbol"],
    )
    return write(folder, *tables, orthologs)


def test_a_fold_is_calibrated_by_the_others(tmp_path):
    human, _, _ = files(tmp_path, tfs=2, genes=200)
    table = read_edge_table(human)
    found = edge_probabilities(table, "human.csv")
    for fold, own in table.edges.groupby("fold"):
        others = table.edges[table.edges["fold"] != fold]
        model = LogisticRegression(C=1e8, tol=1e-8).fit(others[["weight"]], others["known"])
        expected = model.predict_proba(own[["weight"]])[:, 1]
        assert found.loc[own.index, "probability"].to_numpy() == pytest.approx(expected, abs=1e-3)


def test_a_pairs_own_label_is_not_in_its_probability(tmp_path):
    human, _, _ = files(tmp_path, tfs=2, genes=60)
    table = read_edge_table(human)
    flipped = table.edges.assign(known=table.edges["known"] ^ (table.edges["fold"] == 0))
    one, other = (
        edge_probabilities(EdgeTable(edges, True, "target"), "x")["probability"]
        for edges in (table.edges, flipped)
    )
    here = table.edges["fold"] == 0
    assert one[here].tolist() == other[here].tolist()
    assert one[~here].tolist() != other[~here].tolist()


def test_where_other_folds_have_one_label_it_is_their_rate():
    edges = pd.DataFrame(
        {
            "source": "A",
            "target": list("bcd"),
            "weight": [1.0, 0.5, 0.1],
            "known": [True, False, False],
            "fold": [0, 1, 1],
        }
    )
    found = edge_probabilities(EdgeTable(edges, True, "target"), "x")["probability"]
    assert found.tolist() == [0, 1, 1]


def test_a_table_of_three_pairs_worked_by_hand():
    assert mean_errors(np.array([0.5, 0.9, 0.7])) == pytest.approx([0.3, 0.1, 0.2])
    assert mean_errors(np.array([0.5, 0.9, 0.5])) == pytest.approx([1.1 / 3, 0.1, 1.1 / 3])


@given(st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=30))
def test_mean_errors_by_a_loop(chance):
    expected = [np.mean([1 - other for other in chance if other >= one]) for one in chance]
    assert mean_errors(np.array(chance)) == pytest.approx(expected)


def test_errors_among_called_pairs_are_as_many_as_were_asked_for(tmp_path):
    right = {"conserved": (True, True), "human-specific": (True, False)}
    right |= {"mouse-specific": (False, True)}
    for fdr in (0.1, 0.3):
        called = wrong = 0
        for seed in range(4):
            human, mouse, orthologs = files(tmp_path, seed=10 * seed)
            pairs = gp.conserved(human, mouse, orthologs=orthologs, fdr=fdr, by="probability").pairs
            for name, truth in right.items():
                own = pairs[pairs["class"] == name]
                assert len(own) > 100
                wrong += (own[["known_1", "known_2"]] != truth).any(axis=1).sum()
                called += len(own)
        assert wrong / called <= fdr + 0.02


def test_classes_are_products_and_the_likeliest_one_counts(tmp_path):
    human, mouse, orthologs = files(tmp_path)
    pairs = gp.conserved(human, mouse, orthologs=orthologs, fdr=0.3, by="probability").pairs
    for row in pairs.sample(200, random_state=0).itertuples():
        u, v = row.score_1, row.score_2
        chance = {"conserved": u * v, "human-specific": u * (1 - v), "mouse-specific": (1 - u) * v}
        best = max(chance, key=chance.get)
        q = dict(zip(chance, (row.q_conserved, row.q_specific_1, row.q_specific_2), strict=True))
        assert row[pairs.columns.get_loc("class") + 1] == (best if q[best] <= 0.3 else "undecided")


def test_species_change_places_without_changing_results(tmp_path):
    human, mouse, orthologs = files(tmp_path, tfs=3, genes=90)
    there, back = (
        gp.conserved(*pair, orthologs=orthologs, fdr=0.3, by="probability").table()
        for pair in ((human, mouse), (mouse, human))
    )
    assert set(there["class"]) > {"undecided"}
    both = there.merge(back, on=["human_tf", "human_target"], suffixes=("", "_back"))
    assert len(both) == len(there)
    for name in ("human_score", "q_conserved", "q_mouse_specific"):
        assert both[name].tolist() == pytest.approx(both[f"{name}_back"].tolist())
    assert both["class"].tolist() == both["class_back"].tolist()


def test_bad_input_is_one_message(tmp_path):
    human, mouse, orthologs = files(tmp_path, tfs=1, genes=9, folds=1)
    for options, error, words in (
        ({"by": "luck"}, ConfigError, "expected chance or probability"),
        ({"beyond": "both", "by": "probability"}, ConfigError, "no beyond, high and low"),
        ({"high": 0.9, "by": "probability"}, ConfigError, "no beyond, high and low"),
        ({"by": "probability"}, DataError, r"human\.csv: all pairs are of fold 0"),
    ):
        with pytest.raises(error, match=words):
            gp.conserved(human, mouse, orthologs=orthologs, **options)
    human, mouse, orthologs = write(tmp_path, *two_networks())
    with pytest.raises(DataError, match=r"human\.csv: the weights are not out of fold"):
        gp.conserved(human, mouse, orthologs=orthologs, by="probability")
