"""Scores corrected for selection, against loops over single pairs and against what is true."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from gpdht.metrics.bootstrap import draw_resamples
from gpdht.metrics.scores import ScoredPairs
from gpdht.metrics.selection import score_in_and_out, score_the_chosen


def pairs(seed=0, number=300, units=30):
    rng = np.random.default_rng(seed)
    label_P = (rng.random(number) < 0.3).astype(int)
    return label_P, label_P + rng.normal(size=number), rng.integers(units, size=number)


@pytest.mark.parametrize(
    ("metric", "oracle"), [("auprc", average_precision_score), ("auroc", roc_auc_score)]
)
def test_scores_inside_and_outside_a_draw_are_those_of_the_pairs_drawn_and_left_out(metric, oracle):
    label_P, score_P, target_P = pairs()
    drawn = draw_resamples(target_P, number=5, seed=3)
    scored = ScoredPairs(label_P, score_P, np.zeros(len(label_P), int))
    inside_B, outside_B = score_in_and_out(scored, metric, drawn)
    for weight_P, inside, outside in zip(drawn.weights(), inside_B, outside_B, strict=True):
        repeated = np.concatenate([[at] * times for at, times in enumerate(weight_P)]).astype(int)
        left = [at for at, times in enumerate(weight_P) if times == 0]
        assert inside == pytest.approx(oracle(label_P[repeated], score_P[repeated]))
        assert outside == pytest.approx(oracle(label_P[left], score_P[left]))


def test_the_chosen_is_the_best_inside_and_scored_outside():
    inside_TB = np.array([[0.1, 0.9, 0.5, np.nan], [0.2, 0.3, 0.5, np.nan]])
    outside_TB = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    up = score_the_chosen(inside_TB, outside_TB, "auprc")
    down = score_the_chosen(inside_TB, outside_TB, "brier")
    assert up[:3].tolist() == [5.0, 2.0, 3.0]
    assert down[:3].tolist() == [1.0, 6.0, 3.0]
    assert np.isnan([up[3], down[3]]).all()


def test_the_best_of_many_equal_models_is_corrected_to_what_they_are_worth():
    """Scores of 25 models that are all the same but for their noise: AUROC .76 in truth."""
    truth, best, corrected = 0.7602, [], []  # Φ(1/√2)
    for seed in range(30):
        rng = np.random.default_rng(seed)
        label_P = (rng.random(200) < 0.5).astype(int)
        drawn = draw_resamples(np.arange(200), number=100, seed=seed)
        both = []
        for _ in range(25):
            scored = ScoredPairs(label_P, label_P + rng.normal(size=200), np.zeros(200, int))
            both.append(score_in_and_out(scored, "auroc", drawn))
            both[-1] = (*both[-1], scored.scores()["auroc"])
        inside_TB, outside_TB = (np.array([one[side] for one in both]) for side in (0, 1))
        best.append(max(one[2] for one in both))
        corrected.append(np.nanmean(score_the_chosen(inside_TB, outside_TB, "auroc")))
    assert np.mean(best) - truth > 0.04
    assert abs(np.mean(corrected) - truth) < 0.005
