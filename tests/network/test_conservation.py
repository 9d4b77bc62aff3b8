"""Scores, p-values of matching at random, and classes, against loops and permutations drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, norm, rankdata
from species_makers import two_networks, write

import gpdht as gp
from gpdht.errors import ConfigError, DataError
from gpdht.network.conservation import Rules, classes_of, classified, matching_p

NAMES = classes_of("human", "mouse")


def pairs_of(weight_1TG, weight_2TG) -> pd.DataFrame:
    """All pairs of two matrices TFs × targets; the targets are no TFs."""
    tf, target = np.indices(np.shape(weight_1TG)).reshape(2, -1)
    return pd.DataFrame(
        {
            "tf_1": [f"T{i}" for i in tf],
            "target_1": [f"G{i:03}" for i in target],
            "weight_1": np.ravel(weight_1TG).astype(float),
            "weight_2": np.ravel(weight_2TG).astype(float),
        }
    )


def test_a_tf_of_four_targets_worked_by_hand():
    # scores 7/8, 5/8, 3/8, 1/8; the equal second and third of the other species: 4/8
    found = classified(pairs_of([[9, 8, 7, 6]], [[3, 2, 2, 1]]), Rules(high=0.6), NAMES)
    assert found["score_1"].tolist() == [7 / 8, 5 / 8, 3 / 8, 1 / 8]
    assert found["score_2"].tolist() == [7 / 8, 4 / 8, 4 / 8, 1 / 8]
    assert found["difference"].tolist() == [0, 1 / 8, -1 / 8, 0]
    # conserved, at least the pair's minimum: 1/4·1/4; 4/8: 2/4·3/4; 3/8: 3/4·3/4; 1
    p = [1 / 16, 6 / 16, 9 / 16, 1]
    assert found["q_conserved"].tolist() == pytest.approx([4 / 16, 12 / 16, 12 / 16, 1])
    rank = np.array([7, 5, 3, 1]), np.array([7, 4, 4, 1])
    assert matching_p(*rank, np.zeros(4, int)).tolist() == pytest.approx(p)
    assert set(found["class"]) == {"undecided"}
    called = classified(pairs_of([[9, 8, 7, 6]], [[3, 2, 2, 1]]), Rules(fdr=0.25), NAMES)
    assert called["class"].tolist() == ["conserved", *["undecided"] * 3]


def test_p_is_the_share_of_all_matches_by_a_double_loop():
    rng = np.random.default_rng(0)
    tf = np.repeat([0, 1, 2], [5, 9, 12])
    one, other = rng.integers(1, 12, (2, len(tf)))
    expected = []
    for i in range(len(tf)):
        same = np.flatnonzero(tf == tf[i])
        weakest = min(one[i], other[i])
        reach = [min(one[a], other[b]) >= weakest for a in same for b in same]
        expected.append(np.mean(reach))
    assert matching_p(one, other, tf) == pytest.approx(expected)


def test_p_is_what_permutations_that_are_drawn_come_to():
    rng = np.random.default_rng(1)
    one, other = rng.permutation(np.arange(1, 61)), rng.permutation(np.arange(1, 61))
    weakest = np.minimum(one, other)
    drawn = np.array([np.minimum(one, rng.permutation(other)) for _ in range(4000)])
    shares = [(drawn >= least).mean() for least in weakest]
    assert matching_p(one, other, np.zeros(60, int)) == pytest.approx(shares, abs=0.01)


def test_without_common_regulation_p_values_are_uniform():
    rng = np.random.default_rng(2)
    tf = np.repeat(np.arange(20), 200)
    # ranks 1 … 200 in each TF, matched at random; for "specific" one of them turned round
    one, other = (np.concatenate([rng.permutation(200) for _ in range(20)]) for _ in range(2))
    for second in (other, 199 - other):
        assert kstest(matching_p(one, second, tf), "uniform").pvalue > 0.01


def test_without_common_regulation_nothing_is_called_in_most_draws():
    rng = np.random.default_rng(3)
    rules = Rules(fdr=0.1, high=0.6)
    draws = [
        classified(pairs_of(*rng.normal(size=(2, 6, 80))), rules, NAMES)["class"]
        for _ in range(100)
    ]
    any_called = np.mean([(classes != "undecided").any() for classes in draws])
    assert any_called < 3 * 0.1 + 0.1  # three families of tests, and the error of 100 draws


def test_the_rate_of_false_calls_stays_below_what_was_asked_for():
    """Half of the TFs are matched at random, of the others a tenth of the targets is shared."""
    rng = np.random.default_rng(4)
    false, called = 0, 0
    for _ in range(30):
        one, other = rng.normal(size=(2, 8, 200))
        one[:4, :20] += 4
        other[:4, :20] += 4
        found = classified(pairs_of(one, other), Rules(fdr=0.2, high=0.8), NAMES)
        tf = found["tf_1"].str[1:].astype(int)
        shared = (tf < 4) & (found["target_1"].str[1:].astype(int) < 20)
        conserved = found["class"] == "conserved"
        false += (conserved & ~shared).sum()
        called += conserved.sum()
    assert called > 30 * 40
    assert false / called < 0.2


def test_opposed_regulation_is_called_specific():
    rng = np.random.default_rng(5)
    one = rng.normal(size=(1, 300))
    found = classified(pairs_of(one, -one), Rules(), NAMES)
    assert (found["class"] == "human-specific").sum() == (found["class"] == "mouse-specific").sum()
    specific = found[found["class"] == "human-specific"]
    assert len(specific) > 10
    assert (specific["difference"] > 0.3).all()
    assert not (found["class"] == "conserved").any()


def test_popular_targets_are_conserved_unless_their_popularity_is_taken_away():
    rng = np.random.default_rng(6)
    popular = rng.normal(size=200)
    one, other = popular + 0.3 * rng.normal(size=(2, 8, 200))
    tf, target = np.divmod(np.arange(80), 10)  # each TF has ten targets of its own
    one[tf, 10 * tf + target] += 5
    other[tf, 10 * tf + target] += 5
    plain = classified(pairs_of(one, other), Rules(), NAMES)
    both = classified(pairs_of(one, other), Rules(beyond="both"), NAMES)
    own = both["tf_1"].str[1:].astype(int) == both["target_1"].str[1:].astype(int) // 10
    rest_plain, rest_both = ((table[~own]["class"] == "conserved").sum() for table in (plain, both))
    assert rest_plain > 25
    assert rest_both < 0.1 * rest_plain
    assert (both[own]["class"] == "conserved").sum() >= 40


def test_popularity_beyond_both_by_a_loop():
    rng = np.random.default_rng(7)
    one, other = rng.normal(size=(2, 4, 30))
    found = classified(pairs_of(one, other), Rules(beyond="both"), NAMES)
    normal = np.array([norm.ppf((rankdata(row) - 0.5) / 30) for row in one])
    left = normal - normal.mean(axis=0)
    expected = np.array([(rankdata(row) - 0.5) / 30 for row in left.round(12)])
    assert found["score_1"].to_numpy().reshape(4, 30) == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    targets=st.integers(2, 25),
    levels=st.integers(1, 30),
    beyond=st.sampled_from(["tf", "both"]),
)
def test_species_change_places_without_changing_results(seed, targets, levels, beyond):
    one, other = np.random.default_rng(seed).integers(0, levels, (2, 3, targets))
    rules = Rules(beyond, fdr=0.4, high=0.6)
    there = classified(pairs_of(one, other), rules, NAMES)
    back = classified(pairs_of(other, one), rules, classes_of("mouse", "human"))
    assert there["class"].tolist() == back["class"].tolist()
    assert there["score_1"].tolist() == back["score_2"].tolist()
    assert there["difference"].tolist() == (-back["difference"]).tolist()
    assert there["q_conserved"].tolist() == pytest.approx(back["q_conserved"].tolist())
    assert there["q_specific_1"].tolist() == pytest.approx(back["q_specific_2"].tolist())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), targets=st.integers(2, 25))
def test_any_growing_change_of_weights_changes_nothing(seed, targets):
    one, other = np.random.default_rng(seed).normal(size=(2, 3, targets))
    plain = classified(pairs_of(one, other), Rules(), NAMES)
    # a TF with other prevalence, and logits in place of probabilities
    changed = classified(pairs_of(3 * one + [[1], [5], [-2]], np.exp(other)), Rules(), NAMES)
    columns = ["score_1", "score_2", "q_conserved", "class"]
    pd.testing.assert_frame_equal(plain[columns], changed[columns])


def test_the_table_names_the_species_and_begins_with_what_is_conserved(tmp_path):
    human, mouse, orthologs = write(tmp_path, *two_networks(genes=200, shared=0.95))
    found = gp.conserved(human, mouse, orthologs=orthologs)
    table = found.table()
    assert table.columns.tolist() == [
        *("human_tf", "human_target", "mouse_tf", "mouse_target"),
        *("human_weight", "mouse_weight", "human_known", "mouse_known"),
        *("human_score", "mouse_score", "difference"),
        *("q_conserved", "q_human_specific", "q_mouse_specific", "class"),
    ]
    assert len(table) == len(found.pairs) == 4 * 199
    conserved = found.counts()["conserved"]
    assert conserved > 5
    assert set(table["class"].head(conserved)) == {"conserved"}
    assert table["q_conserved"].head(conserved).is_monotonic_increasing


def test_bad_rules_are_one_message(tmp_path):
    for options, words in (
        ({"beyond": "nothing"}, "expected tf or both"),
        ({"fdr": 0.0}, "0 < rate < 1"),
        ({"high": 0.4}, "0 ≤ low < high ≤ 1"),
        ({"low": -0.1}, "0 ≤ low < high ≤ 1"),
    ):
        with pytest.raises(ConfigError, match=words):
            Rules(**options)
    human, mouse, orthologs = write(tmp_path, *two_networks(tfs=2))
    with pytest.raises(DataError, match=r"2 TFs are in both networks.*Pass --beyond tf"):
        gp.conserved(human, mouse, orthologs=orthologs, beyond="both")
