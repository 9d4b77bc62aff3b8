"""`gpdht report`: what is written, what is said, what is refused."""

from __future__ import annotations

import json

import pytest
from comparison_makers import make_comparison
from study_makers import StudyMaker
from typer import Typer
from typer.testing import CliRunner

from gpdht.cli.report import report
from gpdht.errors import GpdhtError, StudyError
from gpdht.report.writing import write_report

app = Typer()
app.command()(report)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty working directory with a study `s` in `studies` and a comparison in `o`."""
    monkeypatch.chdir(tmp_path)
    maker = StudyMaker(tmp_path / "studies")
    maker.complete(0.5)
    make_comparison(tmp_path / "o", splits=("edge",))
    return tmp_path


def test_a_study_is_found_by_name_and_its_page_is_named_on_stdout(place):
    done = CliRunner().invoke(app, ["s"], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.startswith("report.html: study s, which is not finished; ")
    assert (place / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_a_comparison_is_found_by_folder_and_json_says_what_was_written(place):
    done = CliRunner().invoke(app, ["o", "-o", "page.html", "--json"], catch_exceptions=False)
    written = json.loads(done.stdout)
    assert (written["kind"], written["name"], written["finished"]) == ("comparison", "o", True)
    assert written["bytes"] == (place / "page.html").stat().st_size
    assert "Leaderboard" in written["sections"]
    assert written["charts"] == 5


def test_what_is_neither_is_refused_with_what_was_found_and_expected(place):
    (place / "other").mkdir()
    (place / "other" / "x.txt").touch()
    with pytest.raises(StudyError, match=r'neither .* \(a folder with 1 entry, e.g. "x.txt"\)'):
        write_report("other", "page.html")
    with pytest.raises(StudyError, match=r"no such folder.*found s.*comparison\.json"):
        write_report("nothing", "page.html")
    assert not (place / "page.html").exists()


def test_a_bad_place_is_refused_before_the_work(place, monkeypatch):
    monkeypatch.setattr("gpdht.report.writing.open_either", None)
    with pytest.raises(GpdhtError, match=r"ends in \.html"):
        write_report("s", "page.txt")


def test_an_existing_page_stays_when_the_new_one_fails(place):
    (place / "report.html").write_text("before")
    with pytest.raises(StudyError):
        write_report("nothing", "report.html")
    assert (place / "report.html").read_text() == "before"
