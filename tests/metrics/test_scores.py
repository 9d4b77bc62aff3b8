"""Metrics against hand-worked rankings and counting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from gpdht.metrics import out_of_fold
from gpdht.metrics.bootstrap import draw_resamples
from gpdht.metrics.names import HIGHER_IS_BETTER
from gpdht.metrics.out_of_fold import out_of_fold_metrics, spread
from gpdht.metrics.scores import ScoredPairs


def ranking_scores(label_P, score_P):
    """By scikit-learn."""
    return {
        "auroc": float(roc_auc_score(label_P, score_P)),
        "auprc": float(average_precision_score(label_P, score_P)),
    }


def scored(label_P, score_P):
    label_P = np.array(label_P)
    return ScoredPairs(label_P, np.array(score_P), np.zeros(len(label_P))).scores()


def test_a_hand_worked_ranking_has_its_scores():
    # ranks of the positives are 1 and 3 of 4: AP = (1/1 + 2/3) / 2; of the 4 positive-negative
    # comparisons 3 are won
    got = scored([1, 0, 1, 0], [0.9, 0.8, 0.3, 0.1])
    assert got["auprc"] == pytest.approx((1 + 2 / 3) / 2)
    assert got["auroc"] == pytest.approx(3 / 4)


def test_tied_scores_are_worth_their_prevalence():
    got = scored([1, 0, 0, 0], [0.0, 0.0, 0.0, 0.0])
    assert (got["auroc"], got["auprc"]) == (0.5, 0.25)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 5), st.integers(1, 40), st.booleans()
)
def test_the_scores_on_each_of_many_draws_are_those_of_the_repeated_pairs(
    seed, pairs, tfs, draws, ties
):
    rng = np.random.default_rng(seed)
    label_P, tf_P, unit_P = rng.integers(0, 2, pairs), *rng.integers(0, tfs, (2, pairs))
    score_P = rng.integers(0, 6, pairs) / 2 if ties else rng.normal(size=pairs)
    model = ScoredPairs(label_P, score_P, tf_P, probabilities=bool(seed % 2))
    count_BU = rng.integers(0, 3, (draws, tfs))
    got = model.on_draws(unit_P, count_BU)
    assert set(got) == set(model.scores())
    for b, count_U in enumerate(count_BU):
        at = np.repeat(np.arange(pairs), count_U[unit_P])
        found = {metric: value_B[b] for metric, value_B in got.items()}
        if len(set(label_P[at])) == 2:
            expected = oracle(label_P[at], score_P[at], tf_P[at])
            assert found == pytest.approx({m: expected[m] for m in found}, abs=1e-12, nan_ok=True)
        else:
            assert np.isnan([found["auroc"], found["auroc_per_tf"], found["auprc_per_tf"]]).all()
            assert np.isnan(found["auprc"]) != label_P[at].any()


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
        }
    )


def drawn_baselines() -> dict[str, np.ndarray]:
    """Random logits of the same pairs."""
    rng = np.random.default_rng(4)
    return {name: rng.normal(size=60) for name in ("first", "second", "third")}


def oracle(label, score, tf) -> dict[str, float]:
    """Every score by scikit-learn and by counting."""
    label, score, tf = (np.asarray(values) for values in (label, score, tf))
    cut = np.sort(score)[::-1][label.sum() - 1]
    both = [t for t in np.unique(tf) if 0 < label[tf == t].mean() < 1]
    own = [ranking_scores(label[tf == t], score[tf == t]) for t in both]
    out = ranking_scores(label, score) | {"early_precision": label[score >= cut].mean()}
    for m in ("auroc", "auprc"):
        out[f"{m}_per_tf"] = np.mean([scores[m] for scores in own]) if own else np.nan
    for name in ("auprc", "early_precision"):
        out[f"{name}_ratio"] = out[name] / label.mean()
    return out | {"brier": brier_score_loss(label, expit(score))}


def test_the_model_the_best_baseline_in_each_score_and_their_difference_are_as_counted():
    scores, baselines = drawn_scores(), drawn_baselines()
    got, names = out_of_fold_metrics(scores, baselines, resamples=10)
    model = oracle(scores.label, scores.score, scores.source)
    others = {name: oracle(scores.label, s, scores.source) for name, s in baselines.items()}
    assert set(names) == set(model) == {*HIGHER_IS_BETTER, "brier"}
    assert len(set(names.values())) > 1
    for metric, value in model.items():
        best = (min if metric == "brier" else max)(others, key=lambda name: others[name][metric])
        assert names[metric] == best
        assert got[f"test/{metric}"] == pytest.approx(value)
        assert got[f"baseline/{metric}"] == pytest.approx(others[best][metric])
        if metric != "brier":
            assert got[f"gain/{metric}"] == pytest.approx(value - others[best][metric])
    assert "gain/brier" not in got


def test_the_spread_over_folds_is_that_of_each_folds_own_ranking():
    scores, baselines = drawn_scores(), drawn_baselines()
    got, names = out_of_fold_metrics(scores, baselines, resamples=10)
    for prefix, column in (("test", scores.score), ("baseline", baselines[names["brier"]])):
        own = [
            oracle(part.label, np.asarray(column)[part.index], part.source)
            for _, part in scores.groupby("fold")
        ]
        brier = [values["brier"] for values in own]
        assert got[f"{prefix}/brier_mean"] == pytest.approx(np.mean(brier))
        assert got[f"{prefix}/brier_sd"] == pytest.approx(np.std(brier, ddof=1))
        assert got[f"{prefix}/brier_fold1"] == pytest.approx(brier[1])
    auprc = baselines[names["auprc"]][scores.fold == 1]
    expected = ranking_scores(scores.label[scores.fold == 1], auprc)["auprc"]
    assert got["baseline/auprc_fold1"] == pytest.approx(expected)


def test_every_score_that_resampling_can_move_lies_beside_its_interval():
    scores = drawn_scores()
    got, _ = out_of_fold_metrics(scores, drawn_baselines())
    for kind in ("test", "baseline", "gain"):
        for metric in HIGHER_IS_BETTER:
            assert got[f"{kind}/{metric}_low"] < got[f"{kind}/{metric}_high"]
    assert got["test/brier_low"] < got["test/brier"] < got["test/brier_high"]
    assert got["test/prevalence"] == scores.label.mean()
    assert got["test/early_precision_k"] == scores.label.sum()
    assert {"test/calibration_error", "baseline/calibration_error"} <= got.keys()


def test_the_interval_of_a_gain_is_that_of_paired_differences():
    scores, baselines = drawn_scores(), drawn_baselines()
    got, names = out_of_fold_metrics(scores, baselines, resamples=40)
    drawn = draw_resamples(scores.target.to_numpy(), number=40)
    gains = []
    for weight_P in drawn.weights():
        at = np.repeat(np.arange(60), weight_P)
        model, best = (
            oracle(scores.label[at], s[at], scores.source[at])["auprc"]
            for s in (scores.score.to_numpy(), baselines[names["auprc"]])
        )
        gains.append(model - best)
    assert got["gain/auprc_low"] == pytest.approx(np.quantile(gains, 0.025))
    assert got["gain/auprc_high"] == pytest.approx(np.quantile(gains, 0.975))


def test_kept_resamples_give_the_same_figures_and_are_not_drawn_again(tmp_path, monkeypatch):
    scores, baselines, file = drawn_scores(), drawn_baselines(), tmp_path / "kept.parquet"
    expected = out_of_fold_metrics(scores, baselines, resamples=20)
    assert out_of_fold_metrics(scores, baselines, resamples=20, kept=file) == expected
    measured = []
    resample_scores = out_of_fold.resample_scores
    monkeypatch.setattr(
        out_of_fold,
        "resample_scores",
        lambda scored, drawn: (measured.extend(scored), resample_scores(scored, drawn))[1],
    )
    assert out_of_fold_metrics(scores, baselines, resamples=20, kept=file) == expected
    assert measured == ["test"]


def test_per_tf_scores_are_means_over_the_tfs_with_both_classes():
    scores = drawn_scores()
    scores.loc[scores.source == "A", "label"] = 0
    got, _ = out_of_fold_metrics(scores, drawn_baselines(), resamples=10)
    own = [ranking_scores(part.label, part.score) for _, part in scores[10:].groupby("source")]
    assert got["test/auroc_per_tf"] == pytest.approx(np.mean([s["auroc"] for s in own]))
    assert got["test/auprc_per_tf"] == pytest.approx(np.mean([s["auprc"] for s in own]))


def test_a_score_that_one_fold_lacks_has_no_mean_over_folds():
    got = spread(
        "test", [{"auroc_per_tf": np.nan, "auprc": 0.2}, {"auroc_per_tf": 0.5, "auprc": 0}]
    )
    assert got["test/auprc_mean"] == pytest.approx(0.1)
    assert [name for name in got if "per_tf" in name] == ["test/auroc_per_tf_fold1"]


def test_what_is_undefined_is_left_out():
    scores = drawn_scores()
    scores["label"] = (scores.source < "D").astype(int)
    got, _ = out_of_fold_metrics(scores, drawn_baselines(), resamples=10)
    assert not any("per_tf" in name for name in got)
    assert np.isfinite(list(got.values())).all()
