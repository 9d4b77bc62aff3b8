"""A comparison's tables for charts, and its charts: whose numbers they show."""

from __future__ import annotations

import pandas as pd
import pytest
from comparison_makers import make_comparison

from gpdht.comparison.chart_tables import ComparisonTables
from gpdht.comparison.charts import comparison_charts
from gpdht.data.toy import toy
from gpdht.metrics.ranking import Ranking
from gpdht.models.catalogue import title_of

MODELS = ("gpdht", "tf_rate", "target_rate", "correlation", "gpdht_permuted_labels")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Two sets, two splits, with a control."""
    folder = tmp_path_factory.mktemp("c") / "o"
    sets = {
        "a": toy(genes=40, tfs=5, cells=20, seed=0),
        "b": toy(genes=40, tfs=5, cells=20, seed=1),
    }
    return ComparisonTables(make_comparison(folder, sets=sets, models=MODELS)[1])


def test_a_leaderboard_has_the_means_of_the_summary_the_best_first_and_controls_last(tables):
    board = tables.leaderboard("target", "b")
    summary = tables.comparison.summary
    here = summary[(summary["set"] == "b") & (summary["split"] == "target")]
    source = here[here["metric"] == "auprc"].set_index("model")
    for row in board.itertuples():
        assert (row.value, row.low, row.high) == tuple(
            source.loc[row.model, ["mean", "low", "high"]]
        )
    ranked = board[board["kind"] != "control"]
    assert ranked["value"].is_monotonic_decreasing
    assert board["model"].iloc[-1] == "gpdht_permuted_labels"


def test_gains_are_gpdhts_differences_from_the_best_baselines(tables):
    summary = tables.comparison.summary
    for row in tables.gains.itertuples():
        line = row.against.removesuffix("-only")
        cell = (summary["set"] == row.set) & (summary["split"] == row.split)
        part = summary[cell & (summary["metric"] == "auprc")].set_index("model")
        best = part.loc[part["kind"] == line, "mean"].max()
        assert row.value == pytest.approx(part.at["gpdht", "mean"] - best)
        assert part.at[row.baseline, "mean"] == best
    assert len(tables.gains) == 2 * 2 * 2
    assert list(dict.fromkeys(tables.gains["split"])) == ["edge", "target"]


def test_the_curves_are_of_gpdht_and_the_best_baselines_of_each_cell(tables):
    assert tables.curve_models("edge", "a")[0] == "gpdht"
    curves = tables.precision_recall
    assert len(curves.groupby(["set", "split", "name"])) == 4 * 3
    scores = tables.scores("edge", "a", "gpdht")
    curve = curves[
        (curves["set"] == "a") & (curves["split"] == "edge") & (curves["name"] == "GP-DHT")
    ]
    at_full_recall = curve["precision"].iloc[-1]
    ranking = Ranking(scores["label"].to_numpy(), scores["score"].to_numpy())
    assert at_full_recall == pytest.approx(
        scores["label"].sum() / ranking.end_Q[-1]
    )  # all positives over all pairs down to the last of them
    assert curve["prevalence"].unique() == pytest.approx([scores["label"].mean()])


def test_charts_are_named_by_split_and_set(tables):
    cells = [f"{split}/{name}" for split in ("edge", "target") for name in ("a", "b")]
    expected = {
        f"{kind}/{cell}" for kind in ("leaderboard", "network", "heat_map") for cell in cells
    }
    charts = comparison_charts(tables.comparison, tables=tables)
    assert set(charts) == expected | {"gains", "precision_recall"}


def test_without_gpdht_there_are_leaderboards_and_curves_of_the_lines_alone(tmp_path):
    models = ("tf_rate", "correlation")
    _, comparison = make_comparison(tmp_path / "o", models=models, splits=("edge",))
    assert set(comparison_charts(comparison)) == {"leaderboard/edge/small", "precision_recall"}


def test_scores_that_are_gone_cost_their_charts_alone(tmp_path):
    store, comparison = make_comparison(tmp_path / "o", splits=("edge",))
    for path in (store.folder / "jobs").glob("*.scores.parquet"):
        path.unlink()
    assert set(comparison_charts(comparison)) == {"leaderboard/edge/small", "gains"}


def test_failures_and_costs_count_each_job_once(tmp_path):
    _, comparison = make_comparison(tmp_path / "o", splits=("edge",), seeds=(0, 1), fail_seed=1)
    tables = ComparisonTables(comparison)
    assert tables.failures.to_dict("records") == [
        {
            "set": "small",
            "split": "edge",
            "seed": 1,
            "model": "gpdht",
            "state": "failed",
            "error": "RuntimeError: this <seed> [0] is bad",
        }
    ]
    costs = tables.costs.set_index("model")
    assert (costs.at["gpdht", "jobs"], costs.at["gpdht", "complete"]) == (2, 1)
    assert costs.at["gpdht", "seconds"] == pytest.approx(0.2)
    assert tables.gains.empty  # no mean over all seeds
    assert isinstance(tables.precision_recall, pd.DataFrame)


@pytest.mark.parametrize(
    ("model", "title"),
    [
        ("gpdht", "GP-DHT"),
        ("gpdht_permuted_labels", "GP-DHT, permuted labels"),
        ("hgatlink", "HGATLink"),
        ("tf_rate", "TF rate"),
    ],
)
def test_models_are_called_as_people_write_them(model, title):
    assert title_of(model) == title
