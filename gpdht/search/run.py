"""Running a search: a dataset and a space in, a finished or resumable study out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gpdht.data.dataset import Dataset
from gpdht.execution.ray_session import check_local_room
from gpdht.execution.stop import StopRequest
from gpdht.search.figures import keep_figures
from gpdht.search.parent_run import open_parent_run, standing, summary
from gpdht.search.progress import Progress
from gpdht.search.resume import prepare_study
from gpdht.search.space import Space, load_space
from gpdht.search.study import STUDIES, Study
from gpdht.search.trainable import TrialFunction
from gpdht.search.trial_queue import TrialQueue
from gpdht.search.tune import Placement, tune_trials
from gpdht.search.untracked import Untracked
from gpdht.trial import run_trial

if TYPE_CHECKING:
    from gpdht.tracking import StudyTracker


def run_search(
    dataset: Dataset,
    space: Space | str | Path | Mapping[str, Any],
    *,
    name: str,
    studies: str | Path = STUDIES,
    trials: int | None = None,
    resume: bool = False,
    tracker: StudyTracker | None = None,
    tracking: Mapping[str, str | None] | None = None,
    source: Mapping[str, Any] | None = None,
    cpus_per_trial: float = 1,
    gpus_per_trial: float = 0,
    max_concurrent: int | None = None,
    time_budget_s: float | None = None,
    address: str | None = None,
    storage: str | None = None,
    seed: int | None = None,
    progress: bool = True,
    trial: TrialFunction = run_trial,
) -> Study:
    """The study of a search over `space`, each trial cross-validated on `dataset`.

    Parameters
    ----------
    space : a checked space, or what `load_space` reads.
    name, studies : the study is the folder `studies/name`.
    trials : how many in all, whatever earlier runs did; the space's (or the study's) number if
        None.
    resume : go on with the study if it exists; without it an existing name is an error.
    tracker : mirrors the study, e.g. `gpdht.tracking.open_tracker(…)`; None tracks nothing.
    tracking, source : kept in the study's record: where it is tracked, how the data were opened.
    max_concurrent : None for as many as a local machine has room for; a cluster's may grow.
    time_budget_s : after that the study is left resumable.
    address : of a Ray cluster (`auto`, `host:port`); None for RAY_ADDRESS or a local Ray.
    storage : folder or URL that all nodes see; None for the study's folder.
    seed : replaces the seeds of the sampler, the folds, and the weights.
    trial : what a worker runs.

    Raises
    ------
    SpaceError, StudyError
        Before Ray starts: for a bad space, and for a study that exists or does not match.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM, once everything is in order for a resume.
    """
    space = space if isinstance(space, Space) else load_space(space)
    space = space if seed is None else space.with_seed(seed)
    check_local_room(address, cpus=cpus_per_trial, gpus=gpus_per_trial)
    study = prepare_study(
        dataset,
        space,
        name=name,
        studies=studies,
        trials=trials,
        resume=resume,
        extra={"source": dict(source or {}), "tracking": dict(tracking or {})},
    )
    placement = Placement(cpus_per_trial, gpus_per_trial, max_concurrent, address, storage)
    tracker = tracker or Untracked()
    with study.locked(), StopRequest(time_budget_s) as stop:
        study = study.update(parent_run=open_parent_run(study, tracker))
        with Progress(study.space.trials, study.space.objective.metric, shown=progress) as shown:
            shown.resumed(*standing(study))
            queue = TrialQueue(
                study.optuna,
                study.space,
                tracker=tracker,
                scores=study.scores,
                progress=shown,
            )
            _drive(dataset, study, queue, placement=placement, stop=stop, trial=trial)
        if stop.signalled:
            raise KeyboardInterrupt
    return study


def _drive(
    dataset: Dataset,
    study: Study,
    queue: TrialQueue,
    *,
    placement: Placement,
    stop: StopRequest,
    trial: TrialFunction,
) -> None:
    """Run the trials; whatever happens, leave the study resumable and its runs closed."""
    outcome: Literal["complete", "interrupted", "failed"] = "failed"
    try:
        queue.recover()
        if queue.remaining > 0:
            tune_trials(dataset, study, queue, placement=placement, stop=stop, trial=trial)
        outcome = "interrupted" if queue.remaining > 0 else "complete"
        if outcome == "complete" and not isinstance(queue.tracker, Untracked):
            keep_figures(study, queue.tracker)
    except KeyboardInterrupt:
        outcome = "interrupted"
        raise
    finally:
        queue.interrupt()
        queue.tracker.end_study(outcome, *summary(study))
