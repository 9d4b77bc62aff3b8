"""Every score has a direction and a title, wherever its name comes from."""

from __future__ import annotations

import math

import pytest

from gpdht.metrics.names import HIGHER_IS_BETTER, MONITORS, TITLES, is_better, mode_of, score_of


def test_any_score_and_any_gain_can_be_monitored():
    assert set(MONITORS) == {*HIGHER_IS_BETTER, "brier", *(f"gain_{m}" for m in HIGHER_IS_BETTER)}
    assert {score_of(f"val/{name}") for name in MONITORS} == set(TITLES)


def test_only_errors_are_better_when_lower():
    assert mode_of("test/calibration_error") == "min"
    assert [name for name in MONITORS if mode_of(f"val/{name}") == "min"] == ["brier"]
    assert is_better("test/brier", 0.1, 0.2)
    assert is_better("val/gain_auprc", 0.2, 0.1)


@pytest.mark.parametrize("metric", ["brier", "auprc"])
def test_neither_an_equal_score_nor_a_nan_is_better(metric):
    assert not is_better(metric, 0.5, 0.5)
    assert not is_better(metric, math.nan, 0.5)
