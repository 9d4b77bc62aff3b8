"""Where a search is logged: one parent run per study, one nested run per trial.

Driver-side only. A trial knows no tracker: it reports to the search, and the search logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpdht.tracking.connection import EXPERIMENT, connect, ensure_experiment
from gpdht.tracking.in_memory import MemoryStudyTracker
from gpdht.tracking.protocol import Outcome, StudyTracker, TrialRun

if TYPE_CHECKING:
    from gpdht.tracking.mlflow_tracker import MlflowStudyTracker

__all__ = ["MemoryStudyTracker", "Outcome", "StudyTracker", "TrialRun", "open_tracker"]


def open_tracker(
    tracking_uri: str | None = None, experiment: str = EXPERIMENT
) -> MlflowStudyTracker:
    """What logs to an MLflow experiment, for `run_search` and `compare`; its `place` says where.

    Parameters
    ----------
    tracking_uri : None for the variable MLFLOW_TRACKING_URI, else ``sqlite:///<cwd>/mlflow.db``.
    experiment : ``gpdht`` if none is named; it is created if it does not exist.

    Raises
    ------
    TrackingError
        Within seconds, if the server cannot be reached or refuses.
    """
    client = connect(tracking_uri)
    experiment_id = ensure_experiment(client, experiment)
    from gpdht.tracking.mlflow_tracker import MlflowStudyTracker

    return MlflowStudyTracker(client, experiment_id)
