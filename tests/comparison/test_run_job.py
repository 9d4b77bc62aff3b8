"""A job is a plain function: it gives what direct calls give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fake_trials import label_trial
from sklearn.metrics import average_precision_score, roc_auc_score
from small_inputs import TINY, small_set

from gpdht.comparison.controls import permute_expression, permute_labels
from gpdht.comparison.jobs import make_jobs
from gpdht.comparison.run_job import COLUMNS, run_job
from gpdht.training.baselines import baseline_scores
from gpdht.training.cross_validation import draw_folds
from gpdht.trial import TrialResult, run_trial


def job(model: str, dataset, *, split="target", seed=1):
    (one,) = make_jobs({"s": dataset}, models=[model], splits=[split], seeds=[seed], config=TINY)
    return one


@pytest.fixture(scope="module")
def dataset():
    return small_set()


@pytest.mark.parametrize("model", ["one_hot_logistic", "matrix_factorisation", "correlation"])
def test_a_baselines_job_has_the_scores_of_a_direct_call(dataset, model):
    config = TINY.replace({"cv.split": "target", "cv.seed": 1})
    pairs, folds = draw_folds(config, dataset)
    expected = baseline_scores(model, dataset, pairs, folds, seed=1)
    outcome = run_job(job(model, dataset), dataset, resamples=5)
    scores = outcome.result.scores
    assert outcome.result.state == "complete"
    assert list(scores) == COLUMNS
    for number, (fold, score) in enumerate(zip(folds, expected, strict=True)):
        part = scores[scores["fold"] == number]
        assert part["score"].tolist() == score.tolist()
        assert part["label"].tolist() == pairs.label_P[fold.test].tolist()
        assert part["target"].tolist() == dataset.genes[pairs.target_P[fold.test]].tolist()
    label, score = scores["label"], scores["score"]
    assert outcome.values["auroc"] == pytest.approx(roc_auc_score(label, score))
    assert outcome.values["auprc"] == pytest.approx(average_precision_score(label, score))
    assert outcome.result.metrics["test/auprc"] == outcome.values["auprc"]
    assert ("brier" in outcome.values) == (model != "correlation")


def test_gpdhts_job_is_the_trial(dataset):
    config = TINY.replace({"cv.split": "target", "cv.seed": 1, "train.seed": 1})
    expected = run_trial(config, dataset)
    outcome = run_job(job("gpdht", dataset), dataset, resamples=5)
    pd.testing.assert_frame_equal(outcome.result.scores, expected.scores[COLUMNS])
    assert outcome.result.metrics == expected.metrics
    assert outcome.values["auprc"] == pytest.approx(expected.metrics["test/auprc"])
    assert outcome.values["baseline/auprc"] == pytest.approx(expected.metrics["baseline/auprc"])
    assert set(outcome.resampled) == {*outcome.values} - {
        "calibration_error",
        "baseline/calibration_error",
    }


@pytest.mark.parametrize("model", ["gpdht", "boosted_priors"])
def test_jobs_on_data_with_priors_also_score_without_the_tfs_that_overlap(dataset, model):
    copied = dataset.net[dataset.net["source"] == dataset.known_tfs[0]]
    knowing = dataset.with_priors({"p": copied[["source", "target"]]})
    outcome = run_job(job(model, knowing), knowing, resamples=5)
    scores = outcome.result.scores
    left = scores[scores["source"] != dataset.known_tfs[0]]
    auprc = average_precision_score(left["label"], left["score"])
    assert outcome.values["low_overlap/auprc"] == pytest.approx(auprc)
    assert len(outcome.resampled["low_overlap/auprc"]) == 5
    if model == "gpdht":
        tfs = scores["source"].nunique() - 1
        assert outcome.result.metrics["low_overlap/tfs"] == tfs
        assert outcome.result.metrics["low_overlap/auprc"] == pytest.approx(auprc)


@pytest.mark.parametrize(
    ("model", "change"),
    [
        ("gpdht", lambda data: data),
        ("gpdht_random_embedding", lambda data: data),
        ("gpdht_permuted_labels", lambda data: permute_labels(data, seed=1)),
        ("gpdht_permuted_expression", lambda data: permute_expression(data, seed=1)),
    ],
)
def test_a_control_is_a_trial_on_other_data_or_with_another_config(dataset, model, change):
    seen = []

    def trial(config, data, *, cache_dir=None):
        seen.append((config, data.fingerprint))
        return TrialResult("failed", error="x")

    run_job(job(model, dataset), dataset, trial=trial)
    ((config, fingerprint),) = seen
    assert fingerprint == change(dataset).fingerprint
    random = model == "gpdht_random_embedding"
    assert config.encoder.training == ("random" if random else "reconstruct")
    assert (config.cv.split, config.cv.seed, config.train.seed) == ("target", 1, 1)


def test_the_real_controls_run(dataset):
    for model in ("gpdht_random_embedding", "gpdht_permuted_labels", "gpdht_permuted_expression"):
        outcome = run_job(job(model, dataset), dataset, resamples=3)
        assert outcome.result.state == "complete", outcome.result.error
        assert np.isfinite(outcome.values["baseline/auprc"])


def test_a_jobs_failure_is_a_result_and_its_traceback_is_in_the_log(dataset, monkeypatch, caplog):
    def broken(*_, **__):
        raise ValueError("no\nluck")

    monkeypatch.setattr("gpdht.comparison.run_job.baseline_scores", broken)
    outcome = run_job(job("tf_rate", dataset), dataset)
    assert (outcome.result.state, outcome.result.error) == ("failed", "ValueError: no luck")
    assert outcome.resampled is None
    assert "Traceback" in caplog.text


def test_a_baseline_out_of_memory_says_so_with_its_cost(dataset, monkeypatch):
    def hungry(*_, **__):
        raise MemoryError("640 kB")

    monkeypatch.setattr("gpdht.comparison.run_job.baseline_scores", hungry)
    result = run_job(job("tf_rate", dataset), dataset).result
    assert (result.state, result.error) == ("out_of_memory", "MemoryError: 640 kB")
    assert result.peak_memory_mb > 0


def test_a_trial_and_its_job_have_the_same_intervals(dataset):
    outcome = run_job(job("gpdht", dataset), dataset)
    metrics = outcome.result.metrics
    for name, column in (("test/auprc", "auprc"), ("baseline/auroc", "baseline/auroc")):
        low, high = np.quantile(outcome.resampled[column], [0.025, 0.975])
        assert metrics[f"{name}_low"] == pytest.approx(low)
        assert metrics[f"{name}_high"] == pytest.approx(high)


def test_resampled_scores_are_those_of_repeated_pairs(dataset):
    """Oracle: repeat each pair as often as its target is drawn, and score the longer table."""
    outcome = run_job(job("one_hot_logistic", dataset), dataset, resamples=3)
    scores = outcome.result.scores
    target_P = scores["target"].map(dataset.gene_index).to_numpy()
    rng = np.random.default_rng(0)
    for row in outcome.resampled.itertuples():
        drawn = rng.integers(dataset.num_genes, size=dataset.num_genes)
        at = np.concatenate([np.flatnonzero(target_P == gene) for gene in drawn])
        label, score = scores["label"].to_numpy()[at], scores["score"].to_numpy()[at]
        assert row.auroc == pytest.approx(roc_auc_score(label, score))
        assert row.auprc == pytest.approx(average_precision_score(label, score))


def test_a_quick_trial_is_measured_as_the_real_one(dataset):
    outcome = run_job(job("gpdht", dataset), dataset, trial=label_trial(), resamples=3)
    label, score = (outcome.result.scores[name] for name in ("label", "score"))
    assert outcome.values["auroc"] == pytest.approx(roc_auc_score(label, score))
    assert outcome.values["baseline/auroc"] == 0.5
