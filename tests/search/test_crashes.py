"""What a driver leaves behind when it is killed or interrupted, and what a resume makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from driver import PATIENCE_S, TRIALS, search, start
from journal import Journal

from gpdht.search.study import open_study

pytestmark = [pytest.mark.slow, pytest.mark.starts_ray]


def wait_until_some_are_finished(folder: Path, driver: subprocess.Popen, count: int) -> None:
    """Until `count` trials have ended and another one is in its second epoch."""
    journal = Journal(folder / "journal.jsonl")
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        outcomes = journal.outcomes()
        reported = {number for number, epoch, _ in journal.named("log_epoch") if epoch >= 2}
        running = {number for number, outcome in outcomes.items() if outcome is None}
        if list(outcomes.values()).count("complete") >= count and reported & running:
            return
        assert driver.poll() is None, (folder / "stderr.log").read_text()
        time.sleep(0.05)
    raise AssertionError((folder / "stderr.log").read_text())


def finished(folder: Path) -> pd.DataFrame:
    table = open_study("s", folder).trials()
    return table[table["state"] == "complete"]


def mlflow_statuses(folder: Path) -> list[str]:
    """Status of the parent run and of every trial's run."""
    from gpdht.tracking.connection import connect

    client = connect(f"sqlite:///{folder / 'mlflow.db'}")
    found = client.get_experiment_by_name("driver")
    return [run.info.status for run in client.search_runs([found.experiment_id])]


def assert_whole(folder: Path, trials: int = TRIALS) -> None:
    """Exactly the trials asked for, all ended, in Optuna and in the tracker."""
    study = open_study("s", folder)
    assert list(study.trials()["number"]) == list(range(trials))
    assert set(study.trials()["state"]) == {"complete"}
    journal = Journal(folder / "journal.jsonl")
    assert journal.outcomes() == dict.fromkeys(range(trials), "complete")
    assert journal.running_trials() == []
    assert mlflow_statuses(folder) == ["FINISHED"] * (trials + 1)
    assert len(list((study.folder / "scores").glob("trial-*.parquet"))) == trials


def test_after_two_kills_a_resume_repeats_no_finished_trial_and_leaves_no_orphan(
    tmp_path, tracking_uri
):
    for count in (1, 3):
        driver = start("search", tmp_path, 0.5)
        wait_until_some_are_finished(tmp_path, driver, count)
        os.kill(driver.pid, signal.SIGKILL)
        driver.wait()
    before = finished(tmp_path)
    journal = Journal(tmp_path / "journal.jsonl")
    starts = journal.named("start_trial")
    earlier, asked = len(starts), dict(starts)
    # of a trial that had ended when the driver was killed, the tracker may not have the end yet
    settled = {number for number, outcome in journal.outcomes().items() if outcome == "complete"}
    assert 3 <= len(before) < TRIALS
    assert "running" in set(open_study("s", tmp_path).trials()["state"])
    assert mlflow_statuses(tmp_path).count("RUNNING") >= 2

    assert start("search", tmp_path).wait(timeout=PATIENCE_S) == 0
    assert_whole(tmp_path)
    after = finished(tmp_path).loc[before.index, before.columns]
    pd.testing.assert_frame_equal(before, after, check_dtype=False)
    starts = Journal(tmp_path / "journal.jsonl").named("start_trial")[earlier:]
    assert len(settled) >= 3
    assert not {number for number, _ in starts} & settled
    again = [(number, values) for number, values in starts if number in asked]
    assert again
    assert all(values == asked[number] for number, values in again)


def test_an_interrupt_leaves_a_study_that_can_be_resumed_and_raised(
    small_ray, tmp_path, tracking_uri
):
    driver = start("search", tmp_path, 0.5)
    wait_until_some_are_finished(tmp_path, driver, 1)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(timeout=PATIENCE_S) == 130
    journal = Journal(tmp_path / "journal.jsonl")
    states = open_study("s", tmp_path).trials()["state"]
    assert set(states) == {"complete", "waiting"}
    assert journal.running_trials() == []
    assert "interrupted" in journal.outcomes().values()
    assert "RUNNING" not in mlflow_statuses(tmp_path)
    assert "KILLED" in mlflow_statuses(tmp_path)
    assert journal.named("end_study")[-1][0] == "interrupted"
    before = finished(tmp_path)

    search(tmp_path, trials=TRIALS + 2)
    assert_whole(tmp_path, TRIALS + 2)
    after = finished(tmp_path).loc[before.index, before.columns]
    pd.testing.assert_frame_equal(before, after, check_dtype=False)
