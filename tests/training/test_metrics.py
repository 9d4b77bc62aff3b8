"""Metrics against hand-worked rankings and counting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.training.metrics import out_of_fold_metrics, ranking_scores, spread


def test_a_hand_worked_ranking_has_its_scores():
    # ranks of the positives are 1 and 3 of 4: AP = (1/1 + 2/3) / 2; of the 4 positive-negative
    # comparisons 3 are won
    got = ranking_scores(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.3, 0.1]))
    assert got["auprc"] == pytest.approx((1 + 2 / 3) / 2)
    assert got["auroc"] == pytest.approx(3 / 4)


def test_tied_scores_are_worth_their_prevalence():
    got = ranking_scores(np.array([1, 0, 0, 0]), np.zeros(4))
    assert got == {"auroc": 0.5, "auprc": 0.25}


def test_spread_gives_mean_sample_sd_and_each_fold():
    got = spread("val", [{"auroc": 0.5, "auprc": 0.1}, {"auroc": 0.7, "auprc": 0.3}])
    assert got["val/auroc_mean"] == pytest.approx(0.6)
    assert got["val/auprc_sd"] == pytest.approx(np.sqrt(0.02))
    assert (got["val/auprc_fold0"], got["val/auprc_fold1"]) == (0.1, 0.3)


def test_pooled_and_per_fold_scores_stand_beside_the_baseline():
    rng = np.random.default_rng(0)
    scores = pd.DataFrame(
        {
            "label": rng.integers(0, 2, 60),
            "fold": np.repeat([0, 1, 2], 20),
            "score": rng.normal(size=60),
            "null": rng.normal(size=60),
        }
    )
    got = out_of_fold_metrics(scores)
    assert got["test/auroc"] == ranking_scores(scores.label, scores.score)["auroc"]
    assert got["lift/auprc"] == pytest.approx(got["test/auprc"] - got["null/auprc"])
    second = scores[scores.fold == 1]
    assert got["null/auprc_fold1"] == ranking_scores(second.label, second.null)["auprc"]
    assert got["test/prevalence"] == scores.label.mean()
