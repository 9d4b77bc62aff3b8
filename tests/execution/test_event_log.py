"""The log: a line of JSON for each event and warning, bounded, without secrets."""

from __future__ import annotations

import json
import logging
from datetime import datetime

import pytest

from gpdht.execution import event_log
from gpdht.execution.event_log import TrialWarnings, keeping_log, note, relay


def lines(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_events_and_warnings_of_gpdht_are_lines_and_others_are_not(tmp_path, caplog):
    with keeping_log(tmp_path):
        note("trial ended", "complete", trial=3, node="n1")
        logging.getLogger("gpdht.search").warning("careful with %d", 4, extra={"trial": 5})
        logging.getLogger("gpdht.search").info("nothing")
        logging.getLogger("other").warning("not ours")
    event, warning = lines(tmp_path)
    assert datetime.fromisoformat(event.pop("time")).utcoffset() is not None
    assert event == {
        "level": "info",
        "event": "trial ended",
        "trial": 3,
        "node": "n1",
        "message": "complete",
    }
    assert (warning["event"], warning["trial"], warning["message"]) == (
        "warning",
        5,
        "careful with 4",
    )
    assert [record.getMessage() for record in caplog.records] == ["careful with 4", "not ours"]


def test_after_the_block_all_is_as_before(tmp_path):
    own, events = logging.getLogger("gpdht"), logging.getLogger("gpdht.events")
    before = list(own.handlers), events.level, events.propagate
    with pytest.raises(ZeroDivisionError), keeping_log(tmp_path):
        raise ZeroDivisionError("x")
    assert (list(own.handlers), events.level, events.propagate) == before
    assert events.handlers == []
    assert [line["event"] for line in lines(tmp_path)] == ["search failed"]
    note("trial ended")
    assert len(lines(tmp_path)) == 1


def test_what_a_worker_warns_about_arrives_under_its_trials_number(tmp_path):
    with TrialWarnings() as warnings:
        try:
            raise RuntimeError("at http://u:secret@host")
        except RuntimeError as error:
            logging.getLogger("gpdht.trial").warning("trial failed", exc_info=error)
        entries = json.loads(json.dumps(warnings.take()))  # as it travels
        assert warnings.take() == []
    logging.getLogger("gpdht.trial").warning("later")
    assert warnings.take() == []
    with keeping_log(tmp_path):
        for entry in entries:
            relay(entry, trial=7, node="n2")
    (line,) = lines(tmp_path)
    assert (line["trial"], line["node"], line["level"]) == (7, "n2", "warning")
    assert line["time"] == entries[0]["time"]
    assert line["traceback"].endswith("RuntimeError: at http://u:…@host\n")


def test_the_log_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(event_log, "MAX_BYTES", 4000)
    with keeping_log(tmp_path):
        for number in range(200):
            note("trial asked", "x" * 5000 if number == 100 else "levels=3", trial=number)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["log.jsonl", "log.jsonl.1", "log.jsonl.2"]
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 4000
    assert lines(tmp_path)[-1]["trial"] == 199


def test_a_worker_that_warns_without_end_is_cut_short():
    with TrialWarnings() as warnings:
        for number in range(1000):
            logging.getLogger("gpdht.models").warning("warning %d", number)
        assert len(warnings.take()) == 50
