"""What a tracker missed is added from what is kept, once, and nothing that it has is touched."""

from __future__ import annotations

import pytest
from tracker_views import view_trials

from gpdht.execution.mirror import bring_up_to_date
from gpdht.tracking import MemoryStudyTracker, TrialRun, open_tracker

STUDY = {"params": {}, "tags": {"study_id": "x"}, "artifacts": {}}


def trial(number: int, outcome="complete", tmp_path=None) -> TrialRun:
    files = []
    if tmp_path is not None:
        files = [tmp_path / f"trial-{number:05d}.parquet"]
        files[0].write_bytes(b"PAR1")
    return TrialRun(
        number,
        {"encoder.tau": 0.1 * number},
        outcome,
        {"val/auprc": 0.5, "seconds": 2.0},
        {1: {"val/auprc": 0.4}, 2: {"val/auprc": 0.5}},
        files,
        "ValueError: why" if outcome == "failed" else None,
    )


@pytest.fixture(params=["memory", "mlflow"])
def reopen(request):
    """A function that gives the tracker as the next driver would open it."""
    memory = MemoryStudyTracker()
    if request.param == "mlflow":
        uri = request.getfixturevalue("tracking_uri")

    def opened():
        tracker = open_tracker(uri, "e") if request.param == "mlflow" else memory
        tracker.start_study("s", **STUDY)
        return tracker

    return opened


def test_all_that_was_missed_is_there_after_a_sync_and_again_after_another(reopen, tmp_path):
    kept = [trial(n, tmp_path=tmp_path) for n in range(3)] + [trial(3, "pruned")]
    kept += [trial(4, "failed"), TrialRun(5)]
    first = reopen()
    first.start_trial(kept[0])
    first.log_epoch(0, 1, {"val/auprc": 0.4})  # the server goes away here
    first.start_trial(kept[5])
    for _ in range(2):
        tracker = reopen()
        bring_up_to_date(tracker, kept)
        tracker.end_study("interrupted", {}, {})
        shown = view_trials(tracker)
        assert {n: view.tags["outcome"] for n, view in shown.items()} == {
            0: "complete",
            1: "complete",
            2: "complete",
            3: "pruned",
            4: "failed",
            5: "interrupted",
        }
        for number in range(5):
            view = shown[number]
            assert sorted(view.curves["epoch/val/auprc"]) == [(1, 0.4), (2, 0.5)]
            assert view.finals() == {"val/auprc": 0.5, "seconds": 2.0}
        assert shown[1].artifacts == {"trial-00001.parquet"}
        assert shown[4].tags["error"] == "ValueError: why"


def test_what_the_tracker_has_is_not_touched():
    tracker = MemoryStudyTracker()
    tracker.start_study("s", **STUDY)
    bring_up_to_date(tracker, [trial(0)])
    tracker.trials[0].tags["note"] = "a user's"
    before = dict(tracker.trials[0].tags)
    bring_up_to_date(tracker, [trial(0), trial(1)])
    assert tracker.trials[0].tags == before
    assert set(tracker.trials) == {0, 1}
