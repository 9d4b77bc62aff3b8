"""What only the MLflow tracker does: batches, servers that come and go, killed writers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from tracker_views import view_study, view_trials

from gpdht.errors import TrackingError
from gpdht.tracking import TrialRun, connection, open_tracker
from gpdht.tracking.outbox import Outbox

STUDY = {"params": {}, "tags": {"dataset": "toy", "dataset_fingerprint": "f" * 64}, "artifacts": {}}


@pytest.fixture
def tracker(tracking_uri):
    tracker = open_tracker(tracking_uri, "e")
    tracker.start_study("s", **STUDY)
    return tracker


class Away:
    """Stands for a client whose server does not answer until `back`."""

    def __init__(self, client):
        self.client, self.back, self.calls = client, False, 0

    def __getattr__(self, name):
        found = getattr(self.client, name)
        if not callable(found):
            return found

        def call(*args, **kwargs):
            self.calls += 1
            if not self.back:
                raise ConnectionError("refused")
            return found(*args, **kwargs)

        return call


def test_many_epochs_travel_in_one_batch(tracker, monkeypatch):
    tracker.start_trial(TrialRun(0, {}))
    batches = []
    send = tracker.client.log_batch

    def count(run_id, metrics=(), **rest):
        batches.append(len(metrics))
        send(run_id, metrics=metrics, **rest)

    monkeypatch.setattr(tracker.client, "log_batch", count)
    for epoch in range(1, 101):
        tracker.log_epoch(0, epoch, {"val/auprc": 0.5, "val/auroc": 0.5, "train/loss": 1.0})
    tracker.end_trial(TrialRun(0, {}, "complete", {}))
    assert sum(batches) == 300
    assert len(batches) <= 4


def test_runs_are_named_nested_and_show_their_dataset(tracker):
    parent = tracker.start_study("s", **STUDY)
    child = tracker.start_trial(TrialRun(7, {"encoder.tau": 0.25}))
    run = tracker.client.get_run(child)
    assert run.info.run_name == "trial-007"
    assert run.data.tags["mlflow.parentRunId"] == parent
    (dataset_input,) = run.inputs.dataset_inputs
    assert (dataset_input.dataset.name, dataset_input.dataset.digest) == ("toy", "f" * 16)
    tags = tracker.client.get_run(parent).data.tags
    assert {"version.python", "version.torch", "version.mlflow", "host"} <= set(tags)
    files = {item.path for item in tracker.client.list_artifacts(parent)}
    assert "environment.txt" in files


def test_studies_of_one_experiment_keep_their_trials_apart(tracking_uri):
    for name in ("one", "it's two"):
        tracker = open_tracker(tracking_uri, "e")
        tracker.start_study(name, params={}, tags={}, artifacts={})
        assert tracker.outcomes() == {}
        tracker.start_trial(TrialRun(0, {}))
        assert tracker.outcomes() == {0: None}
        tracker.end_study("complete", {}, {})
    runs = tracker.client.search_runs([tracker.experiment_id])
    assert len(runs) == 4
    assert {run.info.status for run in runs} == {"FINISHED", "KILLED"}


def test_another_study_of_the_same_name_gets_a_run_of_its_own(tracking_uri):
    runs = [
        open_tracker(tracking_uri, "e").start_study("s", **{**STUDY, "tags": {"study_id": study}})
        for study in ("one", "two", "one")
    ]
    assert runs[0] == runs[2] != runs[1]


def test_one_tracker_shows_one_study_after_another(tracking_uri):
    tracker = open_tracker(tracking_uri, "e")
    for name in ("one", "two"):
        nested = f"tags.mlflow.parentRunId = '{tracker.start_study(name, **STUDY)}'"
        tracker.start_trial(TrialRun(0))
        tracker.log_epoch(0, 1, {"val/auprc": 0.5})
        assert tracker.end_study("complete", {}, {}) == 0
        (run,) = tracker.client.search_runs([tracker.experiment_id], nested)
        assert run.data.metrics == {"epoch/val/auprc": 0.5}


@pytest.mark.slow
def test_a_killed_writer_leaves_nothing_that_the_next_driver_does_not_close(tmp_path, tracking_uri):
    code = (
        "import sys, time\n"
        "from gpdht.tracking import TrialRun, open_tracker\n"
        "t = open_tracker(sys.argv[1], 'e')\n"
        "t.start_study('s', params={}, tags={}, artifacts={})\n"
        "t.start_trial(TrialRun(0, {'graph.levels': 3}))\n"
        "t.log_epoch(0, 1, {'val/auprc': .1}); t.buffer.flush()\n"
        "t.log_epoch(0, 2, {'val/auprc': .2})\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, tracking_uri], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"ready\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    tracker = open_tracker(tracking_uri, "e")
    tracker.start_study("s", **STUDY)
    assert tracker.outcomes() == {0: None}
    tracker.start_trial(TrialRun(0, {"graph.levels": 3}))
    for epoch in (1, 2, 3):
        tracker.log_epoch(0, epoch, {"val/auprc": epoch / 10})
    tracker.end_trial(TrialRun(0, {}, "complete", {}))
    tracker.end_study("complete", {}, {})
    (trial,) = view_trials(tracker).values()
    assert sorted(trial.curves["epoch/val/auprc"]) == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert trial.status == view_study(tracker).status == "FINISHED"


def test_a_server_that_goes_away_is_waited_for_and_gets_everything_in_order(tracker):
    client = tracker.client
    tracker.outbox.retry_s = 0.0
    away = tracker.client = Away(client)
    tracker.start_trial(TrialRun(0, {"graph.levels": 3}))
    tracker.log_epoch(0, 1, {"val/auprc": 0.1})
    tracker.end_trial(TrialRun(0, {}, "complete", {"val/auprc": 0.1}))
    assert len(tracker.outbox) == 3
    away.back = True
    tracker.end_study("complete", {}, {})
    (trial,) = view_trials(tracker).values()
    assert (trial.status, trial.finals()) == ("FINISHED", {"val/auprc": 0.1})


def test_a_server_that_stays_away_costs_no_waiting_and_is_told_at_the_end(tracker, caplog):
    away = tracker.client = Away(tracker.client)
    for number in range(50):
        tracker.start_trial(TrialRun(number, {}))
        tracker.end_trial(TrialRun(number, {}, "complete", {}))
    assert away.calls == 1
    assert tracker.end_study("complete", {}, {}) == 103
    assert "103 entries are missing there" in caplog.text


def test_a_server_that_is_away_for_long_gets_nothing_more_and_the_memory_stays_bounded():
    def away():
        raise ConnectionError

    sent = []
    outbox = Outbox("uri", retry_s=0.0, most=3)
    for _ in range(4):
        outbox.put(away)
    outbox.put(lambda: sent.append("a part of what came later"))
    assert (sent, outbox.close()) == ([], 5)
    assert not outbox._calls


def test_an_entry_that_is_refused_for_good_holds_up_no_other():
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

    def refuse():
        raise MlflowException("bad name", error_code=INVALID_PARAMETER_VALUE)

    sent = []
    outbox = Outbox("uri")
    outbox.put(refuse)
    outbox.put(lambda: sent.append(1))
    assert (sent, len(outbox)) == ([1], 0)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://127.0.0.1:9", "cannot be used: .*refused"),
        ("http://user:secret@127.0.0.1:9", r"http://user:…@127\.0\.0\.1:9 cannot be used"),
        ("bogus://server", "cannot be used: .*unsupported URI"),
        ("sqlite:////no/such/folder/mlflow.db", "/no/such/folder does not exist"),
        ("postgresql+nodriver://user:secret@127.0.0.1:9/x", "nodriver"),
    ],
)
def test_a_server_that_cannot_be_reached_is_an_error(address, message, monkeypatch):
    if address.startswith("http"):  # asked once, without mlflow's retries
        monkeypatch.setattr("mlflow.MlflowClient", None)
    with pytest.raises(TrackingError, match=message) as caught:
        open_tracker(address, "e")
    assert "secret" not in str(caught.value)


def test_a_trackers_place_is_its_address_unless_that_holds_a_password(tracker, tracking_uri):
    assert tracker.place == {"uri": tracking_uri, "experiment": "e"}
    assert connection.to_keep("http://ada:secret@server", "e") == {"uri": "", "experiment": "e"}


def test_a_deleted_experiment_is_an_error_that_says_how_to_restore_it(tracker, tracking_uri):
    tracker.client.delete_experiment(tracker.experiment_id)
    with pytest.raises(TrackingError, match=r'"e" .* is deleted; restore it with'):
        open_tracker(tracking_uri, "e")


def test_an_experiment_that_another_driver_creates_first_is_used(tracking_uri, monkeypatch):
    tracker = open_tracker(tracking_uri, "e")
    found = iter([None])
    real = type(tracker.client).get_experiment_by_name
    monkeypatch.setattr(
        type(tracker.client),
        "get_experiment_by_name",
        lambda self, name: next(found, real(self, name)),
    )
    assert open_tracker(tracking_uri, "e").experiment_id == tracker.experiment_id


def test_the_default_is_the_environment_and_then_the_working_directory(tmp_path, monkeypatch):
    from gpdht.tracking.connection import resolve_uri

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert resolve_uri(None) == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server")
    assert resolve_uri(None) == "http://server"
    assert resolve_uri("http://other") == "http://other"


@pytest.mark.parametrize(
    ("kept", "asked", "variable", "expected"),
    [
        ({}, None, None, (None, "gpdht")),
        ({}, None, "http://v", ("http://v", "gpdht")),
        ({"uri": "http://k", "experiment": "k"}, None, "http://v", ("http://k", "k")),
        ({"uri": "http://k", "experiment": "k"}, "http://a", "http://v", ("http://a", "k")),
        ({"uri": "", "experiment": "k"}, None, "http://v", ("http://v", "k")),
        ({"uri": "", "experiment": "k"}, "http://a", None, ("http://a", "k")),
    ],
)
def test_a_study_is_tracked_as_asked_else_as_before(kept, asked, variable, expected, monkeypatch):
    from gpdht.tracking.connection import tracked_at

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if variable:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", variable)
    assert tracked_at(kept, asked) == expected


def test_an_address_that_is_kept_nowhere_is_not_replaced_by_another(monkeypatch):
    from gpdht.tracking.connection import tracked_at

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(TrackingError, match="a password, which is kept nowhere; say it again"):
        tracked_at({"uri": "", "experiment": "k"})


@pytest.mark.slow
def test_a_tracker_says_nothing_on_stderr(tmp_path):
    code = (
        "from gpdht.tracking import TrialRun, open_tracker\n"
        f"t = open_tracker('sqlite:///{tmp_path}/mlflow.db', 'e')\n"
        "t.start_study('s', params={}, tags={}, artifacts={})\n"
        "t.start_trial(TrialRun(0, {})); t.end_study('complete', {}, {})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith("MLFLOW")},
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert (tmp_path / "mlartifacts").is_dir()


def test_an_experiment_is_of_the_kind_model_training_unless_its_owner_says_otherwise(tracking_uri):
    kind = "mlflow.experimentKind"
    client = open_tracker(tracking_uri, "new").client
    client.create_experiment("before")
    client.set_experiment_tag(client.create_experiment("theirs"), kind, "genai_development")
    for name in ("before", "theirs"):
        open_tracker(tracking_uri, name)
    found = {one.name: one.tags.get(kind) for one in client.search_experiments()}
    assert found["new"] == found["before"] == "custom_model_development"
    assert found["theirs"] == "genai_development"
