"""Calibration against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from gpdht.metrics.calibration import calibration_error, reliability, squared_errors


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
