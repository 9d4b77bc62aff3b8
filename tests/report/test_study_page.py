"""The page of a study: its numbers are the study's, its sentences follow from them."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from chart_rows import rows_in
from html_views import HtmlView
from small_inputs import small_set
from study_makers import StudyMaker

from gpdht.presentation import number, signed
from gpdht.report.page import Page, Table, render
from gpdht.report.registered import find_registered
from gpdht.report.study import study_page
from gpdht.report.study_words import say_gain
from gpdht.search.study_tables import StudyTables

ABSENT = "No model of this study is registered."


def parts_of(page: Page, title: str) -> list:
    return list(next(section.parts for section in page.sections if section.title == title))


def text_of(page: Page) -> str:
    return HtmlView(render(page)).text


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Two complete trials among six that were asked for."""
    maker = StudyMaker(tmp_path_factory.mktemp("studies"))
    maker.complete(0.5, signal=3)
    maker.complete(0.6, signal=2)
    maker.end("failed", "RuntimeError: <b>bad</b>")
    return maker.done()


@pytest.fixture(scope="module")
def page(study):
    return study_page(study, ABSENT)


def test_every_number_of_the_leaderboard_is_the_trials_own(study, page):
    view = HtmlView(render(page))
    table = next(rows for rows in view.tables if rows[0][-1] == "settings")
    trials = study.trials().set_index("number")
    for row, trial in zip(table[1:3], (1, 0), strict=True):
        source = trials.loc[trial]
        assert row[0].startswith(f"trial {trial}")
        assert row[1] == f"{number(source['objective'])} ± {number(source['val/auprc_sd'])}"
        assert row[2] == number(source["test/auprc"])
        assert (
            row[3] == f"{number(source['test/auprc_low'])} to {number(source['test/auprc_high'])}"
        )
        assert row[4] == signed(source["gain/auprc"])
        assert (
            row[5] == f"{signed(source['gain/auprc_low'])} to {signed(source['gain/auprc_high'])}"
        )
    assert table[3][0] == "labels only (TF rate)"
    assert table[3][2] == number(trials.loc[1, "baseline/auprc"])


def test_every_number_of_the_gain_table_is_the_winners(study, page):
    view = HtmlView(render(page))
    table = next(rows for rows in view.tables if rows[0][-1] == "gain, fresh seeds")
    metrics = study.result(1).metrics
    row = next(row for row in table if row[0] == "AUROC")
    assert row[1:3] == [number(metrics["test/auroc"]), number(metrics["baseline/auroc"])]
    assert row[3].startswith(signed(metrics["gain/auroc"]))
    assert row[4] == "TF rate"


@pytest.mark.parametrize(
    ("signal", "baseline", "found", "claim"),
    [
        (3.0, 0.0, "lies above zero", "the expression adds something"),
        (1.0, 1.4, "includes zero", "does not show that the expression adds anything"),
        (0.0, 3.0, "lies below zero", "finds less than the known edges alone tell"),
    ],
)
def test_what_is_claimed_follows_from_the_gain_and_its_interval(
    tmp_path, signal, baseline, found, claim
):
    maker = StudyMaker(tmp_path)
    maker.complete(0.5, signal=signal, baseline=baseline)
    tables = StudyTables(maker.done())
    lead, figures = say_gain(tables)
    metrics = tables.study.result(0).metrics
    assert found in lead
    assert claim in lead
    direction = "above" if metrics["gain/auprc"] >= 0 else "below"
    assert f"{number(abs(metrics['gain/auprc']))} {direction} the best label-only baseline" in lead
    assert signed(metrics["gain/auprc_low"]) in lead
    assert "TF rate" in figures
    assert f"a random order would reach {number(metrics['test/prevalence'])}" in figures


def test_the_page_says_what_the_split_tests_and_that_the_selection_score_is_biased(page):
    text = text_of(page)
    assert "mostly memory" in text
    assert "best of 2 complete trials it is biased upward" in text
    assert "val/auprc" in text
    assert "known TFs × genes" in text
    assert "did not see its label" in text


def test_a_single_trial_is_not_called_the_best_of_many(tmp_path):
    maker = StudyMaker(tmp_path)
    maker.complete(0.5)
    assert "biased upward" not in text_of(study_page(maker.done(), ABSENT))


def test_an_unfinished_study_says_so_and_shows_what_is_there(study, page):
    assert page.notice.startswith("Unfinished: 3 of 6 trials have ended")
    assert len(page.figures()) == 7
    assert "2 trials are complete; 20 are needed" in text_of(page)


def test_a_finished_study_has_no_such_notice(tmp_path):
    maker = StudyMaker(tmp_path, trials=1)
    maker.complete(0.5)
    assert study_page(maker.done(), ABSENT).notice == ""


def test_a_study_without_a_complete_trial_is_a_page_of_sentences(tmp_path):
    maker = StudyMaker(tmp_path)
    maker.end("failed", "RuntimeError: bad")
    maker.run()
    page = study_page(maker.done(), ABSENT)
    text = text_of(page)
    assert "No trial is complete yet" in text
    assert "1 marked as running" in page.notice
    assert "RuntimeError: bad" in text
    empty = study_page(StudyMaker(tmp_path / "empty").done(), ABSENT)
    assert "Unfinished: 0 of 6" in text_of(empty)
    assert "1 waiting" in text_of(empty)


def test_scores_that_are_gone_give_a_sentence_that_names_the_file(tmp_path):
    maker = StudyMaker(tmp_path)
    path = maker.study.scores_path(maker.complete(0.5))
    path.unlink()
    text = text_of(study_page(maker.done(), ABSENT))
    assert text.count("scores/trial-00000.parquet") == 2


def test_trials_without_test_scores_give_a_page_too(tmp_path):
    maker = StudyMaker(tmp_path, trials=25)
    maker.add([-n / 10 for n in range(25)])
    text = text_of(study_page(maker.done(), ABSENT))
    assert "nothing can be said about what the expression adds" in text
    assert "No complete trial has a test score yet" in text
    assert "Importance of the settings" in text


def test_nasty_names_and_errors_are_text_and_nothing_else(tmp_path):
    nasty = "</script><script>alert(1)</script>\"'&"
    maker = StudyMaker(tmp_path, dataset=small_set(nasty))
    maker.complete(0.5)
    maker.end("failed", f"RuntimeError: {nasty}")
    html = render(study_page(maker.done(), ABSENT))
    view = HtmlView(html)
    assert [a for a, _ in view.scripts if "type" not in a] == [{}, {}]
    assert "<script>alert" not in html
    assert view.text.count(nasty) >= 2
    for attributes, content in view.scripts:
        if attributes.get("type") == "application/json":
            json.loads(content)


def test_failures_stand_with_their_numbers_and_reasons(page):
    tables = [part for part in parts_of(page, "The search") if isinstance(part, Table)]
    assert tables[-1].rows == [("2", "failed", "RuntimeError: <b>bad</b>")]
    assert "of it in trials that were given up or failed" in text_of(page)


def test_without_a_registered_model_the_page_has_the_command_that_registers_it(study, page):
    text = text_of(page)
    assert ABSENT in text
    assert re.search(rf"gpdht register \S*{study.folder.name} --name s", text)


def test_no_registry_is_asked_for_a_study_that_is_not_tracked(study, monkeypatch):
    monkeypatch.setattr("gpdht.tracking.connection.connect", None)
    assert "not tracked" in find_registered(study)


def test_a_tracking_database_that_is_gone_is_not_made_anew(tmp_path, study):
    path = tmp_path / "mlflow.db"
    tracked = study.update(tracking={"uri": f"sqlite:///{path}", "experiment": "e"})
    try:
        assert "is gone" in find_registered(tracked)
        assert not path.exists()
    finally:
        study.update()


@pytest.mark.slow
def test_a_registered_study_is_found_by_its_id_and_shown_with_its_card(study, tracking_uri):
    from mlflow import MlflowClient

    assert find_registered(study, tracking_uri) == ABSENT
    client = MlflowClient(tracking_uri, registry_uri=tracking_uri)
    run = client.create_run(client.create_experiment("e", str(study.folder / "artifacts")))
    client.log_text(run.info.run_id, json.dumps(CARD), "model-card.json")
    client.create_registered_model("m")
    tags = {"study_id": study.record["id"], "winner": "0", "reason": "the first of its name"}
    client.create_model_version("m", "nowhere", run_id=run.info.run_id, tags=tags)
    client.set_registered_model_alias("m", "champion", "1")
    found = find_registered(study, tracking_uri)
    assert not isinstance(found, str)
    assert (found.ref, found.aliases, found.winner) == ("m/1", ("champion",), 0)
    text = text_of(study_page(study, found))
    assert "Trial 0 is registered as m/1, called champion" in text
    assert "trial 1 is best now, not 0" in text
    assert "+0.1230 ± 0.0100" in text
    assert "+0.113, +0.133" not in text  # of another trial than the winner
    again = study_page(study, replace(found, winner=1))
    text = text_of(again)
    assert "+0.113, +0.133" in text
    assert (
        "+0.123 on average, +0.113 to +0.133 over 2 seeds: better than labels alone with 2 of 2"
        in text
    )
    assert "fresh" in {row.get("set") for row in rows_in(again.figures()[1].chart)}
    assert CARD["caveat"] in text


FIGURE = {"pooled": 0.5, "mean": 0.51, "sd": 0.02, "per_seed": [0.49, 0.51], "folds": 6}
CARD = {
    "data": {"name": "d", "fingerprint": "f", "cells": 1, "genes": 2, "tfs": 3, "edges": 4},
    "study": {
        "name": "s",
        "winner": 0,
        "trials": 2,
        "complete": 2,
        "best_epoch": 7,
        "settings": {"encoder.tau": 0.25},
    },
    "protocol": {
        "seeds": [1000, 1001],
        "cv.split": "edge",
        "cv.folds": 3,
        "cv.validation": 0.2,
        "universe": "known TFs × genes",
    },
    "selection": {"metric": "val/auprc", "score": 0.6},
    "replicated": {"test/auprc": FIGURE, "baseline/auprc": FIGURE},
    "gain": {"auprc": {"mean": 0.123, "sd": 0.01, "per_seed": [0.113, 0.133]}},
    "baseline_models": {"auprc": ["tf_rate", "tf_rate"]},
    "says": "What it says.",
    "caveat": "What to beware of.",
    "seconds": {"search": 10.0},
    "versions": {"gpdht": "0.1.0"},
}
