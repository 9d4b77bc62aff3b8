"""One short trial, placed as the search's would be, and what a whole search takes by it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import ray

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError, StudyError
from gpdht.execution.placement import Placement
from gpdht.execution.stop import StopRequest
from gpdht.execution.tasks import run_tasks
from gpdht.presentation import seconds
from gpdht.search.space import Space
from gpdht.search.trainable import TrialFunction
from gpdht.trial import TrialResult

EPOCHS = 2
"""One epoch alone would not tell apart what it takes and what comes before it."""


@dataclass(frozen=True)
class Timing:
    """What a short trial took.

    Parameters
    ----------
    around : seconds before, between and after its epochs.
    epoch : seconds of an epoch.
    passes : 2 where the folds train again for the test (`train.refit`).
    peak_memory_mb : MiB.
    node : that it ran on.
    """

    around: float
    epoch: float
    passes: int
    peak_memory_mb: float
    node: str

    def trial(self, epochs: int) -> float:
        """Seconds of a trial that uses all its epochs."""
        return self.around + self.passes * epochs * self.epoch


@dataclass(frozen=True)
class Estimate:
    """How long a search takes at most, were each trial as the reference and none pruned.

    Parameters
    ----------
    trials : that remain, and replicates at the end.
    price_per_hour, cost : of the nodes together; None where the price of one is not known.
    """

    trials: int
    at_once: int
    seconds_around: float
    seconds_per_epoch: float
    epochs: int
    passes: int
    seconds_per_trial: float
    trials_per_hour: float
    hours: float
    ends: str
    price_per_hour: float | None
    cost: float | None

    @property
    def lines(self) -> list[str]:
        """The estimate, and how it is made, in words."""
        again = ", trained twice (train.refit)" if self.passes > 1 else ""
        cost = "" if self.cost is None else f"; cost about {self.cost:.2f}"
        if self.price_per_hour is not None:
            cost += f" (the nodes: {self.price_per_hour:.2f} an hour)"
        return [
            f"Estimate: {self.trials_per_hour:.3g} trials an hour; {self.trials} trials and "
            f"replicates take {seconds(3600 * self.hours)}, until {self.ends[:16]}{cost}.",
            f"How: {seconds(self.seconds_around)} around training + {self.epochs} epochs × "
            f"{seconds(self.seconds_per_epoch)}{again} = {seconds(self.seconds_per_trial)} for the "
            f"space's default, × {self.trials} / {self.at_once} at once. Pruning and patience "
            "(train.patience) shorten it; larger configurations and trials that share a machine "
            "lengthen it.",
        ]


def run_one(
    space: Space,
    dataset: Dataset,
    placement: Placement,
    *,
    trial: TrialFunction,
    names: Mapping[str, str],
) -> Timing:
    """The timing of a trial of two epochs at the space's default, on a worker; nothing is kept.

    Parameters
    ----------
    names : of nodes, by their ids.

    Raises
    ------
    StudyError
        If it does not complete.
    """
    config = default_config(space).replace({"train.epochs": EPOCHS})
    (end,) = run_tasks(
        partial(_measure, trial=trial),
        [(config, "data")],
        {"data": dataset},
        placement=placement,
        stop=StopRequest(),
    )
    if end.value is None:
        raise StudyError(f"the trial was lost: {end.error}")
    result, timing = end.value
    node = names.get(timing.node, "a node that left")
    if result.state != "complete":
        raise StudyError(
            f"the trial ended as {result.state} on {node}: {result.error} `gpdht fit` shows it "
            "without Ray."
        )
    return replace(timing, node=node)


def default_config(space: Space) -> Config:
    """The config that the space tries first, or a random valid one."""
    if space.reference is not None:
        return space.config(space.reference)
    rng = np.random.default_rng(0)
    while True:  # a space has valid points
        try:
            return space.config(space.sample(rng))
        except ConfigError:
            continue


def estimate(
    timing: Timing,
    config: Config,
    *,
    trials: int,
    at_once: int,
    price_per_hour: float | None,
    now: Callable[[], datetime] = datetime.now,
) -> Estimate:
    """What a search of so many trials takes, by one short trial."""
    epochs = config.train.epochs
    each = timing.trial(epochs)
    hours = math.ceil(trials / at_once) * each / 3600
    return Estimate(
        trials=trials,
        at_once=at_once,
        seconds_around=timing.around,
        seconds_per_epoch=timing.epoch,
        epochs=epochs,
        passes=timing.passes,
        seconds_per_trial=each,
        trials_per_hour=at_once * 3600 / each,
        hours=hours,
        ends=(now() + timedelta(hours=hours)).isoformat(sep=" ", timespec="seconds"),
        price_per_hour=price_per_hour,
        cost=None if price_per_hour is None else price_per_hour * hours,
    )


def _measure(
    config: Config, dataset: Dataset, *, trial: TrialFunction, **_: Any
) -> tuple[TrialResult, Timing]:
    """On a worker; from an empty cache, as the first trials of a search."""
    after: list[float] = []
    start = perf_counter()

    def report(*_: Any) -> None:
        after.append(perf_counter() - start)

    with TemporaryDirectory() as empty:
        result = trial(config, dataset, report=report, cache_dir=Path(empty))
    whole = perf_counter() - start
    node = ray.get_runtime_context().get_node_id()
    return result, timing_of(after, whole, config, result, node)


def timing_of(
    after: list[float], whole: float, config: Config, result: TrialResult, node: str = ""
) -> Timing:
    """The timing by the seconds after which each epoch ended, and those of the whole trial."""
    epoch = (after[-1] - after[0]) / (len(after) - 1) if len(after) > 1 else 0.0
    again = result.best_epoch or 0 if config.train.refit else 0
    around = max(0.0, whole - (len(after) + again) * epoch)
    passes = 2 if config.train.refit else 1
    return Timing(around, epoch, passes, result.peak_memory_mb, node)
