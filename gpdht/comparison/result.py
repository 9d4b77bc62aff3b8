"""What a comparison found: its tables, and the out-of-fold scores of its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gpdht.metrics.out_of_fold import read_scores

TABLES = ("results", "summary", "ranks", "tests")
BASELINE = "baseline/"
"""Before the names of those scores of a job that are of its trial's own label-only baseline."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """The tables of a comparison; the same ones lie in its folder.

    Parameters
    ----------
    folder : with `results.parquet`, `summary.parquet`, `ranks.parquet`, `tests.parquet`,
        `table.md`, and `jobs/`: every job's record and out-of-fold scores.
    metric : the score that the tables rank by.
    results : one row per set, split, seed, model and score (`gpdht.comparison.results`).
    summary : one row per set, split, model and score (`gpdht.comparison.statistics`).
    ranks, tests : over the sets of a split (`gpdht.comparison.statistics`).
    about : `config_hash`, `config`, `sets`, `versions`, `command`; `outcome`, `jobs`, `ended`: how
        the last run ended (None while the first goes on), how many jobs there are, and have ended.
    """

    folder: Path
    metric: str
    results: pd.DataFrame
    summary: pd.DataFrame
    ranks: pd.DataFrame
    tests: pd.DataFrame
    about: dict[str, Any]

    @property
    def is_finished(self) -> bool:
        """Whether all jobs have ended."""
        return self.about["outcome"] == "complete" and self.about["ended"] == self.about["jobs"]

    def jobs(self, dataset: str, split: str, model: str) -> pd.DataFrame:
        """The jobs of a model in a cell of the grid, one row for each seed, in their order."""
        table = self.results.drop_duplicates("job")
        here = (table["set"] == dataset) & (table["split"] == split) & (table["model"] == model)
        return table[here]

    def scores(self, dataset: str, split: str, model: str) -> pd.DataFrame | None:
        """A model's out-of-fold scores with the first complete seed of a cell; None without one."""
        job = self.first_job(dataset, split, model)
        return None if job is None else read_scores(scores_path(self.folder, job))

    def first_job(self, dataset: str, split: str, model: str) -> str | None:
        """The key of the job that `scores` are of."""
        jobs = self.jobs(dataset, split, model)
        complete = jobs.loc[jobs["state"] == "complete", "job"]
        return str(complete.iloc[0]) if len(complete) else None

    def resampled(self, dataset: str, split: str, model: str, metric: str) -> pd.DataFrame | None:
        """A model's score on each resample, a column for each seed; None if one is missing."""
        jobs = self.jobs(dataset, split, model)
        if jobs.empty or (jobs["state"] != "complete").any():
            return None
        tables = [pd.read_parquet(resampled_path(self.folder, job)) for job in jobs["job"]]
        return pd.concat([table[metric] for table in tables], axis="columns")

    def failures(self) -> pd.DataFrame:
        """The jobs that did not complete: `set, split, seed, model, state, error`."""
        jobs = self.results.drop_duplicates("job")
        columns = ["set", "split", "seed", "model", "state", "error"]
        return jobs.loc[jobs["state"] != "complete", columns].reset_index(drop=True)


def scores_path(folder: Path, job: str) -> Path:
    """Where a job's out-of-fold scores are."""
    return folder / "jobs" / f"{job}.scores.parquet"


def resampled_path(folder: Path, job: str) -> Path:
    """Where a job's scores on each resample are."""
    return folder / "jobs" / f"{job}.resampled.parquet"
