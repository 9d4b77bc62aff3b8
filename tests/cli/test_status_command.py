"""`gpdht status`: once, as JSON, and watched until the driver ends."""

from __future__ import annotations

import json
import threading

import pytest
from study_makers import StudyMaker

from gpdht.cli import status
from gpdht.search.live_status import StatusFile


@pytest.fixture
def maker(tmp_path) -> StudyMaker:
    maker = StudyMaker(tmp_path / "studies")
    maker.complete(0.5)
    maker.run()
    return maker


def test_a_running_search_is_shown_with_its_trials(gpdht_command, maker):
    with StatusFile(maker.queue):
        code, out, err = gpdht_command("status", "s")
    assert (code, err) == (0, "")
    assert "s: 1 of 6 trials ended (1 complete), 1 running." in out
    assert "trial 1" in out
    assert "silent for" in out


def test_json_has_it_as_one_object(gpdht_command, maker):
    code, out, _ = gpdht_command("status", "s", "--json")
    assert code == 0
    assert json.loads(out)["driver"]["state"] == "unknown"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_watching_ends_when_the_driver_ends(gpdht_command, maker, monkeypatch, options):
    monkeypatch.setattr(status, "EVERY_S", 0.05)
    driver = StatusFile(maker.queue)
    driver.__enter__()
    timer = threading.Timer(0.5, driver.__exit__)
    timer.start()
    code, out, _ = gpdht_command("status", "s", "--watch", *options)
    timer.join()
    assert code == 0
    if options:
        states = [json.loads(line)["driver"]["state"] for line in out.splitlines()]
        assert (states[0], states[-1]) == ("running", "ended")
    else:
        assert "No driver runs it; the last search ended: stopped." in out


def test_a_study_that_is_not_there_is_named(gpdht_command):
    code, _, err = gpdht_command("status", "nothing")
    assert code == 2
    assert 'no study "nothing"' in err
