"""A study's charts: those that there are numbers for, and no others."""

from __future__ import annotations

import pytest
from chart_rows import rows_in
from study_makers import StudyMaker

from gpdht.search.charts import study_charts
from gpdht.search.study_tables import StudyTables

SCORES = {"leaderboard", "gains", "precision_recall", "network", "heat_map"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    maker = StudyMaker(tmp_path_factory.mktemp("studies"))
    maker.complete(0.5, signal=3)
    maker.complete(0.6, signal=2)
    maker.end("pruned")
    return maker.done()


def test_a_study_of_two_trials_has_all_charts_but_importances(study):
    charts = study_charts(study)
    assert set(charts) == SCORES | {"learning_curves", "parallel_coordinates"}


def test_the_leaderboard_shows_the_test_scores_of_the_table(study):
    tables = StudyTables(study)
    shown = {row["name"]: row for row in rows_in(study_charts(study)["leaderboard"])}
    for row in tables.leaderboard().itertuples():
        assert shown[row.name]["value"] == pytest.approx(row.value, abs=1e-4)


def test_the_gains_are_of_scores_that_share_an_axis(study):
    shown = rows_in(study_charts(study)["gains"])
    names = {row["split"] for row in shown if "split" in row}
    assert {"AUROC", "average precision", "early precision"} <= names
    assert "AP / prevalence" not in names


def test_every_searched_setting_is_an_axis_and_every_complete_trial_a_line(study):
    shown = rows_in(study_charts(study)["parallel_coordinates"])
    axes = {row["axis"] for row in shown if "axis" in row}
    assert {"graph.levels", "encoder.tau", "train.optimizer", "train.momentum"} <= axes
    assert {row["trial"] for row in shown if "trial" in row} == {0, 1}


def test_the_network_is_the_top_of_the_ranking(study):
    edges = StudyTables(study).network.head(100)
    shown = rows_in(study_charts(study)["network"])
    pairs = {(row["source"], row["target"]) for row in shown if "source" in row}
    assert pairs == set(zip(edges["source"], edges["target"], strict=True))


def test_a_study_without_trials_has_no_charts(tmp_path):
    assert study_charts(StudyMaker(tmp_path).done()) == {}


def test_a_study_whose_scores_are_gone_has_the_other_charts(tmp_path):
    maker = StudyMaker(tmp_path)
    number = maker.complete(0.5)
    maker.study.scores_path(number).unlink()
    assert set(study_charts(maker.done())) == {"leaderboard", "gains", "learning_curves"}


def test_a_study_with_costs_shows_its_score_against_the_first_of_them(tmp_path):
    maker = StudyMaker(tmp_path, costs=["peak_memory_mb", "seconds"])
    for selection, memory in ((0.5, 100.0), (0.4, 200.0), (0.6, 300.0)):
        maker.complete(selection, peak_memory_mb=memory)
    rows = {row["trial"]: row for row in rows_in(study_charts(maker.done())["pareto_front"])}
    assert [rows[number]["cost"] for number in range(3)] == [100.0, 200.0, 300.0]
    assert [rows[number]["front"] for number in range(3)] == [True, False, True]


def test_many_complete_trials_have_importances(tmp_path):
    maker = StudyMaker(tmp_path, trials=30)
    maker.add([-number / 10 for number in range(30)])
    charts = study_charts(maker.done())
    assert set(charts) == {"learning_curves", "parallel_coordinates", "importances"}
