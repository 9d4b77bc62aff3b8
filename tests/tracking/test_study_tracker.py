"""The contract of a study's tracker, held by the MLflow tracker and by its double."""

from __future__ import annotations

import math

import pytest
from tracker_views import view_study, view_trials

from gpdht.tracking import MemoryStudyTracker, TrialRun, open_tracker

STUDY = {
    "params": {"cv.split": "edge", "trials": 4},
    "tags": {"dataset": "toy", "dataset_fingerprint": "f" * 64, "space_hash": "abc"},
    "artifacts": {"space.yaml": "trials: 4\n"},
}


@pytest.fixture(params=["memory", "mlflow", pytest.param("server", marks=pytest.mark.slow)])
def reopen(request):
    """A function that gives the tracker as the next driver would open it."""
    if request.param == "memory":
        tracker = MemoryStudyTracker()
        return lambda: tracker
    if request.param == "server":
        uri = request.getfixturevalue("mlflow_server")
        return lambda: open_tracker(uri, request.node.name)
    tracking_uri = request.getfixturevalue("tracking_uri")
    return lambda: open_tracker(tracking_uri, "e")


def start(reopen, **changes):
    tracker = reopen()
    tracker.start_study("s", **{**STUDY, **changes})
    return tracker


def end(tracker, number, outcome, metrics=None, *, files=(), error=None):
    run = TrialRun(number, {}, outcome, metrics or {}, files=files, error=error)
    tracker.end_trial(run)


def test_a_study_holds_its_params_its_tags_and_its_files(reopen):
    tracker = start(reopen)
    tracker.end_study("complete", {"val/auprc": 0.5}, {"winner": "3"})
    study = view_study(tracker)
    assert study.status == "FINISHED"
    assert study.params == {"cv.split": "edge", "trials": "4"}
    expected = {"winner": "3", "outcome": "complete", "space_hash": "abc", "dataset": "toy"}
    assert expected.items() <= study.tags.items()
    assert study.metrics == {"val/auprc": 0.5}
    assert "space.yaml" in study.artifacts


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("complete", "FINISHED"),
        ("pruned", "KILLED"),
        ("interrupted", "KILLED"),
        ("infeasible", "FAILED"),
        ("out_of_memory", "FAILED"),
        ("failed", "FAILED"),
    ],
)
def test_a_trial_ends_with_the_status_of_its_outcome(reopen, outcome, status):
    tracker = start(reopen)
    tracker.start_trial(TrialRun(0, {"graph.levels": 7}))
    end(tracker, 0, outcome, error="ValueError: why" if status == "FAILED" else None)
    trial = view_trials(tracker)[0]
    assert (trial.status, trial.tags["outcome"]) == (status, outcome)
    assert trial.tags.get("error") == ("ValueError: why" if status == "FAILED" else None)
    assert trial.params == {"graph.levels": "7"}
    assert tracker.outcomes() == {0: outcome}


def test_curves_have_one_point_for_each_epoch_and_final_scores_stand_apart(reopen):
    tracker = start(reopen)
    tracker.start_trial(TrialRun(0, {}))
    for epoch, value in enumerate([0.3, 0.6, 0.4], start=1):
        tracker.log_epoch(0, epoch, {"val/auprc": value})
    end(tracker, 0, "complete", {"val/auprc": 0.6, "test/auprc": 0.5})
    trial = view_trials(tracker)[0]
    assert trial.finals() == {"val/auprc": 0.6, "test/auprc": 0.5}
    assert trial.curves["epoch/val/auprc"] == [(1, 0.3), (2, 0.6), (3, 0.4)]
    assert len(trial.curves.get("val/auprc", [1])) == 1


def test_an_epoch_that_is_reported_twice_is_logged_once(reopen):
    tracker = start(reopen)
    tracker.start_trial(TrialRun(0, {}))
    for epoch in (1, 2, 1, 2, 3):
        tracker.log_epoch(0, epoch, {"val/auprc": epoch / 10})
    end(tracker, 0, "pruned")
    curve = view_trials(tracker)[0].curves["epoch/val/auprc"]
    assert sorted(curve) == [(1, 0.1), (2, 0.2), (3, 0.3)]


def test_a_resume_reopens_the_same_runs_and_repeats_no_epoch(reopen):
    first = start(reopen)
    parent, child = (
        first.start_study("s", **STUDY),
        first.start_trial(TrialRun(0, {"graph.levels": 7})),
    )
    for epoch in (1, 2):
        first.log_epoch(0, epoch, {"val/auprc": epoch / 10})
    end(first, 0, "interrupted")
    first.end_study("interrupted", {}, {})
    assert view_study(first).status == view_trials(first)[0].status == "KILLED"
    second = reopen()
    assert second.start_study("s", **STUDY) == parent
    assert second.start_trial(TrialRun(0, {"graph.levels": 7})) == child
    assert second.outcomes() == {0: None}
    assert view_study(second).status == "RUNNING"
    assert "outcome" not in view_trials(second)[0].tags
    for epoch in (1, 2, 3):
        second.log_epoch(0, epoch, {"val/auprc": epoch / 10})
    end(second, 0, "complete", {"test/auprc": 0.9})
    second.end_study("complete", {}, {})
    trial = view_trials(second)[0]
    assert sorted(trial.curves["epoch/val/auprc"]) == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert (trial.status, trial.tags["outcome"]) == ("FINISHED", "complete")


def test_a_resume_with_more_trials_is_no_conflict(reopen):
    start(reopen).end_study("complete", {}, {})
    tracker = start(reopen, params={"cv.split": "edge", "trials": 8})
    tracker.end_study("complete", {}, {})
    assert view_study(tracker).params["cv.split"] == "edge"


def test_a_trial_that_an_earlier_driver_left_open_can_be_ended_by_the_next(reopen):
    start(reopen).start_trial(TrialRun(5, {"graph.levels": 7}))
    tracker = start(reopen)
    assert tracker.outcomes() == {5: None}
    end(tracker, 5, "complete", {"val/auprc": 0.4})
    trial = view_trials(tracker)[5]
    assert (trial.status, trial.finals()) == ("FINISHED", {"val/auprc": 0.4})


def test_the_end_of_a_study_closes_every_trial_that_is_open(reopen):
    tracker = start(reopen)
    for number in range(3):
        tracker.start_trial(TrialRun(number, {}))
    end(tracker, 1, "complete")
    assert tracker.outcomes() == {0: None, 1: "complete", 2: None}
    tracker.end_study("failed", {}, {})
    statuses = {number: trial.status for number, trial in view_trials(tracker).items()}
    assert statuses == {0: "KILLED", 1: "FINISHED", 2: "KILLED"}
    assert view_study(tracker).status == "FAILED"


def test_a_metric_that_is_not_finite_is_left_out_and_the_others_are_kept(reopen):
    tracker = start(reopen)
    tracker.start_trial(TrialRun(0, {}))
    tracker.log_epoch(0, 1, {"val/auprc": math.nan, "val/auroc": 0.5, "train/loss": math.inf})
    end(tracker, 0, "complete", {"test/auprc": -math.inf, "test/auroc": 0.6})
    trial = view_trials(tracker)[0]
    assert trial.finals() == {"test/auroc": 0.6}
    assert {"epoch/val/auroc"} == {name for name in trial.curves if name.startswith("epoch/")}


def test_files_are_kept_with_the_run_they_belong_to_also_after_it_ended(reopen, tmp_path):
    names = ("curves.svg", "network.svg")
    for name in names:
        (tmp_path / name).write_text("<svg/>")
    curves, network = (tmp_path / name for name in names)
    tracker = start(reopen)
    tracker.start_trial(TrialRun(0, {}))
    end(tracker, 0, "complete")
    tracker.end_study("interrupted", {}, {})
    tracker = start(reopen)
    tracker.attach([curves])
    tracker.attach([curves, network], trial=0, folder="figures")
    tracker.end_study("complete", {}, {})
    assert "curves.svg" in view_study(tracker).artifacts
    run = view_trials(tracker)[0]
    assert run.artifacts == {"figures/curves.svg", "figures/network.svg"}
    assert run.status == "FINISHED"


def test_the_scores_of_a_trial_are_its_artifact(reopen, tmp_path):
    path = tmp_path / "trial-00000.parquet"
    path.write_bytes(b"PAR1")
    tracker = start(reopen)
    tracker.start_trial(TrialRun(0, {}))
    end(tracker, 0, "complete", files=[path])
    assert view_trials(tracker)[0].artifacts == {"trial-00000.parquet"}
