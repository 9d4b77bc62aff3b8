"""A tracker brought up to date from what is kept."""

from __future__ import annotations

from collections.abc import Iterable

from gpdht.tracking import StudyTracker, TrialRun


def bring_up_to_date(tracker: StudyTracker, kept: Iterable[TrialRun]) -> None:
    """Make a tracker's runs agree with what a study or comparison keeps.

    What ended and is missing, open or shown with another outcome is logged again, whole; a run
    that a dead driver left open, of what has not ended, is closed as interrupted.
    """
    shown = tracker.outcomes()
    for run in kept:
        if run.outcome is None:
            if run.number in shown and shown[run.number] is None:
                tracker.end_trial(run)
        elif shown.get(run.number) != run.outcome:
            tracker.start_trial(run)
            for epoch, metrics in sorted(run.epochs.items()):
                tracker.log_epoch(run.number, epoch, metrics)
            tracker.end_trial(run)
