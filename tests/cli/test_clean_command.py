"""`gpdht clean`: lists, asks, refuses."""

from __future__ import annotations

import json

import pytest
from study_makers import StudyMaker


@pytest.fixture
def studies(tmp_path):
    """Two studies that are tracked nowhere."""
    for name in ("a", "b"):
        StudyMaker(tmp_path / "studies", name=name).complete(0.5)
    return tmp_path / "studies"


def left(studies) -> list[str]:
    return sorted(path.name for path in studies.iterdir())


def test_what_goes_is_listed_and_goes_after_a_yes(gpdht_command, studies, monkeypatch):
    monkeypatch.setattr("typer.confirm", lambda _: False)
    code, out, _ = gpdht_command("clean", "a")
    assert (code, left(studies)) == (1, ["a", "b"])
    assert "a: the folder studies/a (" in out
    monkeypatch.setattr("typer.confirm", lambda _: True)
    code, out, _ = gpdht_command("clean", "a")
    assert (code, left(studies)) == (0, ["b"])
    assert "Removed 1 study." in out


def test_json_says_what_went_and_needs_a_yes(gpdht_command, studies):
    code, _, err = gpdht_command("clean", "a", "--json")
    assert (code, left(studies)) == (2, ["a", "b"])
    assert "add --yes" in err
    code, out, _ = gpdht_command("clean", "a", "b", "--json", "--yes")
    assert (code, left(studies)) == (0, [])
    assert json.loads(out) == {"removed": ["studies/a", "studies/b"]}


def test_one_that_is_refused_keeps_all(gpdht_command, studies):
    code, _, err = gpdht_command("clean", "a", "nothing", "--yes")
    assert (code, left(studies)) == (2, ["a", "b"])
    assert 'no study "nothing"' in err


def test_a_study_that_a_driver_runs_stays(gpdht_command, studies):
    from gpdht.search.study import open_study

    with open_study("a", studies).locked():
        code, _, err = gpdht_command("clean", "a", "--yes")
    assert (code, left(studies)) == (2, ["a", "b"])
    assert 'the study "a" is being run by process' in err
