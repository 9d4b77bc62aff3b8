"""A study's winner and its reference, cross-validated again on fresh folds as Ray tasks."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

from gpdht.config import Config
from gpdht.cost import Meter
from gpdht.data.dataset import Dataset
from gpdht.execution.event_log import note
from gpdht.execution.placement import Placement
from gpdht.execution.progress import Progress
from gpdht.execution.stop import StopRequest
from gpdht.execution.tariff import tariff_here
from gpdht.execution.tasks import run_tasks
from gpdht.metrics.names import score_of
from gpdht.search.replicates import keep_replicate, missing_replicates, with_seed
from gpdht.search.study import Study
from gpdht.search.trainable import TrialFunction
from gpdht.search.verdict import to_compare
from gpdht.trial import TrialResult

logger = logging.getLogger(__name__)


def replicate_winner(
    study: Study,
    dataset: Dataset,
    *,
    replicates: int,
    placement: Placement,
    stop: StopRequest,
    trial: TrialFunction,
    shown: bool,
    watch: Callable[[], None] = lambda: None,
) -> None:
    """Run what is missing of the replicates that tell whether the search paid.

    A replicate that does not complete costs a warning; the next resume tries it again. `watch` is
    called about twice a second.
    """
    todo = missing_replicates(study, to_compare(study), replicates)
    if not todo:
        return
    metric = f"test/{score_of(study.space.objective.metric)}"
    names = [f"trial {number} on fresh folds, seed {seed}" for number, seed in todo]

    def started(position: int) -> None:
        progress.started(names[position])
        note("replicate started", names[position], trial=todo[position][0])

    def waiting() -> None:
        progress.tick()
        watch()

    with Progress(len(todo), metric, noun="replicates", shown=shown) as progress:
        for end in run_tasks(
            partial(_run, trial=trial, placement=placement),
            [(with_seed(study.config(number), seed), "data") for number, seed in todo],
            {"data": dataset},
            placement=placement,
            stop=stop,
            cache_dir=study.folder / "cache",
            started=started,
            waiting=waiting,
        ):
            result = end.value or TrialResult("failed", error=end.error)
            value = result.metrics.get(metric, math.nan)
            name = names[end.position]
            progress.finished(name, result.state, value, result.seconds, result.error)
            note("replicate ended", f"{name}: {result.state}", trial=todo[end.position][0])
            if result.state == "complete":
                keep_replicate(study, dataset, *todo[end.position], result)
            else:
                logger.warning("%s ended as %s: %s", name, result.state, result.error)


def _run(
    config: Config,
    dataset: Dataset,
    *,
    cache_dir: Path | None,
    trial: TrialFunction,
    placement: Placement,
) -> TrialResult:
    with Meter() as meter:
        result = trial(config, dataset, report=lambda *_: None, cache_dir=cache_dir)
    return tariff_here(placement).charge(result, meter)
