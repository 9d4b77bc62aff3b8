"""A study's tables: their numbers are the trials', and nothing is missing or invented."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from study_makers import StudyMaker

from gpdht.metrics.out_of_fold import rank_pairs, read_scores
from gpdht.search.importance import ENOUGH
from gpdht.search.study_tables import StudyTables


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Two complete trials, the second chosen although the first tests better, and other ends."""
    maker = StudyMaker(tmp_path_factory.mktemp("studies"))
    maker.complete(0.5, signal=3)
    maker.complete(0.6, signal=2)
    maker.end("failed", "RuntimeError: <b>bad</b>")
    maker.end("failed", "RuntimeError: <b>bad</b>")
    maker.end("pruned")
    maker.run()
    return StudyTables(maker.done())


def test_the_leaderboard_is_in_the_order_of_the_selection_score_with_labels_below(tables):
    board = tables.leaderboard()
    assert list(board["name"]) == [
        "trial 1 (winner)",
        "trial 0",
        "labels only (TF rate)",
    ]
    assert list(board["kind"]) == ["gpdht", "gpdht", "label"]
    for row in board[:2].itertuples():
        metrics = tables.study.result(int(row.trial)).metrics
        assert (row.value, row.low, row.high) == tuple(
            metrics[f"test/auprc{end}"] for end in ("", "_low", "_high")
        )
        assert row.gain == metrics["gain/auprc"]
    assert board["value"].iloc[2] == tables.study.result(1).metrics["baseline/auprc"]


def test_a_gain_is_the_difference_of_the_two_scores_beside_it(tables):
    assert {"auroc", "auprc", "auprc_ratio"} <= set(tables.gains["metric"])
    for row in tables.gains.itertuples():
        assert row.value == pytest.approx(row.test - row.baseline)
        assert row.low <= row.value <= row.high
        assert row.against == "tf_rate"


def test_equal_failures_stand_together_with_all_their_numbers(tables):
    assert tables.failures.to_dict("records") == [
        {"state": "failed", "error": "RuntimeError: <b>bad</b>", "trials": [2, 3]}
    ]


def test_every_trial_and_second_is_in_the_endings(tables):
    found = tables.endings.set_index("state")
    assert found["trials"].to_dict() == {"complete": 2, "failed": 2, "pruned": 1, "running": 1}
    assert found["seconds"].to_dict() == {"complete": 4, "failed": 2, "pruned": 1, "running": 0}
    assert (tables.ended, tables.is_finished) == (5, False)


def test_learning_curves_have_every_value_that_was_reported(tables):
    curves = tables.learning_curves
    assert len(curves) == 12
    chosen = curves[curves["trial"] == 1]
    assert list(chosen["value"]) == pytest.approx([0.2, 0.4])
    assert list(curves["state"].unique()) == ["complete", "failed", "pruned", "running"]


def test_the_network_has_every_tested_pair_once_best_first(tables):
    scores = tables.scores
    network = tables.network
    assert len(network) == len(scores)
    assert network["weight"].is_monotonic_decreasing
    assert network["known"].sum() == scores["label"].sum()
    best = scores.loc[scores["score"].idxmax()]
    assert tuple(network.iloc[0][["source", "target"]]) == (best["source"], best["target"])
    assert network["weight"].iloc[0] == pytest.approx(1 / (1 + math.exp(-best["score"])))


def test_ties_of_a_ranking_are_in_the_order_of_the_names(tables):
    scores = tables.scores.assign(score=0.0)
    ranked = rank_pairs(scores.sample(frac=1, random_state=0))
    names = list(zip(ranked["source"], ranked["target"], strict=True))
    assert names == sorted(names)


def test_the_curves_are_of_the_winner_and_of_labels_alone(tables):
    curves = tables.precision_recall
    assert list(curves["name"].unique()) == ["trial 1 (winner)", "labels only (TF rate)"]
    scores = tables.scores
    for column, kind in (("score", "gpdht"), ("baseline", "label")):
        curve = curves[curves["kind"] == kind]
        area = np.trapezoid(curve["precision"], curve["recall"])
        assert area == pytest.approx(
            average_precision_score(scores["label"], scores[column]), abs=0.03
        )
        assert (curve["low"] <= curve["precision"] + 1e-9).mean() > 0.95


def test_importances_wait_for_enough_trials_and_say_how_many_there_are(tables):
    table, note = tables.importances
    assert table.empty
    assert note.startswith(f"2 trials are complete; {ENOUGH} are needed")


def test_importances_find_the_setting_that_mattered_and_name_those_left_out(tmp_path):
    maker = StudyMaker(tmp_path, trials=ENOUGH)
    maker.add(np.random.default_rng(0).uniform(-3, 0.6, ENOUGH))  # log of the setting
    table, note = StudyTables(maker.done()).importances
    assert table["param"].iloc[0] == "encoder.tau"
    assert table["importance"].sum() == pytest.approx(1)
    assert "train.momentum" in note
    again, _ = StudyTables(maker.done()).importances
    assert again.equals(table)
    (kept,) = (maker.done().folder / "cache").iterdir()
    kept.unlink()
    made_anew, _ = StudyTables(maker.done()).importances
    assert made_anew.equals(table)
    maker.add([0.1])  # a further trial is weighed too
    StudyTables(maker.done()).importances  # noqa: B018
    assert kept.exists()
    assert len(list(kept.parent.iterdir())) == 2


def test_importances_of_equal_scores_are_none(tmp_path):
    maker = StudyMaker(tmp_path, trials=ENOUGH)
    maker.add([0.5] * ENOUGH)
    table, note = StudyTables(maker.done()).importances
    assert table.empty
    assert "same score" in note


def test_a_study_without_a_complete_trial_has_empty_tables(tmp_path):
    maker = StudyMaker(tmp_path)
    tables = StudyTables(maker.done())
    assert tables.winner is None
    assert tables.leaderboard().empty
    for name in ("gains", "learning_curves", "precision_recall", "network"):
        assert getattr(tables, name).empty, name
    assert list(tables.endings["state"]) == ["waiting"]  # the reference
    assert tables.period is None


def test_scores_that_are_gone_or_damaged_are_none(tmp_path):
    maker = StudyMaker(tmp_path)
    number = maker.complete(0.5)
    path = maker.study.scores_path(number)
    path.write_bytes(b"no parquet")
    assert read_scores(path) is None
    path.unlink()
    tables = StudyTables(maker.done())
    assert tables.scores is None
    assert tables.network.empty
    assert tables.precision_recall.empty
    assert len(tables.leaderboard()) == 2
