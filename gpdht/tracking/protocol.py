"""What a search or a comparison asks of a tracker; every implementation passes the same tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Outcome = Literal["complete", "pruned", "infeasible", "out_of_memory", "failed", "interrupted"]
Status = Literal["RUNNING", "FINISHED", "KILLED", "FAILED"]

STATUS: Mapping[str, Status] = {
    "complete": "FINISHED",
    "pruned": "KILLED",
    "interrupted": "KILLED",
    "infeasible": "FAILED",
    "out_of_memory": "FAILED",
    "failed": "FAILED",
}
"""The status that a run ends with, by outcome; the outcome itself is kept as a tag."""


@dataclass(frozen=True, eq=False)
class TrialRun:
    """What the run of a trial or job shows, as its study or comparison keeps it.

    Parameters
    ----------
    outcome : how it ended; None if it has not.
    metrics, epochs : final scores and costs; the scores after each epoch.
    name : of the run; its number names it otherwise.
    tags : a dataset in them (`dataset`, `dataset_fingerprint`) is the run's input; else it is the
        study's.
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

    @property
    def ending(self) -> Outcome:
        """How the run is closed: what has not ended was interrupted."""
        return self.outcome or "interrupted"

    @property
    def end_tags(self) -> dict[str, str]:
        """The tags that a run is closed with."""
        error = {"error": self.error} if self.error else {}
        return {**self.tags, "outcome": self.ending, **error}


class StudyTracker(Protocol):
    """Shows a study or a comparison: a parent run, and a nested run for each trial or job.

    What the study or comparison keeps in its folder decides; a tracker only mirrors it.
    """

    @property
    def place(self) -> dict[str, str]:
        """Where it shows them, as a study's record keeps it: `uri` and `experiment`, or nothing."""
        ...

    def start_study(
        self,
        name: str,
        *,
        params: dict[str, Any],
        tags: dict[str, str],
        artifacts: dict[str, str],
    ) -> str:
        """Open the parent run, or reopen it on a resume; returns its id.

        Parameters
        ----------
        tags : `dataset` and `dataset_fingerprint` also name the dataset as the run's input;
            `study_id`, if given, tells a study from an earlier one of the same name.
        artifacts : text of files, by file name.
        """
        ...

    def start_trial(self, run: TrialRun) -> str:
        """Open a trial's nested run, or reopen it after a crash; returns its id."""
        ...

    def log_epoch(self, number: int, epoch: int, metrics: dict[str, float]) -> None:
        """Log an epoch's metrics, as `epoch/…`; an epoch that is known already is ignored."""
        ...

    def end_trial(self, run: TrialRun) -> None:
        """Close a trial's run with its outcome, final metrics and files."""
        ...

    def add_metrics(self, number: int, metrics: dict[str, float]) -> None:
        """Log what is known of a trial only when others have ended too."""
        ...

    def attach(
        self, files: Sequence[Path], *, trial: int | None = None, folder: str | None = None
    ) -> None:
        """Keep files with the parent run, or with a trial's, whether it is open or has ended.

        Parameters
        ----------
        folder : of the run's artifacts; None for their root.
        """
        ...

    def end_study(
        self,
        outcome: Literal["complete", "interrupted", "failed"],
        metrics: dict[str, float],
        tags: dict[str, str],
    ) -> int:
        """Close the parent run and any trial's run that is still open.

        Returns how many entries are missing, of whatever kind, because the tracker is away.
        """
        ...

    def outcomes(self) -> dict[int, str | None]:
        """How each trial's run ended, by number; None for one that is open."""
        ...


def finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics that are numbers: a NaN or an infinity has no place on a chart."""
    return {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
