"""Means over sets, and how far such a mean may be off."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpdht.metrics.over_sets import mean_over_sets, scores_by_set

figures = st.dictionaries(
    st.sampled_from(["val/auprc", "val/auprc_sd", "test/auroc", "test/auroc_low", "train/loss"]),
    st.floats(-10, 10),
)


@given(figures)
def test_one_set_is_its_own_mean(found):
    assert mean_over_sets([found]) == found


def test_the_mean_of_two_sets_by_hand():
    first = {"test/auprc": 0.5, "test/auprc_low": 0.47, "test/auprc_high": 0.56, "val/only": 1.0}
    second = {"test/auprc": 0.1, "test/auprc_low": 0.06, "test/auprc_high": 0.18}
    assert mean_over_sets([first, second]) == pytest.approx(
        # distances below .03 and .04, above .06 and .08: roots .05 and .10, halved
        {"test/auprc": 0.3, "test/auprc_low": 0.275, "test/auprc_high": 0.35}
    )


@given(st.lists(figures, min_size=2, max_size=4), st.randoms())
def test_the_order_of_the_sets_changes_nothing(sets, random):
    before = mean_over_sets(sets)
    random.shuffle(sets)
    assert mean_over_sets(sets) == pytest.approx(before, abs=1e-12)


def test_the_interval_is_that_of_a_mean_of_independent_normal_errors():
    rng = np.random.default_rng(0)
    sds = np.array([0.01, 0.03, 0.02])
    ends = [
        {"gain/auprc": 0.2, "gain/auprc_low": 0.2 - 1.96 * sd, "gain/auprc_high": 0.2 + 1.96 * sd}
        for sd in sds
    ]
    found = mean_over_sets(ends)
    drawn = (0.2 + rng.normal(size=(200_000, 3)) * sds).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found["gain/auprc_low"] == pytest.approx(low, abs=2e-4)
    assert found["gain/auprc_high"] == pytest.approx(high, abs=2e-4)


def test_scores_are_parted_by_set_in_the_order_that_they_stand_in():
    table = pd.DataFrame({"score": [1.0, 2.0, 3.0], "set": ["b", "b", "a"]})
    parts = scores_by_set(table)
    assert [(name, list(part["score"])) for name, part in parts.items()] == [
        ("b", [1.0, 2.0]),
        ("a", [3.0]),
    ]
    alone = table.drop(columns="set")
    assert scores_by_set(alone)[""] is alone
