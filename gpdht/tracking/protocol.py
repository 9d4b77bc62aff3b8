"""What the search asks of a tracker; every implementation passes the same contract tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class StudyTracker(Protocol):
    """Mirrors one study while it runs. The study itself, not the tracker, is the truth."""

    def start_study(
        self,
        name: str,
        *,
        params: dict[str, Any],
        tags: dict[str, str],
        artifacts: dict[str, str],
    ) -> str:
        """Open the study's parent run, or reopen it on a resume; returns its id.

        Parameters
        ----------
        tags : `dataset` and `dataset_fingerprint` also name the dataset as the run's input;
            `study_id`, if given, tells a study from an earlier one of the same name.
        artifacts : text of files, by file name.
        """
        ...

    def start_trial(self, number: int, params: dict[str, Any]) -> str:
        """Open a trial's nested run, or reopen it after a crash; returns its id."""
        ...

    def log_epoch(self, number: int, epoch: int, metrics: dict[str, float]) -> None:
        """Log an epoch's metrics; an epoch that is known already is ignored."""
        ...

    def end_trial(
        self,
        number: int,
        outcome: Outcome,
        metrics: dict[str, float],
        *,
        scores_path: Path | None,
        error: str | None,
    ) -> None:
        """Close a trial's run with its final metrics, which replace the last epoch's."""
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
    ) -> None:
        """Close the parent run and any trial's run that is still open."""
        ...

    def running_trials(self) -> list[int]:
        """Numbers of the trials whose runs are open."""
        ...
