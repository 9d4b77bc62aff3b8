"""Gain is over the best label-only baseline, metric by metric."""

from __future__ import annotations

import numpy as np
import pytest

from gpdht.metrics.bootstrap import draw_resamples
from gpdht.metrics.gain import best_in_each, best_label_only, measure_gain
from gpdht.metrics.names import HIGHER_IS_BETTER
from gpdht.metrics.scores import ResampledScores, ScoredPairs, resample_scores


def measured(**value: float) -> ResampledScores:
    every = dict.fromkeys((*HIGHER_IS_BETTER, "brier"), 0.5) | value
    resampled = {name: np.array([v, v + 0.1]) for name, v in every.items()}
    return ResampledScores({"calibration_error": 0.0, **every}, resampled)


def test_each_metric_has_its_own_best_baseline():
    baselines = {"tf_rate": measured(auroc=0.8), "target_rate": measured(auprc=0.7)}
    assert best_label_only(baselines, "auroc") == "tf_rate"
    assert best_label_only(baselines, "auprc") == "target_rate"
    values, against = measure_gain(measured(auroc=0.9, auprc=0.6), baselines)
    assert against["auroc"] == "tf_rate"
    assert values["gain/auroc"] == pytest.approx(0.1)
    assert values["gain/auprc"] == pytest.approx(-0.1)


def test_an_undefined_baseline_is_never_the_best():
    baselines = {"first": measured(auroc_per_tf=np.nan), "second": measured(auroc_per_tf=0.1)}
    assert best_label_only(baselines, "auroc_per_tf") == "second"


def test_the_least_brier_score_is_the_best_and_brings_its_calibration():
    flat, sharp = measured(brier=0.25), measured(brier=0.1, calibration_error=0.3, auroc=np.nan)
    best, names = best_in_each({"flat": flat, "sharp": sharp})
    assert (names["brier"], best.value["brier"], best.value["calibration_error"]) == (
        "sharp",
        0.1,
        0.3,
    )
    assert names["auroc"] == "flat"
    neither, _ = best_in_each({"sharp": sharp})
    assert "auroc" not in neither.value


def test_an_undefined_gain_is_left_out():
    values, against = measure_gain(measured(auroc_per_tf=np.nan), {"baseline": measured()})
    assert "gain/auroc_per_tf" not in values
    assert "auroc_per_tf" not in against


def test_a_model_has_no_gain_over_itself():
    rng = np.random.default_rng(0)
    tf, target = np.repeat(np.arange(5), 20), np.tile(np.arange(20), 5)
    model = ScoredPairs(rng.integers(0, 2, 100), rng.normal(size=100), tf)
    drawn = draw_resamples(target, number=50)
    got = resample_scores({"model": model, "twin": model}, drawn)
    values, _ = measure_gain(got["model"], {"twin": got["twin"]})
    assert set(values.values()) == {0.0}
