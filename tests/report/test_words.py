"""What sentences may say: it follows from the interval alone."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from gpdht.report import words

ENDS = st.floats(-1, 1, allow_nan=False)


@given(ENDS, ENDS, st.sampled_from(["auprc", "auroc", "brier"]))
def test_a_verdict_needs_an_interval_without_zero(a, b, metric):
    low, high = min(a, b), max(a, b)
    verdict = words.judge(low, high, metric)
    assert (verdict == "unclear") == (low <= 0 <= high)
    sentence = words.where_zero_is(low, high)
    assert ("includes" in sentence) == (low <= 0 <= high)
    # a difference the other way round is judged the other way round
    other = {"better": "worse", "worse": "better", "unclear": "unclear"}
    assert words.judge(-high, -low, metric) == other[verdict]


def test_lower_is_better_for_the_brier_score():
    assert words.judge(-0.2, -0.1, "brier") == "better"
    assert words.judge(-0.2, -0.1, "auprc") == "worse"


def test_without_an_interval_nothing_is_claimed():
    assert words.judge(math.nan, math.nan, "auprc") == "unclear"
    assert words.where_zero_is(math.nan, math.nan) == "The difference has no interval."
