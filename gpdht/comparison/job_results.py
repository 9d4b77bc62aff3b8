"""The tidy table of a comparison: one row for each set, split, seed, model and score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from gpdht.comparison.jobs import JobKey
from gpdht.comparison.result import BASELINE
from gpdht.comparison.store import Store
from gpdht.errors import StudyError
from gpdht.metrics.bootstrap import interval
from gpdht.metrics.gain import measure_gain
from gpdht.metrics.names import HIGHER_IS_BETTER, LOW_OVERLAP
from gpdht.metrics.scores import ResampledScores
from gpdht.models.catalogue import LABEL_ONLY, MODELS, WITHOUT_EXPRESSION

METRICS = (
    *HIGHER_IS_BETTER,
    "brier",
    "calibration_error",
    *(f"{LOW_OVERLAP}{metric}" for metric in HIGHER_IS_BETTER),
)
COLUMNS = [
    "set",
    "split",
    "seed",
    "model",
    "kind",
    "metric",
    "value",
    "low",
    "high",
    "state",
    "error",
    "seconds",
    "peak_memory_mb",
    "epochs",
    "best_epoch",
    "num_pairs",
    "prevalence",
    "folds",
    "negatives",
    "universe",
    "fingerprint",
    "config_hash",
    "gpdht",
    "job",
]


@dataclass(frozen=True, eq=False)
class JobResult:
    """A job that ended, with its record and, if it is complete, its scores.

    Parameters
    ----------
    own : the model's scores; of a job that is not complete without any.
    baseline : those of the label-only baseline with the best average precision on the job's own
        labels, which for permuted labels are others than the set's; None for a baseline's job.
    """

    job: JobKey
    record: dict[str, Any]
    own: ResampledScores = field(default_factory=lambda: ResampledScores({}))
    baseline: ResampledScores | None = None

    @property
    def complete(self) -> bool:
        return self.record["state"] == "complete"


def load_results(store: Store, jobs: Sequence[JobKey]) -> list[JobResult]:
    """The jobs that have ended, in the order given."""
    found = []
    for job in jobs:
        record = store.load(job.digest)
        if record is not None and record["state"] != "complete":
            found.append(JobResult(job, record))
        elif record is not None:
            table = store.resampled(job.digest)
            baseline = _measured(record["values"], table, BASELINE)
            own = _measured(record["values"], table, "")
            found.append(JobResult(job, record, own, baseline if baseline.value else None))
    return found


def kept_jobs(store: Store) -> list[JobKey]:
    """The jobs of a comparison that have ended, in the order in which they were asked for.

    Raises
    ------
    StudyError
        If a job's model is unknown to this version.
    """
    names = {one["fingerprint"]: name for name, one in store.record["sets"].items()}
    found = []
    for digest in store.record["numbers"]:
        record = store.load(digest)
        if record is None:
            continue
        if record["model"] not in MODELS:
            raise StudyError(
                f'{store.folder}: model "{record["model"]}" of gpdht {record["gpdht"]} is unknown '
                "to this version; open the comparison with that one."
            )
        name = names.get(record["fingerprint"], record["set"])
        found.append(JobKey(name, record["split"], record["seed"], record["model"], digest))
    return found


def _measured(values: Mapping[str, float], table: pd.DataFrame, prefix: str) -> ResampledScores:
    """The part of a job's scores under a prefix."""

    def names(keys: Any) -> dict[str, str]:
        if prefix:
            return {k: k.removeprefix(prefix) for k in keys if k.startswith(prefix)}
        return {k: k for k in keys if not k.startswith(BASELINE)}

    return ResampledScores(
        {name: values[key] for key, name in names(values).items()},
        {name: table[key].to_numpy() for key, name in names(table.columns).items()},
    )


def tidy(results: Sequence[JobResult]) -> pd.DataFrame:
    """One row per job and score, with columns `COLUMNS`.

    `low` and `high` are the ends of the bootstrap 95 % interval over targets; the calibration
    error has none. A job that failed has the rows of the ranking scores, without values. `seconds`
    are of fitting and scoring; what a baseline makes of the expression alone counts only for the
    first of a worker's jobs on a set.
    """
    rows = []
    for result in results:
        record = {name: result.record[name] for name in COLUMNS if name in result.record}
        record |= {"set": result.job.set}  # it may have been called otherwise when it ran
        names = [m for m in METRICS if m in result.own.value] or list(HIGHER_IS_BETTER)
        for metric in names:
            drawn = result.own.resampled.get(metric)
            low, high = (np.nan, np.nan) if drawn is None else interval(drawn)
            value = result.own.value.get(metric, np.nan)
            rows.append(record | {"metric": metric, "value": value, "low": low, "high": high})
    table = pd.DataFrame(rows, columns=COLUMNS)
    types = {"error": "string", "universe": "string", "best_epoch": "Int64", "num_pairs": "Int64"}
    floats = dict.fromkeys(("value", "low", "high", "prevalence"), "float64")
    return table.astype(types | floats)


def gains(results: Sequence[JobResult]) -> dict[str, dict[str, float]]:
    """`gain/…` of each complete baseline's job, by digest, as a trial measures its own.

    Each is over the best of the same baselines as a trial's, on the same folds; where the
    comparison lacks a label-only one of them there is none.
    """
    by_cell: dict[tuple[str, str, int], dict[str, ResampledScores]] = {}
    for result in results:
        if result.complete and result.job.model in (*LABEL_ONLY, *WITHOUT_EXPRESSION):
            by_cell.setdefault(_cell(result.job), {})[result.job.model] = result.own
    out = {}
    for result in results:
        baselines = by_cell.get(_cell(result.job), {})
        if result.complete and result.baseline is None and set(LABEL_ONLY) <= set(baselines):
            out[result.job.digest] = measure_gain(result.own, baselines)[0]
    return out


def _cell(job: JobKey) -> tuple[str, str, int]:
    return job.set, job.split, job.seed
