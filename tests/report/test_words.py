"""What sentences may say: it follows from the interval alone."""

from __future__ import annotations

import math

import pytest
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
    assert words.between(math.nan, math.nan) == ""
    assert words.with_interval(0.5, math.nan, math.nan) == "0.500"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.48371, "0.484"), (-0.0161, "−0.016"), (math.nan, "–"), (-0.0001, "−0.000")],
)
def test_numbers_have_three_digits_and_a_true_minus(value, text):
    assert words.number(value) == text


def test_intervals_are_written_with_to_so_that_no_dash_reads_as_a_minus():
    assert words.with_interval(0.1, -0.2, 0.3, sign=True) == "+0.100 (−0.200 to +0.300)"


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.21, "3.2 s"), (42.4, "42 s"), (90, "1.5 min"), (7300, "2.0 h"), (math.nan, "–")],
)
def test_seconds_are_written_in_the_unit_that_fits(value, text):
    assert words.seconds(value) == text
