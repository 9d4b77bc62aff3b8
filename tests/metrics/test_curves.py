"""The precision–recall band against scikit-learn, resample by resample, and a case by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve

from gpdht.errors import ConfigError
from gpdht.metrics.bootstrap import draw_resamples
from gpdht.metrics.curves import precision_recall_band


def drawn_for(pairs: int, *, number: int, seed: int = 0, unit: str = "target"):
    target = np.arange(pairs) % max(1, pairs // 5)
    tf = np.arange(pairs) // max(1, pairs // 5)
    units = {"target": target, "tf": tf, "pair": np.arange(len(target))}[unit]
    return draw_resamples(units, number=number, seed=seed)


def by_scikit_learn(label, score, weight, grid):
    """Precision at the highest threshold whose recall reaches each level."""
    precision, recall, _ = precision_recall_curve(label, score, sample_weight=weight)
    precision, recall = precision[:-1], recall[:-1]  # without the point that has no threshold
    return [precision[np.flatnonzero(recall >= level)[-1]] for level in grid]


def test_the_curve_of_six_pairs_worked_by_hand():
    label, score = np.array([0, 1, 1, 0, 1, 0]), np.array([9.0, 8.0, 7.0, 7.0, 5.0, 4.0])
    band = precision_recall_band(
        label, score, drawn_for(6, number=5), recall_grid=np.array([0, 1 / 3, 0.34, 0.9, 1.0])
    )
    # best score alone; first two; the tie of two with them; the first five
    assert band["precision"].tolist() == [0, 1 / 2, 2 / 4, 3 / 5, 3 / 5]


@pytest.mark.parametrize("values", [4, 50, 100_000])
@pytest.mark.parametrize("unit", ["target", "pair"])
def test_curve_and_band_equal_those_of_scikit_learn_on_each_resample(values, unit):
    rng = np.random.default_rng(3)
    label = (rng.random(400) < 0.25).astype(int)
    score = rng.integers(0, values, 400) + label * values / 8
    drawn = drawn_for(400, number=40, unit=unit)
    band = precision_recall_band(label, score, drawn)
    grid = band["recall"]
    assert grid.tolist() == [level / 100 for level in range(101)]
    assert band["precision"].tolist() == pytest.approx(
        by_scikit_learn(label, score, np.ones(400), grid), abs=1e-12
    )
    each = [by_scikit_learn(label, score, weight, grid) for weight in drawn.weights()]
    low, high = np.quantile(each, [0.025, 0.975], axis=0)
    assert band["low"].tolist() == pytest.approx(low, abs=1e-12)
    assert band["high"].tolist() == pytest.approx(high, abs=1e-12)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_the_curve_equals_scikit_learns_whatever_the_ties(pairs):
    label = np.array([int(positive) for positive, _ in pairs])
    score = np.array([float(value) for _, value in pairs])
    band = precision_recall_band(label, score, drawn_for(len(pairs), number=2))
    if not label.any():
        assert band[["precision", "low", "high"]].isna().all(axis=None)
    else:
        expected = by_scikit_learn(label, score, np.ones(len(pairs)), band["recall"])
        assert band["precision"].tolist() == pytest.approx(expected, abs=1e-12)


def test_the_band_holds_the_curve_of_a_good_ranking_and_narrows_with_more_pairs():
    widths = []
    for pairs in (300, 3000):
        rng = np.random.default_rng(0)
        label = (rng.random(pairs) < 0.3).astype(int)
        score = label + rng.normal(size=pairs)
        band = precision_recall_band(label, score, drawn_for(pairs, number=200, unit="pair"))
        middle = band[band["recall"].between(0.2, 0.9)]
        assert middle["precision"].between(middle["low"], middle["high"]).all()
        widths.append((middle["high"] - middle["low"]).mean())
    assert widths[1] < widths[0] / 2


def test_a_level_outside_0_to_1_is_refused():
    with pytest.raises(ConfigError, match=r"holds 1\.5; give levels within"):
        precision_recall_band(
            np.ones(4), np.arange(4.0), drawn_for(4, number=1), recall_grid=np.array([0.5, 1.5])
        )
