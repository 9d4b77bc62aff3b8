"""When a search ends before its last trial, and what is kept of why it ended."""

from __future__ import annotations

from dataclasses import asdict

from gpdht.errors import StudyError
from gpdht.execution.placement import Placement
from gpdht.execution.stop import StopRequest
from gpdht.search.outlook import look_ahead
from gpdht.search.study import Study
from gpdht.search.trial_queue import TrialQueue

AGREEING = 3


def check_gpu_budget(gpu_budget_s: float | None, placement: Placement) -> None:
    """Refuse a budget of GPUs for trials that use none."""
    if gpu_budget_s is not None and not placement.gpus:
        raise StudyError(
            "a GPU budget is given, but a trial asks for no GPU, so it would never be spent. Say "
            "how much of one each gets (--gpus-per-trial 1), or use --time-budget."
        )


def limit_search(
    queue: TrialQueue,
    stop: StopRequest,
    *,
    gpus: float,
    gpu_budget_s: float | None,
    stop_when_flat: float | None,
) -> None:
    """Let a search end early.

    A spent budget of GPUs (their seconds in the trials of this run) stops the trials that run, as
    a time budget does. A flat study asks for no more, and those that run end by themselves.
    """
    if gpu_budget_s is not None:
        stop.limit("GPU budget", lambda: queue.seconds * gpus >= gpu_budget_s)
    if stop_when_flat is not None:
        queue.is_enough = lambda: is_flat(queue.study, stop_when_flat)


def is_flat(study: Study, gain: float) -> bool:
    """Whether the next hour is expected to gain less than this; never with too few trials.

    Asked after every trial, one estimate would stop at its first low value, so the last `AGREEING`
    must all be below.
    """
    outlooks = (look_ahead(study, ago=ago) for ago in range(AGREEING))
    return all(outlook is not None and outlook.gain < gain for outlook in outlooks)


def record_end(queue: TrialQueue, stop: StopRequest) -> Study:
    """Keep in the study's record why this run ended and what another hour would bring.

    The entry `ended` has `why` (complete, flat, interrupted, time budget, GPU budget) and
    `outlook` (`trials, gain, metric`; None with too few trials).
    """
    if queue.remaining <= 0:
        why = "complete"
    elif stop.signalled or stop.spent:
        why = stop.spent or "interrupted"
    else:
        why = "flat"
    outlook = look_ahead(queue.study)
    ended = {"why": why, "outlook": asdict(outlook) if outlook else None}
    # read anew: others keep things there too
    return Study.read(queue.study.folder).update(ended=ended)
