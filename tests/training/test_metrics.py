"""Metrics against hand-worked rankings and counting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.training.measure import HIGHER_IS_BETTER
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


def drawn_scores() -> pd.DataFrame:
    """Random scores of 6 TFs × 10 targets, targets dealt to three folds."""
    rng = np.random.default_rng(2)
    target = np.tile(np.arange(10), 6)
    return pd.DataFrame(
        {
            "source": np.repeat(list("ABCDEF"), 10),
            "target": target.astype(str),
            "label": rng.integers(0, 2, 60),
            "fold": target % 3,
            "score": rng.normal(size=60),
            "null": rng.normal(size=60),
        }
    )


def test_pooled_and_per_fold_scores_stand_beside_the_baseline():
    scores = drawn_scores()
    got = out_of_fold_metrics(scores)
    pooled = ranking_scores(scores.label, scores.score)
    assert got["test/auroc"] == pytest.approx(pooled["auroc"], abs=1e-12)
    assert got["test/auprc"] == pytest.approx(pooled["auprc"], abs=1e-12)
    assert got["lift/auprc"] == pytest.approx(got["test/auprc"] - got["null/auprc"])
    second = scores[scores.fold == 1]
    assert got["null/auprc_fold1"] == ranking_scores(second.label, second.null)["auprc"]
    assert got["test/prevalence"] == scores.label.mean()
    assert got["test/early_precision_k"] == scores.label.sum()


def test_every_score_that_resampling_can_move_lies_beside_its_interval():
    got = out_of_fold_metrics(drawn_scores())
    for kind in ("test", "null", "lift"):
        for metric in HIGHER_IS_BETTER:
            assert got[f"{kind}/{metric}_low"] < got[f"{kind}/{metric}_high"]
    assert got["test/brier_low"] < got["test/brier"] < got["test/brier_high"]
    assert got["test/auprc_ratio"] == pytest.approx(got["test/auprc"] / got["test/prevalence"])
    assert "test/calibration_error" in got
    assert "lift/brier" not in got


def test_per_tf_scores_are_means_over_the_tfs_with_both_classes():
    scores = drawn_scores()
    scores.loc[scores.source == "A", "label"] = 0
    got = out_of_fold_metrics(scores, resamples=10)
    own = [ranking_scores(part.label, part.score) for _, part in scores[10:].groupby("source")]
    assert got["test/auroc_per_tf"] == pytest.approx(np.mean([s["auroc"] for s in own]))
    assert got["test/auprc_per_tf"] == pytest.approx(np.mean([s["auprc"] for s in own]))


def test_what_is_undefined_is_left_out():
    scores = drawn_scores()
    scores["label"] = (scores.source < "D").astype(int)
    got = out_of_fold_metrics(scores, resamples=10)
    assert not any("per_tf" in name for name in got)
    assert np.isfinite(list(got.values())).all()
