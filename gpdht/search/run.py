"""Running a search: a dataset and a space in, a finished or resumable study out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Literal

from gpdht.data.dataset import Dataset
from gpdht.data.together import each_alone, joint_name, together
from gpdht.errors import SpaceError
from gpdht.execution.event_log import keeping_log, note
from gpdht.execution.placement import Placement
from gpdht.execution.progress import Progress
from gpdht.execution.ray_session import ray_session
from gpdht.execution.sharing import GpusPerTrial, place
from gpdht.execution.stop import StopRequest
from gpdht.presentation import count
from gpdht.search.charts import keep_figures
from gpdht.search.ending import check_gpu_budget, limit_search, record_end
from gpdht.search.largest import largest_config
from gpdht.search.live_status import StatusFile
from gpdht.search.replicate import replicate_winner
from gpdht.search.replicates import REPLICATES
from gpdht.search.resume import prepare_study
from gpdht.search.space import Space, load_space
from gpdht.search.storage import explained_writing, keep_copy
from gpdht.search.study import STUDIES, Study, eligible
from gpdht.search.study_tables import OPEN
from gpdht.search.tracked import open_parent_run, summary
from gpdht.search.trainable import TrialFunction
from gpdht.search.trial_queue import TrialQueue
from gpdht.search.tune import tune_trials
from gpdht.search.warm_start import describe_start
from gpdht.tracking import MemoryStudyTracker, StudyTracker
from gpdht.trial import run_trial


def run_search(
    dataset: Dataset | Sequence[Dataset],
    space: Space | str | Path | Mapping[str, Any],
    *,
    name: str,
    studies: str | Path = STUDIES,
    trials: int | None = None,
    resume: bool = False,
    warm_start: Sequence[str | Path] = (),
    tracker: StudyTracker | None = None,
    tracking: Mapping[str, str | None] | None = None,
    source: Mapping[str, Any] | None = None,
    cpus_per_trial: float = 1,
    gpus_per_trial: GpusPerTrial = "auto",
    max_concurrent: int | None = None,
    trial_timeout_s: float | None = None,
    time_budget_s: float | None = None,
    gpu_budget_s: float | None = None,
    stop_when_flat: float | None = None,
    address: str | None = None,
    storage: str | None = None,
    price_per_hour: float | None = None,
    journal: bool | None = None,
    seed: int | None = None,
    replicates: int = REPLICATES,
    progress: bool = True,
    command: str | None = None,
    trial: TrialFunction = run_trial,
) -> Study:
    """The study of a search over `space`, each trial cross-validated on `dataset`.

    Parameters
    ----------
    dataset : or several, for settings that are good on all of them: a trial is then cross-validated
        on each, and its objective is the mean over them.
    space : a checked space, or what `load_space` reads.
    name, studies : the study is the folder `studies/name`.
    trials : how many in all, counting earlier runs; the space's (or the study's) number if None.
    resume : go on with the study if it exists; without it an existing name is an error.
    warm_start : earlier studies, by name or folder, whose best points a new study tries first; see
        `gpdht.search.warm_start`.
    tracker : mirrors the study, e.g. `gp.open_tracker()`; None tracks nothing.
    tracking, source : kept in the study's record: where it is tracked (the tracker's place if
        None), how the data were opened.
    cpus_per_trial, gpus_per_trial, max_concurrent, trial_timeout_s, address, storage,
    price_per_hour : see `Placement`; `auto` gives trials what GPUs there are, see
        `gpdht.execution.sharing`.
    time_budget_s, gpu_budget_s : after so many seconds of the search, or of GPUs in its trials,
        the study is left resumable.
    stop_when_flat : ask for no more trials when the next hour is expected to gain less than this
        in the objective; see `gpdht.search.outlook`.
    journal : keep a new study's trials in a journal, which needs no locks of the file system, not
        in a database; None: where the folder is on a network drive.
    seed : replaces the seeds of the sampler, the folds, and the weights.
    replicates : on how many fresh draws of folds a finished search holds its winner against the
        space's default; see `gpdht.search.verdict`.
    command : goes on with the study; `gpdht status` shows it once this process is gone.
    trial : what a worker runs.

    Raises
    ------
    SpaceError, StudyError
        Before Ray starts: for a bad space, and for a study that exists or does not match.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM, once everything is in order for a resume.
    """
    dataset = together(dataset)
    space = space if isinstance(space, Space) else load_space(space)
    space = space if seed is None else space.with_seed(seed)
    check_priors(space, dataset)
    placement, chosen = place(
        Placement(
            cpus_per_trial,
            max_concurrent=max_concurrent,
            address=address,
            storage=storage,
            trial_timeout_s=trial_timeout_s,
            price_per_hour=price_per_hour,
        ),
        gpus_per_trial,
        needed=lambda: largest_config(space, dataset).bytes,
        at_most=trials or space.trials,
    )
    check_gpu_budget(gpu_budget_s, placement)
    study = prepare_study(
        dataset,
        space,
        name=name,
        studies=studies,
        trials=trials,
        resume=resume,
        warm_start=warm_start,
        journal=journal,
        extra={"source": dict(source or {}), "tracking": dict(tracking or {})},
    )
    shown_in = tracker or MemoryStudyTracker()
    with study.locked(), StopRequest(time_budget_s) as stop, keeping_log(study.folder):
        event = "search resumed" if "ended" in study.record else "search started"
        note(event, f"{count(study.space.trials, 'trial')} of {name} on {joint_name(dataset)}")
        parent: dict[str, Any] = {"parent_run": open_parent_run(study, shown_in)}
        parent["tracking"] = study.record["tracking"] or shown_in.place
        study = study.update(ended=None, **(parent if tracker else {}))
        shown = Progress(study.space.trials, study.space.objective.metric, shown=progress)
        shown.say([chosen] if chosen else [])
        queue = TrialQueue(study, tracker=shown_in, progress=shown)
        queue.watch = status = StatusFile(queue, command=command)
        limit_search(
            queue,
            stop,
            gpus=placement.gpus,
            gpu_budget_s=gpu_budget_s,
            stop_when_flat=stop_when_flat,
        )
        tune = partial(tune_trials, dataset, queue, placement=placement, stop=stop, trial=trial)
        again = partial(
            replicate_winner,
            study,
            dataset,
            replicates=replicates,
            placement=placement,
            stop=stop,
            trial=trial,
            shown=progress,
            watch=status,
        )
        size = sum(array.nbytes for array in dataset.parts().values())
        session = partial(ray_session, placement, shipped_bytes=size)
        with explained_writing(study.folder), status:
            _drive(queue, tune, again, session, tracked=tracker is not None)
            study = record_end(queue, stop)
        note("search ended", study.record["ended"]["why"])
        if stop.signalled:
            raise KeyboardInterrupt
    return study


def check_priors(space: Space, dataset: Dataset) -> None:
    """Refuse to search what priors would decide where there are none."""
    searched = [param.path for param in space.params if param.path.startswith("prior.")]
    without = [one.name for one in each_alone(dataset) if not one.priors]
    if searched and without:
        raise SpaceError(
            f"the space searches {', '.join(searched)}, and {without[0]} comes without prior "
            "networks, so all its points would be the same there. Pass --prior NET, or take a "
            "space without them (generalise)."
        )


def _drive(
    queue: TrialQueue,
    tune: Callable[[], None],
    again: Callable[[], None],
    session: Callable[[], AbstractContextManager[bool]],
    *,
    tracked: bool,
) -> None:
    """Run what is missing of the trials, then of the replicates, in one connection to Ray.

    In any case the study is left resumable and its runs closed.

    Parameters
    ----------
    tune, again : run the trials that have not ended; run the winner and the reference once more.
    session : opens the connection.
    tracked : whether somebody sees what the tracker shows.
    """
    outcome: Literal["complete", "interrupted", "failed"] = "failed"
    ending: tuple[dict[str, float], dict[str, str]] = {}, {}
    try:
        queue.recover()
        with session() if queue.remaining > 0 else nullcontext():
            if queue.remaining > 0:
                with queue.progress as progress:
                    progress.resumed(*_standing(queue.study))
                    progress.say(describe_start(queue.study))
                    tune()
            if queue.is_done:
                again()
        outcome = "complete" if queue.is_done else "interrupted"
        if outcome == "complete" and tracked:
            keep_figures(queue.study, queue.tracker)
    except KeyboardInterrupt:
        outcome = "interrupted"
        raise
    finally:
        try:
            queue.interrupt()
            # An interrupted search ends at once: a verdict takes up to a second per trial.
            ending = summary(queue.study, judged=outcome == "complete")
        finally:
            missing = queue.tracker.end_study(outcome, *ending)
        keep_copy(queue.study.folder)
        study = Study.read(queue.study.folder)
        if not tracked and study.record["tracking"]:  # its server was away from the start
            missing = study.num_ended
        study.update(untracked=missing)


def _standing(study: Study) -> tuple[list[str], tuple[str, float] | None]:
    """How earlier runs' trials ended, and the best of them."""
    trials = study.trials()
    states = [state for state in trials["state"] if state not in OPEN]
    if eligible(trials).empty:
        return states, None
    _, row = study.winner()
    return states, (f"trial {row['number']}", float(row["objective"]))
