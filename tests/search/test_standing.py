"""How a search stands, read from its folder alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import psutil
import pytest
from study_makers import StudyMaker

from gpdht.cli.status import say_standing
from gpdht.search.live_status import StatusFile
from gpdht.search.standing import standing_of
from gpdht.trial import TrialResult

METRIC = "val/auprc"
USAGE = {"cpu_seconds": 9.0, "gpu_seconds": 0.0, "energy_wh": 0.1, "price": 0.5, "node": "n1"}


@pytest.fixture
def maker(tmp_path) -> StudyMaker:
    """Of six trials two have ended, one is in its second epoch, one has just begun."""
    maker = StudyMaker(tmp_path)
    for state in ("complete", "failed"):
        number, _ = maker.queue.ask()
        maker.queue.close(number, TrialResult(state, {METRIC: 0.5}, seconds=2.0, usage=USAGE))
    number, _ = maker.queue.ask()
    maker.queue.observe(number, 2, {METRIC: 0.25}, seconds=3.0, usage=USAGE)
    maker.queue.ask()
    return maker


def said(maker: StudyMaker, **changes) -> None:
    """Change what the driver said, as another driver would have."""
    path = maker.study.folder / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def dead_process() -> dict:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    started = psutil.Process(ended.pid).create_time()
    ended.wait()
    return {"pid": ended.pid, "host": os.uname().nodename, "started": started}


def test_a_running_search_shows_its_trials_its_driver_and_what_it_will_cost(maker):
    with StatusFile(maker.queue, command="gpdht search toy --name s --resume"):
        standing = json.loads(json.dumps(standing_of(maker.done())))
    assert (standing["study"], standing["total"]) == ("s", 6)
    assert standing["ended"] == {"complete": 1, "failed": 1}
    assert standing["driver"]["state"] == "running"
    assert standing["driver"]["pid"] == os.getpid()
    second, third = standing["running"]
    assert (second["number"], second["epoch"], second["value"], second["node"]) == (
        2,
        2,
        0.25,
        "n1",
    )
    assert (third["number"], third["epoch"], third["value"], third["node"]) == (3, 0, None, None)
    assert set(second["values"]) >= {"graph.levels", "encoder.tau"}
    assert 0 <= second["silent_s"] < 600
    # two trials of .50 have ended, so six cost 3.00
    assert (standing["spent"]["price"], standing["expected"]["price"]) == (1.0, 3.0)
    assert standing["left_s"] == pytest.approx(4 / standing["per_hour"] * 3600)
    text = "\n".join(say_standing(standing))
    assert "s: 2 of 6 trials ended (1 complete, 1 failed), 2 running." in text
    assert f"Its driver runs: process {os.getpid()} on " in text
    assert "price 1.00 so far, about 3.00 in all" in text


def test_a_driver_that_is_gone_is_said_to_be_with_the_command_that_goes_on(maker):
    StatusFile(maker.queue, command="gpdht search toy --name s --resume").write("running")
    said(maker, process=dead_process(), time=time.time() - 300)
    standing = standing_of(maker.done())
    assert (standing["driver"]["state"], standing["running"]) == ("gone", [])
    assert standing["ends_at"] is None
    text = "\n".join(say_standing(standing))
    assert "Its driver is gone" in text
    assert "last sign 5.0 min ago" in text
    assert "Go on with:\n  gpdht search toy --name s --resume" in text


def test_another_process_with_the_drivers_number_is_not_the_driver(maker):
    StatusFile(maker.queue).write("running")
    process = {"pid": os.getpid(), "host": os.uname().nodename, "started": 1.0}
    said(maker, process=process)
    assert standing_of(maker.done())["driver"]["state"] == "gone"


@pytest.mark.parametrize(("silent_s", "state"), [(5, "running"), (500, "gone")])
def test_a_driver_on_another_machine_lives_as_long_as_it_gives_signs(maker, silent_s, state):
    StatusFile(maker.queue).write("running")
    now = time.time()
    said(maker, process={"pid": 1, "host": "elsewhere", "started": 1.0}, time=now - silent_s)
    assert standing_of(maker.done(), now=now)["driver"]["state"] == state


def test_a_search_that_ended_says_why_and_one_without_a_sign_that_there_is_none(maker):
    assert "No driver has left a sign" in "\n".join(say_standing(standing_of(maker.done())))
    with StatusFile(maker.queue):
        pass
    maker.study.update(ended={"why": "time budget"})
    text = "\n".join(say_standing(standing_of(maker.done())))
    assert "No driver runs it; the last search ended: time budget. Go on with --resume" in text


def test_what_waits_for_mlflow_is_counted(maker):
    maker.queue.tracker.outbox = [1, 2, 3]
    StatusFile(maker.queue).write("running")
    standing = standing_of(maker.done())
    assert "MLflow lags: 3 entries wait for its server." in say_standing(standing)


def test_a_password_in_the_command_is_not_written(maker):
    StatusFile(maker.queue, command="gpdht search --tracking-uri http://u:pw123@h").write("running")
    assert "pw123" not in (maker.study.folder / "status.json").read_text()


def test_the_file_is_written_when_it_is_time_and_a_full_disk_is_no_reason_to_stop(
    maker, monkeypatch
):
    now = [100.0]
    monkeypatch.setattr("gpdht.search.live_status.time.monotonic", lambda: now[0])
    written = []

    def full(path, text):
        written.append(path.name)
        raise OSError("no space left")

    monkeypatch.setattr("gpdht.search.live_status.write_text", full)
    status = StatusFile(maker.queue)
    for at in (100.0, 101.0, 102.9, 103.1, 104.0):
        now[0] = at
        status()
    assert written == ["status.json"] * 2
