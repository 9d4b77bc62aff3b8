"""Means, best baselines, ranks and gains against hand-worked figures and double loops."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import friedmanchisquare, wilcoxon

from gpdht.comparison.across_sets import compare_over_sets, rank_over_sets
from gpdht.comparison.job_results import COLUMNS, METRICS, JobResult, gains, tidy
from gpdht.comparison.jobs import make_jobs
from gpdht.comparison.statistics import OWN_LABELS, p_value, summarise
from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.metrics.names import HIGHER_IS_BETTER
from gpdht.metrics.scores import ResampledScores
from gpdht.models.catalogue import LABEL_ONLY

MODELS = (
    "gpdht",
    "tf_rate",
    "target_rate",
    "correlation",
    "boosted_expression",
    "gpdht_permuted_labels",
)
# auprc of two seeds
VALUES = {
    "gpdht": (0.50, 0.54),
    "tf_rate": (0.40, 0.42),
    "target_rate": (0.45, 0.35),
    "correlation": (0.30, 0.30),
    "boosted_expression": (0.55, 0.51),
    "gpdht_permuted_labels": (0.21, 0.23),
}
B = 40


def measured(value: float, seed: int) -> ResampledScores:
    rng = np.random.default_rng(seed)
    names = [*HIGHER_IS_BETTER, "brier"]
    values = dict.fromkeys(names, value)
    return ResampledScores(
        {**values, "calibration_error": value / 10},
        {name: value + rng.normal(0, 0.05, B) for name in names},
    )


def record(state="complete", error=None):
    return {
        "state": state,
        "error": error,
        "kind": "x",
        "seconds": 1.0,
        "peak_memory_mb": 2.0,
        "epochs": 3,
        "best_epoch": None,
        "num_pairs": 10,
        "prevalence": 0.2,
        "folds": 3,
        "negatives": "all",
        "universe": "all pairs",
    }


def results(*, models=MODELS, sets=("a",), values=None, failed=()):
    data = {name: toy(genes=30, tfs=2, cells=12, seed=i) for i, name in enumerate(sets)}
    jobs = make_jobs(data, models=models, splits=["edge"], seeds=[0, 1], config=Config())
    found = []
    for i, job in enumerate(job.key for job in jobs):
        if (job.model, job.seed) in failed:
            found.append(JobResult(job, record("failed", "no luck")))
            continue
        value = (values or VALUES)[job.model][job.seed] + 0.01 * sets.index(job.set)
        baseline = measured(0.25, 1000 + i) if job.model.startswith("gpdht") else None
        identity = {n: getattr(job, n) for n in ("set", "split", "seed", "model", "kind")}
        found.append(JobResult(job, record() | identity, measured(value, i), baseline))
    return found


@pytest.fixture(scope="module")
def rows():
    table = summarise(results())
    return table[table["metric"] == "auprc"].set_index("model")


def test_means_and_spreads_are_over_seeds(rows):
    assert rows["mean"].to_dict() == pytest.approx({m: sum(v) / 2 for m, v in VALUES.items()})
    for model, (first, second) in VALUES.items():
        assert rows.at[model, "sd"] == pytest.approx(abs(first - second) / math.sqrt(2))
        assert rows.at[model, "seeds"] == 2


def test_scores_that_a_trials_own_baseline_lacks_are_summed_up_too():
    found = results()
    for one in found:
        for values in (one.own.value, one.own.resampled):
            values["low_overlap/auprc"] = values["auprc"]
    table = summarise(found)
    apart, all_pairs = (
        table[table["metric"] == name].set_index("model") for name in ("low_overlap/auprc", "auprc")
    )
    assert list(apart.index) == list(all_pairs.index)
    own_labels = "gpdht_permuted_labels"
    pd.testing.assert_frame_equal(
        apart.drop(own_labels).drop(columns="metric"),
        all_pairs.drop(own_labels).drop(columns="metric"),
    )
    assert pd.isna(apart.at[own_labels, "label_baseline"])


def test_ranks_and_best_baselines_are_by_the_mean_and_leave_controls_out(rows):
    ranks = rows["rank"].to_dict()
    assert math.isnan(ranks.pop("gpdht_permuted_labels"))
    # boosted .53, gpdht .52, tf_rate .41, target_rate .40, correlation .30
    assert ranks == {
        "gpdht": 2,
        "tf_rate": 3,
        "target_rate": 4,
        "correlation": 5,
        "boosted_expression": 1,
    }
    own_labels = "gpdht_permuted_labels"
    assert set(rows.drop(own_labels)["label_baseline"]) == {"tf_rate"}
    assert set(rows.drop(own_labels)["expression_baseline"]) == {"boosted_expression"}
    assert rows.at[own_labels, "label_baseline"] == OWN_LABELS
    assert pd.isna(rows.at[own_labels, "expression_baseline"])


def test_intervals_of_means_and_differences_are_those_of_a_double_loop(rows):
    by_model: dict[str, list[ResampledScores]] = {}
    baselines = []
    for one in results():
        by_model.setdefault(one.job.model, []).append(one.own)
        if one.job.model == "gpdht_permuted_labels":
            baselines.append(one.baseline)
    average = {
        model: [np.mean([s.resampled["auprc"][b] for s in seeds]) for b in range(B)]
        for model, seeds in by_model.items()
    }
    for model in MODELS:
        low, high = np.quantile(average[model], [0.025, 0.975])
        assert (rows.at[model, "low"], rows.at[model, "high"]) == pytest.approx((low, high))
    baseline = [np.mean([s.resampled["auprc"][b] for s in baselines]) for b in range(B)]
    lines = {"gpdht": average["tf_rate"], "gpdht_permuted_labels": baseline}
    for model, line in lines.items():
        differences = [average[model][b] - line[b] for b in range(B)]
        row = rows.loc[model]
        assert (row.label_low, row.label_high) == pytest.approx(
            tuple(np.quantile(differences, [0.025, 0.975]))
        )
        below = sum(d <= 0 for d in differences)
        above = sum(d >= 0 for d in differences)
        assert row.label_p == pytest.approx(min(1, 2 * (min(below, above) + 1) / (B + 1)))
    assert rows.at["gpdht", "label_diff"] == pytest.approx(0.52 - 0.41)
    assert rows.at["gpdht_permuted_labels", "label_diff"] == pytest.approx(0.22 - 0.25)


def test_a_line_has_no_interval_against_itself(rows):
    assert rows.at["tf_rate", "label_diff"] == 0
    assert math.isnan(rows.at["tf_rate", "label_p"])


def test_a_score_that_is_better_when_lower_is_ranked_so():
    table = summarise(results())
    for metric in ("brier", "calibration_error"):
        rows = table[table["metric"] == metric].set_index("model")
        assert rows.at["correlation", "rank"] == 1
        assert rows.at["boosted_expression", "rank"] == 5
        assert set(rows.drop("gpdht_permuted_labels")["label_baseline"]) == {"target_rate"}


def test_a_model_that_failed_for_a_seed_is_not_averaged_over_the_others():
    found = results(failed=[("boosted_expression", 1)])
    table = summarise(found)
    rows = table[table["metric"] == "auprc"].set_index("model")
    assert "boosted_expression" not in rows.index
    assert rows.at["gpdht", "rank"] == 1
    assert rows.at["gpdht", "expression_baseline"] == "correlation"
    long = tidy(found)
    lost = long[long["state"] == "failed"]
    assert set(lost["metric"]) == set(HIGHER_IS_BETTER)
    assert lost["value"].isna().all()
    assert set(lost["error"]) == {"no luck"}


def test_a_seed_that_failed_for_all_models_still_leaves_no_mean():
    table = summarise(results(models=["gpdht"], failed=[("gpdht", 0)]))
    assert table.empty


@pytest.mark.parametrize(
    ("values", "p"),
    [
        ([1.0] * 99, 2 / 100),
        ([1.0] * 50 + [-1.0] * 49, 1.0),
        ([1.0] * 97 + [-1.0] * 2, 6 / 100),
        ([0.0] * 99, 1.0),
        ([1.0, np.nan, 1.0], 2 / 3),
        ([np.nan], np.nan),
    ],
)
def test_p_values_by_hand(values, p):
    assert p_value(np.array(values)) == pytest.approx(p, nan_ok=True)


def test_the_tidy_table_has_one_row_per_job_and_score():
    found = results()
    table = tidy(found)
    assert list(table) == COLUMNS
    assert not table.duplicated(["set", "split", "seed", "model", "metric"]).any()
    assert len(table) == sum(len(one.own.value) for one in found)
    assert set(table["metric"]) <= set(METRICS)
    row = table[(table["model"] == "gpdht") & (table["metric"] == "auroc")].iloc[1]
    drawn = found[len(MODELS)].own.resampled["auroc"]
    assert (row["seed"], row["value"]) == (1, VALUES["gpdht"][1])
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
    assert table.loc[table["metric"] == "calibration_error", "low"].isna().all()


def test_ranks_and_tests_over_sets_are_scipys():
    sets = ("a", "b", "c", "d", "e", "f")
    rng = np.random.default_rng(1)
    found = []
    for name in sets:
        values = {m: (v[0] + rng.normal(0, 0.1),) * 2 for m, v in VALUES.items()}
        found += [r for r in results(sets=sets, values=values) if r.job.set == name]
    summary = summarise(found)
    part = summary[summary["metric"] == "auprc"]
    ranked = part[part["kind"] != "control"]
    wide = {m: list(ranked.loc[ranked["model"] == m, "mean"]) for m in MODELS[:-1]}

    ranks = rank_over_sets(summary)
    ranks = ranks[ranks["metric"] == "auprc"].set_index("model")["mean_rank"]
    for model in wide:
        expected = [
            1 + sum(wide[other][i] > wide[model][i] for other in wide) for i in range(len(sets))
        ]
        assert ranks[model] == pytest.approx(np.mean(expected))

    tests = compare_over_sets(summary)
    tests = tests[tests["metric"] == "auprc"].set_index("second", drop=False)
    for line, models in {
        "best label-only": ("tf_rate", "target_rate"),
        "best expression-only": ("correlation", "boosted_expression"),
    }.items():
        best = [max(wide[m][i] for m in models) for i in range(len(sets))]
        difference = np.array(wide["gpdht"]) - best
        row = tests.loc[line]
        assert row["p"] == pytest.approx(wilcoxon(difference).pvalue)
        assert row["wins"] == (difference > 0).sum()
        assert row["difference"] == pytest.approx(difference.mean())
    friedman = tests[tests["test"] == "friedman"].iloc[0]
    assert friedman["p"] == pytest.approx(friedmanchisquare(*wide.values()).pvalue)


def test_a_baselines_gain_needs_all_the_baselines_that_a_trial_is_held_against():
    values = dict.fromkeys([*LABEL_ONLY, "correlation"], (0.3, 0.3)) | {
        "matrix_factorisation": (0.4, 0.4)
    }
    found = results(models=[*LABEL_ONLY, "correlation"], values=values)
    out = gains(found)
    assert len(out) == len(found)
    by_model = {r.job.model: out[r.job.digest]["gain/auprc"] for r in found}
    assert by_model["correlation"] == pytest.approx(-0.1)
    assert by_model["matrix_factorisation"] == 0
    assert gains(results(models=["tf_rate", "correlation"])) == {}
