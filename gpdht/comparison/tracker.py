"""What a comparison asks of a tracker, beyond what a search does; and two that need no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gpdht.search.untracked import Untracked
from gpdht.tracking import MemoryStudyTracker, StudyTracker
from gpdht.tracking.in_memory import finite

if TYPE_CHECKING:
    from gpdht.comparison.mlflow_tracker import MlflowComparisonTracker


class ComparisonTracker(StudyTracker, Protocol):
    """Mirrors a comparison: it is the study, its jobs are the trials, known by their numbers."""

    def describe_trial(self, number: int, name: str, tags: dict[str, str]) -> None:
        """Name a started run, and tag it.

        The tags `dataset` and `dataset_fingerprint` also name the dataset as the run's input.
        """
        ...

    def add_metrics(self, number: int, metrics: dict[str, float]) -> None:
        """Log what is known of a job only when others have ended too."""
        ...

    def complete_trials(self) -> set[int]:
        """Numbers of the jobs whose runs have ended as complete."""
        ...


class MemoryComparisonTracker(MemoryStudyTracker):
    """Keeps everything in memory, for tests and notebooks; `names` has the runs' names."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[int, str] = {}

    def describe_trial(self, number: int, name: str, tags: dict[str, str]) -> None:
        self.names[number] = name
        self.trials[number].tags |= tags

    def add_metrics(self, number: int, metrics: dict[str, float]) -> None:
        self.trials[number].metrics |= finite(metrics)

    def complete_trials(self) -> set[int]:
        return {n for n, run in self.trials.items() if run.tags.get("outcome") == "complete"}


class UntrackedComparison(Untracked):
    """Stands in where a comparison runs without a tracker."""

    def describe_trial(self, number: int, name: str, tags: dict[str, str]) -> None: ...

    def add_metrics(self, number: int, metrics: dict[str, float]) -> None: ...

    def complete_trials(self) -> set[int]:
        return set()


def open_comparison_tracker(tracking_uri: str | None, experiment: str) -> MlflowComparisonTracker:
    """A tracker that logs a comparison to an MLflow experiment; see `gpdht.tracking.open_tracker`.

    Raises
    ------
    TrackingError
        Within seconds, if the server cannot be reached or refuses.
    """
    from gpdht.tracking.connection import connect, ensure_experiment

    client = connect(tracking_uri)
    experiment_id = ensure_experiment(client, experiment)
    from gpdht.comparison.mlflow_tracker import MlflowComparisonTracker

    return MlflowComparisonTracker(client, experiment_id)
