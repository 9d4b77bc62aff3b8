"""Scores without TFs that overlap are those of the other pairs, and what is said of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from gpdht.metrics.low_overlap import low_overlap_metrics, say_low_overlap


def drawn(seed: int = 2) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Random scores of 6 TFs × 10 targets, and of two baselines."""
    rng = np.random.default_rng(seed)
    target = np.tile(np.arange(10), 6)
    table = pd.DataFrame(
        {
            "source": np.repeat(list("ABCDEF"), 10),
            "target": target.astype(str),
            "label": rng.integers(0, 2, 60),
            "fold": target % 3,
            "score": rng.normal(size=60),
        }
    )
    return table, {name: rng.normal(size=60) for name in ("one", "two")}


@pytest.mark.parametrize("overlapping", [[], ["A", "C"]])
def test_scores_without_overlapping_tfs_are_those_of_the_other_pairs(overlapping):
    scores, baselines = drawn()
    got = low_overlap_metrics(scores, baselines, overlapping=np.array(overlapping), resamples=10)
    left = ~scores["source"].isin(overlapping).to_numpy()
    label = scores["label"][left]
    assert got["low_overlap/tfs"] == 6 - len(overlapping)
    assert got["low_overlap/all_tfs"] == 6
    for metric, oracle in (("auroc", roc_auc_score), ("auprc", average_precision_score)):
        value = oracle(label, scores["score"][left])
        best = max(oracle(label, score[left]) for score in baselines.values())
        assert got[f"low_overlap/{metric}"] == pytest.approx(value)
        assert got[f"low_overlap/gain_{metric}"] == pytest.approx(value - best)
        assert f"low_overlap/gain_{metric}_low" in got


def test_nothing_is_scored_where_all_tfs_overlap():
    scores, baselines = drawn()
    everything = scores["source"].unique()
    got = low_overlap_metrics(scores, baselines, overlapping=everything, resamples=10)
    assert got == {"low_overlap/tfs": 0.0, "low_overlap/all_tfs": 6.0}
    assert say_low_overlap(got).startswith("Of all 6 TFs more than half of the known edges")


@pytest.mark.parametrize(("low", "warned"), [(0.01, False), (-0.01, True)])
def test_a_gain_that_is_not_there_without_overlap_is_said_to_be_so(low, warned):
    metrics = {
        "gain/auprc_low": 0.02,
        "low_overlap/tfs": 18.0,
        "low_overlap/all_tfs": 20.0,
        "low_overlap/auprc": 0.19,
        "low_overlap/gain_auprc": 0.03,
        "low_overlap/gain_auprc_low": low,
        "low_overlap/gain_auprc_high": 0.05,
    }
    said = say_low_overlap(metrics)
    assert said.startswith("Of 18 of 20 TFs no prior has more than half of the known edges.")
    assert "average precision is 0.190, and the gain +0.030" in said
    assert ("of the overlap alone" in said) == warned
    assert say_low_overlap({"gain/auprc_low": 0.02}) == ""
