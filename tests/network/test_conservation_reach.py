"""What can have a class at all, by tables worked by hand and for any ranking."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from species_makers import write

import gpdht as gp
from gpdht.network.conservation import Rules, classes_of, classified
from gpdht.network.conservation_reach import reach

GENES, NAMES = 100, classes_of("human", "mouse")


def found_of(tmp_path, known_1G, known_2G, **rules):
    """One TF and its targets; the weights say nothing."""
    tables = [
        pd.DataFrame(
            {
                "source": f"{letter}TF",
                "target": [f"{letter}{i}" for i in range(GENES)],
                "weight": np.random.default_rng(seed).random(GENES),
                "known": known,
            }
        )
        for letter, known, seed in (("H", known_1G, 0), ("M", known_2G, 1))
    ]
    names = ["TF", *range(GENES)]
    orthologs = pd.DataFrame(
        {f"{s}_symbol": [f"{s[0].upper()}{n}" for n in names] for s in SPECIES}
    )
    human, mouse, table = write(tmp_path, *tables, orthologs)
    return gp.conserved(human, mouse, orthologs=table, **rules)


SPECIES = ("human", "mouse")


@pytest.mark.parametrize(("shared", "called"), [(2, 2), (10, 10), (11, 0), (30, 0)])
def test_a_tf_that_shares_more_than_the_rate_has_no_conserved_targets(tmp_path, shared, called):
    # S of the targets in both: p = S², found S, so q = S; at most .1 is called
    known = np.arange(GENES) < shared
    rows = reach(found_of(tmp_path, known, known))
    assert rows.to_dict("list") == {
        "class": ["conserved", "human-specific", "mouse-specific"],
        "known": [shared, 0, 0],
        "called": [called, 0, 0],
    }


def test_known_edges_are_told_by_species_and_weights_do_not_matter(tmp_path):
    one, other = np.arange(GENES) < 8, (np.arange(GENES) >= 5) & (np.arange(GENES) < 9)
    rows = reach(found_of(tmp_path, one, other, fdr=0.2)).set_index("class")
    assert rows["known"].tolist() == [3, 5, 1]
    # conserved: p = .08 · .04, found 3 of 100: q = .0032 / .03
    assert rows.loc["conserved", "called"] == 3
    assert reach(found_of(tmp_path, one, other, fdr=0.1)).set_index("class").loc[
        "conserved", "called"
    ] == 0  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    shared=st.floats(0, 1),
    targets=st.integers(20, 120),
    fdr=st.sampled_from([0.05, 0.1, 0.3]),
)
def test_a_pair_with_a_class_is_among_the_best_of_its_tf_in_both(seed, shared, targets, fdr):
    rng = np.random.default_rng(seed)
    one, own = rng.normal(size=(2, 3, targets))
    other = shared * one + np.sqrt(1 - shared**2) * own
    tf, target = np.indices(one.shape).reshape(2, -1)
    pairs = pd.DataFrame({"tf_1": tf, "target_1": target})
    pairs = pairs.assign(weight_1=one.ravel(), weight_2=other.ravel())
    found = classified(pairs, Rules(fdr=fdr, high=0.001, low=0), NAMES)
    best = 1 - fdr + 0.5 / targets  # the least score of the best share
    for column, score_1, score_2 in (
        ("q_conserved", found["score_1"], found["score_2"]),
        ("q_specific_1", found["score_1"], 1 - found["score_2"]),
        ("q_specific_2", 1 - found["score_1"], found["score_2"]),
    ):
        sure = found[column] <= fdr
        assert (np.minimum(score_1, score_2)[sure] >= best - 1e-9).all()
