"""Calibration against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from gpdht.metrics.calibration import (
    Platt,
    calibration_error,
    fit_platt,
    reliability,
    squared_errors,
)


def test_brier_score_and_reliability_equal_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 300), rng.normal(size=300).astype(np.float32)
    probability = expit(score.astype(float))
    assert squared_errors(label, score).mean() == pytest.approx(
        brier_score_loss(label, probability)
    )
    observed, predicted = calibration_curve(label, probability, n_bins=10)
    table = reliability(label, score).dropna()
    assert table["observed"].to_numpy() == pytest.approx(observed)
    assert table["predicted"].to_numpy() == pytest.approx(predicted)
    assert table["pairs"].sum() == 300


def test_the_calibration_error_of_a_hand_worked_case():
    # Two pairs at .25 of which one is true, two at .75 of which one is true: off by .25 each.
    score = logit(np.array([0.25, 0.25, 0.75, 0.75]))
    assert calibration_error(np.array([1, 0, 1, 0]), score, bins=2) == pytest.approx(0.25)


def test_probabilities_that_mean_what_they_say_have_almost_no_error():
    rng = np.random.default_rng(1)
    probability = rng.uniform(0.02, 0.98, 50_000)
    label = (rng.random(50_000) < probability).astype(int)
    assert calibration_error(label, logit(probability)) < 0.01
    assert calibration_error(label, 4 * logit(probability)) > 0.1


def test_expected_precision_is_how_often_such_logits_were_right():
    rng = np.random.default_rng(2)
    score = rng.normal(2, 3, 100_000)
    label = rng.random(100_000) < expit(0.5 * score - 1)
    found = fit_platt(label, score)
    assert (found.slope, found.intercept) == pytest.approx((0.5, -1), abs=0.03)
    assert (found.pairs, found.prevalence) == (100_000, label.mean())
    near = np.abs(score - 3) < 0.2
    assert found.of_probability(expit(np.array([3.0])))[0] == pytest.approx(
        label[near].mean(), abs=0.02
    )


def test_the_expected_precision_of_a_hand_worked_case():
    # odds of .8 are 4: with slope ½ they are 2, so ⅔; with the intercept ln ½ they are 1, so ½
    platt = Platt(0.5, float(np.log(0.5)), 10, 0.2)
    assert platt.of_probability(np.array([0.8]))[0] == pytest.approx(0.5)
    ends = platt.of_probability(np.array([0.0, 1.0], dtype=np.float32))
    assert 0 < ends[0] < 0.01
    assert 0.99 < ends[1] < 1


@pytest.mark.parametrize(
    ("label", "score"), [([1, 1], [0.5, 2]), ([0, 0], [0.5, 2]), ([0, 1], [3, 3])]
)
def test_there_is_no_calibration_of_one_class_or_one_score(label, score):
    assert fit_platt(np.array(label), np.array(score)) is None
