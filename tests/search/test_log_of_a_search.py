"""What the log of a search holds: its trials' ways, and what their workers warn about."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from fake_trials import dying_trial, warning_trial
from small_inputs import SPACE, tiny_dataset

from gpdht.search.run import run_search

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_ray")]


def search(folder, trial, *, trials=2, **options) -> list[dict]:
    """The lines of the log of a search without replicates."""
    run_search(
        tiny_dataset(),
        SPACE,
        name="s",
        studies=folder,
        trials=trials,
        trial=trial,
        replicates=0,
        progress=False,
        **options,
    )
    text = (folder / "s" / "log.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def by_trial(lines: list[dict], event: str) -> dict[int, list[dict]]:
    found = defaultdict(list)
    for line in lines:
        if line["event"] == event:
            found[line["trial"]].append(line)
    return found


def test_each_trial_is_asked_started_and_ended_and_its_workers_warnings_carry_its_number(tmp_path):
    lines = search(tmp_path, warning_trial())
    assert [lines[0]["event"], lines[-1]["event"]] == ["search started", "search ended"]
    assert lines[-1]["message"] == "complete"
    for event in ("trial asked", "trial started", "trial ended"):
        assert {n: len(found) for n, found in by_trial(lines, event).items()} == {0: 1, 1: 1}
    ended = by_trial(lines, "trial ended")[1][0]
    assert ended["message"] == "complete: val/auprc 0.5"
    assert ended["node"]
    warnings = by_trial(lines, "warning")
    for number, asked in by_trial(lines, "trial asked").items():
        first, second = warnings[number]
        levels = first["message"].removeprefix("odd levels: ")
        assert f"levels={levels} " in asked[0]["message"]
        assert second["message"] == "the cache at http://u:…@host is unreadable"
        assert first["node"] == ended["node"]

    lines = search(tmp_path, warning_trial(), trials=3, resume=True)
    assert [line["event"] for line in lines].count("search resumed") == 1
    assert len(by_trial(lines, "trial ended")) == 3


def test_a_trial_that_loses_its_process_is_restarted_in_the_log_and_its_attempt_is_counted(
    tmp_path,
):
    lines = search(tmp_path, dying_trial(tmp_path), trials=1)
    events = [line["event"] for line in lines if line["trial"] == 0]
    assert events.count("trial restarted") == 1
    assert events[-1] == "trial ended"
    from gpdht.search.ledger import ledger_of
    from gpdht.search.study import open_study

    ledger = ledger_of(open_study("s", tmp_path))
    assert ledger.lost.trials == 1
    assert ledger.lost.seconds > 0
    assert ledger.lost.unknown == {"price": 1}
