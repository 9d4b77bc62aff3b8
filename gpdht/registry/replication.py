"""What a trial scores on fresh folds, as the registry and its card show it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gpdht.data.dataset import Dataset
from gpdht.errors import ModelError
from gpdht.metrics.calibration import Platt, fit_platt
from gpdht.metrics.names import HIGHER_IS_BETTER, LOWER_IS_BETTER
from gpdht.metrics.over_sets import scores_by_set
from gpdht.search.replicates import (
    fresh_seeds,
    keep_replicate,
    missing_replicates,
    read_replicates,
    replicate_scores,
    with_seed,
)
from gpdht.search.study import Study
from gpdht.trial import TrialResult, run_trial

if TYPE_CHECKING:
    from gpdht.registry.model import Progress

_KINDS = ("test", "baseline")


@dataclass(frozen=True)
class Figure:
    """A score over replicates.

    Parameters
    ----------
    pooled : mean over seeds of the score of all out-of-fold pairs together.
    mean, sd : over all folds of all seeds (sd with n − 1).
    per_seed : the pooled score of each seed.
    folds : how many scores `mean` and `sd` are over; those in which it is defined.
    """

    pooled: float
    mean: float
    sd: float
    per_seed: tuple[float, ...]
    folds: int


@dataclass(frozen=True)
class Replication:
    """Cross-validations of one configuration with fresh folds and seeds.

    Parameters
    ----------
    seeds : of folds, sampled negatives, weights and batches.
    figures : `test/auprc`, `baseline/auprc` (the best label-only baseline, same folds), … by name.
    gain : pooled test minus pooled label-only score of each seed, by metric.
    seconds : the cost of all of them.
    baseline_models : which label-only baselines were best, by metric; one, or several over seeds.
    calibration : of the out-of-fold scores of all seeds; None if they are not kept.
    """

    seeds: tuple[int, ...]
    figures: dict[str, Figure]
    gain: dict[str, tuple[float, ...]]
    seconds: float
    baseline_models: dict[str, tuple[str, ...]] = field(default_factory=dict)
    calibration: Platt | None = None

    def metrics(self) -> dict[str, float]:
        """Plain metric names for a tracker."""
        out: dict[str, float] = {}
        for name, figure in self.figures.items():
            out |= {name: figure.pooled, f"{name}_mean": figure.mean, f"{name}_sd": figure.sd}
        for metric, per_seed in self.gain.items():
            out[f"gain/{metric}"] = statistics.fmean(per_seed)
            out[f"gain/{metric}_sd"] = sample_sd(per_seed)
        return out | {"seconds/replication": self.seconds}


def replicate(
    study: Study,
    dataset: Dataset,
    number: int,
    *,
    replicates: int,
    of: str = "",
    progress: Progress | None = None,
) -> Replication:
    """A trial cross-validated once per fresh seed; what the study keeps is not run again.

    Parameters
    ----------
    of : the set that the figures are of, where the study has several.

    Raises
    ------
    ModelError
        If one of them does not complete.
    """
    config, cache = study.config(number), study.folder / "cache"
    for position, (_, seed) in enumerate(
        missing := missing_replicates(study, [number], replicates), start=1
    ):
        what = f"trial {number}, cross-validation {position} of {len(missing)}"

        def report(epoch: int, _: dict[str, float], what: str = what) -> None:
            if progress is not None:
                progress(what, epoch, config.train.epochs)

        result = run_trial(with_seed(config, seed), dataset, report=report, cache_dir=cache)
        if result.state != "complete":
            raise ModelError(
                f"trial {number}, run again with seed {seed}, ended as {result.state}: "
                f"{result.error}. Register with other --replicates, or search again."
            )
        keep_replicate(study, dataset, number, seed, result)
    kept, seeds = read_replicates(study, number), fresh_seeds(config, replicates)
    found = summarise([kept[seed].result.of_set(of) for seed in seeds], seeds=seeds)
    scores = replicate_scores(study, number, seeds)
    if scores is None:
        return found
    scores = scores_by_set(scores)[of]
    return replace(found, calibration=fit_platt(scores["label"], scores["score"]))


def summarise(results: Sequence[TrialResult], *, seeds: Sequence[int]) -> Replication:
    """Figures over the metrics of complete trials, one per seed."""
    names = [name for name in results[0].metrics if all(_is_figure(name, r) for r in results)]
    figures = {name: _figure(name, results) for name in names}
    gain = {
        metric: tuple(
            r.metrics[f"test/{metric}"] - r.metrics[f"baseline/{metric}"] for r in results
        )
        for metric in HIGHER_IS_BETTER
        if {f"test/{metric}", f"baseline/{metric}"} <= figures.keys()
    }
    seconds = sum(result.seconds for result in results)
    baseline_models = {
        metric: tuple(dict.fromkeys(r.baseline_models[metric] for r in results))
        for metric in results[0].baseline_models
        if all(metric in r.baseline_models for r in results)
    }
    return Replication(tuple(seeds), figures, gain, seconds, baseline_models)


def sample_sd(values: Sequence[float]) -> float:
    """Sample standard deviation; NaN for one value."""
    return statistics.stdev(values) if len(values) > 1 else math.nan


def _is_figure(name: str, result: TrialResult) -> bool:
    """Whether a trial has this score of all test folds together, and of folds."""
    kind, _, metric = name.partition("/")
    known = kind in _KINDS and metric in (*HIGHER_IS_BETTER, *LOWER_IS_BETTER)
    return known and name in result.metrics and bool(list(_of_folds(name, result)))


def _of_folds(name: str, result: TrialResult) -> Iterator[float]:
    return (v for n, v in result.metrics.items() if n.startswith(f"{name}_fold"))


def _figure(name: str, results: Sequence[TrialResult]) -> Figure:
    per_seed = tuple(result.metrics[name] for result in results)
    folds = [value for result in results for value in _of_folds(name, result)]
    return Figure(
        statistics.fmean(per_seed), statistics.fmean(folds), sample_sd(folds), per_seed, len(folds)
    )
