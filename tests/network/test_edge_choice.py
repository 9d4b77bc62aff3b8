"""Which edges are written: conditions worked by hand, and what holds for all of them."""

from __future__ import annotations

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpdht.errors import DataError
from gpdht.metrics.calibration import Platt
from gpdht.network import edge_choice
from gpdht.network.edge_choice import EdgeChoice

NET = pd.DataFrame(
    {
        "source": ["A", "A", "B", "A", "B", "C"],
        "target": ["x", "y", "x", "z", "y", "x"],
        "weight": [0.9, 0.8, 0.7, 0.6, 0.5, 0.4],
        "rank": [1, 2, 3, 4, 5, 6],
        "known": [True, False, False, False, True, False],
    }
)
EVEN = Platt(slope=1.0, intercept=0.0, pairs=100, prevalence=0.5)
"""Weights are as often right as they say."""


@pytest.mark.parametrize(
    ("choice", "ranks"),
    [
        (EdgeChoice(), [1, 2, 3, 4, 5, 6]),
        (EdgeChoice(top=2), [1, 2]),
        (EdgeChoice(top_per_tf=1), [1, 3, 6]),
        (EdgeChoice(new=True), [2, 3, 4, 6]),
        (EdgeChoice(new=True, top_per_tf=1), [2, 3, 6]),
        (EdgeChoice(new=True, top_per_tf=1, top=2), [2, 3]),
        (EdgeChoice(min_precision=0.6), [1, 2, 3, 4]),
        (EdgeChoice(min_precision=0.65, new=True), [2, 3]),
        (EdgeChoice(top=100), [1, 2, 3, 4, 5, 6]),
    ],
)
def test_conditions_combine_and_ranks_stay(choice, ranks):
    chosen = choice.of(NET, calibration=EVEN)
    assert chosen["rank"].tolist() == ranks
    assert chosen.index.tolist() == list(range(len(ranks)))


def test_a_precision_is_that_of_the_calibration_and_gets_a_column():
    # odds of .9 are 9; half of the logit is odds of 3, one less is 3 / e
    half = Platt(slope=0.5, intercept=-1.0, pairs=10, prevalence=0.3)
    chosen = EdgeChoice(min_precision=0.5).of(NET, calibration=half)
    odds = 3 / np.e
    assert chosen["precision"].tolist() == pytest.approx([odds / (1 + odds)], abs=1e-6)
    assert "precision" not in EdgeChoice(top=1).of(NET, calibration=half)


def test_each_condition_says_what_it_leaves():
    said: list[str] = []
    EdgeChoice(new=True, top_per_tf=1, top=2).of(NET, say=said.append)
    assert said == ["--new: 4 of 6 edges", "--top-per-tf 1: 3 of 4 edges", "--top 2: 2 of 3 edges"]


@pytest.mark.parametrize(
    ("choice", "calibration", "words"),
    [
        (EdgeChoice(min_precision=0.95), EVEN, r"leaves 0 of 6 .*highest expected .* 0\.90"),
        (EdgeChoice(min_precision=0.5), None, "no calibration.*Register"),
        (EdgeChoice(min_precision=0.5), Platt(-1.0, 0.0, 10, 0.5), "not known edges more often"),
        (EdgeChoice(sign="known"), None, "needs the dataset"),
    ],
)
def test_what_cannot_be_chosen_is_one_error(choice, calibration, words):
    with pytest.raises(DataError, match=words):
        choice.of(NET, calibration=calibration)


def test_no_new_edge_is_one_error_and_so_is_a_net_that_does_not_say_what_is_known():
    with pytest.raises(DataError, match="--new leaves 0 of 2 edges"):
        EdgeChoice(new=True, top=1).of(NET[NET["known"]])
    with pytest.raises(DataError, match="does not say which"):
        EdgeChoice(new=True).of(NET.drop(columns="known"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sign": "both"}, '--sign "both" is unknown; use one of none, known, correlation'),
        ({"min_precision": 1.5}, r"--min-precision 1.5: expected a number in \(0, 1\)"),
        ({"min_precision": float("nan")}, "--min-precision nan"),
        ({"top": 0}, "--top 0: expected"),
        ({"top_per_tf": -3}, "--top-per-tf -3: expected"),
    ],
)
def test_an_impossible_choice_is_refused_at_once(options, words):
    with pytest.raises(DataError, match=words):
        EdgeChoice(**options)


@given(
    tf=st.lists(st.sampled_from("ABC"), min_size=1, max_size=30),
    top_per_tf=st.none() | st.integers(1, 5),
    top=st.none() | st.integers(1, 20),
)
def test_what_is_chosen_are_the_best_of_each_tf_in_order(tf, top_per_tf, top):
    net = pd.DataFrame({"source": tf, "target": [f"g{i}" for i in range(len(tf))]})
    net["weight"] = np.linspace(1, 0.1, len(tf))
    chosen = EdgeChoice(top_per_tf=top_per_tf, top=top).of(net)
    expected, seen = [], dict.fromkeys("ABC", 0)
    for name, target in zip(net["source"], net["target"], strict=True):
        seen[name] += 1
        if top_per_tf is None or seen[name] <= top_per_tf:
            expected.append(target)
    assert chosen["target"].tolist() == expected[:top]


def test_the_doctests_of_the_module_hold():
    results = doctest.testmod(edge_choice)
    assert (results.failed, results.attempted) == (0, 4)
