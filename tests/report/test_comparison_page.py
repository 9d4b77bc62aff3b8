"""The page of a comparison: its numbers are the tables', its sentences follow from them."""

from __future__ import annotations

import json
import re

import pytest
from comparison_makers import COMMAND, make_comparison
from html_views import HtmlView

from gpdht.comparison.chart_tables import ComparisonTables
from gpdht.comparison.run import Comparison
from gpdht.comparison.tables import open_comparison
from gpdht.data.toy import toy
from gpdht.presentation import number, signed
from gpdht.report.comparison import comparison_page
from gpdht.report.comparison_words import say_gains
from gpdht.report.page import render


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two sets, two splits, finished."""
    folder = tmp_path_factory.mktemp("c") / "o"
    sets = {
        "a": toy(genes=40, tfs=5, cells=20, seed=0),
        "b": toy(genes=40, tfs=5, cells=20, seed=1),
    }
    make_comparison(folder, sets=sets, signal=3)
    return folder


@pytest.fixture(scope="module")
def view(folder):
    return HtmlView(render(comparison_page(open_comparison(folder))))


def test_every_number_of_the_leaderboards_is_in_the_summary(folder, view):
    summary = open_comparison(folder).summary
    boards = [rows for rows in view.tables if rows[0][0] == "model" and "a" in rows[0]]
    assert len(boards) == 4  # two splits, in average precision and AUROC
    names = {"GP-DHT": "gpdht", "TF rate\n(labels only)": "tf_rate"}
    for board, (split, metric) in zip(
        boards,
        [("edge", "auprc"), ("target", "auprc"), ("edge", "auroc"), ("target", "auroc")],
        strict=True,
    ):
        rows = {row[0]: row for row in board}
        for shown, model in names.items():
            for column, name in enumerate(board[0][1:], start=1):
                cell = (summary["set"] == name) & (summary["split"] == split)
                here = summary[cell & (summary["model"] == model) & (summary["metric"] == metric)]
                source = here.iloc[0]
                value, interval = rows[shown][column].split("\n")
                assert value.rstrip("*†‡") == number(source["mean"])
                assert interval == f"{number(source['low'])}–{number(source['high'])}"
                assert ("*" in value) == (source["rank"] == 1)
                assert ("†" in value) == (source["label_baseline"] == model)


def test_every_difference_in_the_table_of_gains_is_the_summarys(folder, view):
    summary = open_comparison(folder).summary
    table = next(rows for rows in view.tables if rows[0][2] == "against")
    assert len(table) == 1 + 2 * 2 * 2
    for name, split, against, _, difference in table[1:]:
        cell = (summary["set"] == name) & (summary["split"] == split)
        own = summary[cell & (summary["model"] == "gpdht") & (summary["metric"] == "auprc")]
        line = against.removesuffix("-only")
        assert difference.startswith(signed(own[f"{line}_diff"].iloc[0]) + " (")


def test_facts_and_command_are_there(view):
    for text in (COMMAND, "known TFs × genes", "scikit-learn", "edge, target"):
        assert text in view.text
    assert "Unfinished" not in view.text
    assert "No job failed." in view.text


def changed(folder, *, low: list[float], high: list[float]) -> ComparisonTables:
    """The comparison with other intervals of GP-DHT's gain over labels, set by set."""
    found = open_comparison(folder)
    summary = found.summary.copy()
    own = (summary["model"] == "gpdht") & (summary["metric"] == "auprc")
    at = summary.index[own & (summary["split"] == "edge")]
    summary.loc[at, "label_low"], summary.loc[at, "label_high"] = low, high
    summary.loc[at, "label_diff"] = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    return ComparisonTables(
        Comparison(
            found.folder, "auprc", found.results, summary, found.ranks, found.tests, found.about
        )
    )


@pytest.mark.parametrize(
    ("low", "high", "claim"),
    [
        ([0.1, 0.1], [0.2, 0.2], "the expression adds something.* in all sets"),
        ([0.1, -0.1], [0.2, 0.2], "the expression adds something.* in 1 of 2 sets"),
        ([-0.1, -0.1], [0.2, 0.2], "this does not show that the expression adds something"),
        ([-0.2, -0.2], [-0.1, -0.1], "GP-DHT is worse in all sets; no set shows"),
        ([-0.2, 0.1], [-0.1, 0.2], "sets disagree: GP-DHT is better in 1 of 2 .*worse in 1 of 2"),
    ],
)
def test_what_is_claimed_over_sets_follows_from_their_intervals(folder, low, high, claim):
    lead, figures = say_gains(changed(folder, low=low, high=high), "edge", "label-only")
    assert re.search(claim, lead)
    excluded = sum(a > 0 or b < 0 for a, b in zip(low, high, strict=True))
    assert ("includes zero in all 2 sets" in figures) == (excluded == 0)
    ahead = sum(a + b > 0 for a, b in zip(low, high, strict=True))
    assert f"in {ahead} of 2 sets" in figures


def test_one_set_is_spoken_of_by_its_name(tmp_path):
    _, comparison = make_comparison(tmp_path / "o", splits=("edge",), signal=5)
    lead, figures = say_gains(ComparisonTables(comparison), "edge", "label-only")
    assert lead.endswith("the expression adds something to what the known edges alone tell.")
    assert figures.startswith("On small, GP-DHT’s average precision minus that of the best model")
    assert "The interval lies above zero." in figures


def test_an_unfinished_comparison_says_so_and_shows_what_is_there(folder, tmp_path):
    record = json.loads((folder / "comparison.json").read_text())
    (tmp_path / "jobs").mkdir()
    (tmp_path / "comparison.json").write_text(json.dumps({**record, "outcome": "interrupted"}))
    view = HtmlView(render(comparison_page(open_comparison(tmp_path))))
    assert "Unfinished: 0 of 12 jobs have ended" in view.text
    assert "No model has a score yet." in view.text
    for path in (folder / "jobs").iterdir():
        job = json.loads((folder / "jobs" / f"{path.name.partition('.')[0]}.json").read_text())
        if job["model"] == "tf_rate":
            (tmp_path / "jobs" / path.name).write_bytes(path.read_bytes())
    view = HtmlView(render(comparison_page(open_comparison(tmp_path))))
    assert "Unfinished: 4 of 12 jobs have ended" in view.text
    assert "GP-DHT is not among the models that have a score" in view.text


def test_failed_jobs_stand_with_their_reasons_as_text(tmp_path):
    _, comparison = make_comparison(tmp_path / "o", splits=("edge",), seeds=(0, 1), fail_seed=1)
    view = HtmlView(render(comparison_page(open_comparison(comparison.folder))))
    assert "1 job did not complete" in view.text
    assert ["small, edge, seed 1", "GP-DHT", "failed", "RuntimeError: this <seed> [0] is bad"] in (
        row for table in view.tables for row in table
    )


def test_nasty_names_of_sets_are_text_and_nothing_else(tmp_path):
    nasty = "</script><script>alert(1)</script>\"'&"
    dataset = toy(genes=40, tfs=5, cells=20, seed=0)
    make_comparison(tmp_path / "o", sets={nasty: dataset}, splits=("edge",))
    html = render(comparison_page(open_comparison(tmp_path / "o")))
    view = HtmlView(html)
    assert "<script>alert" not in html
    assert [a for a, _ in view.scripts if "type" not in a] == [{}, {}]
    assert nasty in view.text
