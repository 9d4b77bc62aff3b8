"""A tracker brought up to date from what is kept: as work goes on, and for all that was missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from gpdht.tracking import Outcome, StudyTracker


@dataclass(frozen=True, eq=False)
class Kept:
    """A trial or job as its study or comparison keeps it.

    Parameters
    ----------
    outcome : None if it has not ended.
    metrics, epochs : final scores and costs; the scores after each epoch.
    name : of its run; its number names it otherwise.
    """

    number: int
    params: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    epochs: Mapping[int, dict[str, float]] = field(default_factory=dict)
    files: Sequence[Path] = ()
    error: str | None = None
    name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


class Mirror:
    """Shows trials or jobs in a tracker; without a tracker it does nothing."""

    def __init__(self, tracker: StudyTracker | None) -> None:
        self.tracker = tracker

    def open(
        self, name: str, *, params: dict[str, Any], tags: dict[str, str], artifacts: dict[str, str]
    ) -> str:
        """Open the parent run; returns its id, empty without a tracker."""
        if self.tracker is None:
            return ""
        return self.tracker.start_study(name, params=params, tags=tags, artifacts=artifacts)

    def close(
        self,
        outcome: Literal["complete", "interrupted", "failed"],
        metrics: dict[str, float],
        tags: dict[str, str],
    ) -> None:
        """Close the parent run and whatever is still open below it."""
        if self.tracker is not None:
            self.tracker.end_study(outcome, metrics, tags)

    def start(self, kept: Kept) -> None:
        """A trial or job was handed out."""
        if self.tracker is not None:
            self.tracker.start_trial(kept.number, kept.params, name=kept.name, tags=kept.tags)

    def epoch(self, number: int, epoch: int, metrics: dict[str, float]) -> None:
        """A trial reported."""
        if self.tracker is not None:
            self.tracker.log_epoch(number, epoch, metrics)

    def end(self, kept: Kept) -> None:
        """A trial or job ended, or was interrupted (outcome None)."""
        if self.tracker is not None:
            self.tracker.end_trial(
                kept.number,
                kept.outcome or "interrupted",
                kept.metrics,
                files=kept.files,
                error=kept.error,
                tags=kept.tags,
            )

    def add_metrics(self, number: int, metrics: dict[str, float]) -> None:
        """Log what is known of a job only when others have ended too."""
        if self.tracker is not None:
            self.tracker.add_metrics(number, metrics)

    def attach(
        self, files: Sequence[Path], *, trial: int | None = None, folder: str | None = None
    ) -> None:
        """Keep files with the parent run, or with a trial's."""
        if self.tracker is not None and files:
            self.tracker.attach(files, trial=trial, folder=folder)

    def sync(self, everything: Iterable[Kept]) -> None:
        """Make the tracker's runs agree with what is kept.

        What ended and is missing, open or shown with another outcome is logged again, whole; a run
        that a dead driver left open, of what has not ended, is closed as interrupted.
        """
        if self.tracker is None:
            return
        shown = self.tracker.outcomes()
        for kept in everything:
            if kept.outcome is None:
                if kept.number in shown and shown[kept.number] is None:
                    self.end(kept)
            elif shown.get(kept.number) != kept.outcome:
                self.start(kept)
                for epoch, metrics in sorted(kept.epochs.items()):
                    self.epoch(kept.number, epoch, metrics)
                self.end(kept)
