"""Comparisons on disk, made job by job without Ray or a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fake_trials import label_trial
from small_inputs import TINY, small_set

from gpdht.comparison.jobs import Job, make_jobs
from gpdht.comparison.result import Comparison
from gpdht.comparison.run_job import run_job
from gpdht.comparison.store import Store, open_store
from gpdht.comparison.tables import tabulate
from gpdht.data.dataset import Dataset
from gpdht.tracking.provenance import versions

MODELS = ("gpdht", "tf_rate", "correlation")
COMMAND = "gpdht compare a --out o"


def make_comparison(
    folder: Path,
    *,
    sets: dict[str, Dataset] | None = None,
    models: Sequence[str] = MODELS,
    splits: Sequence[str] = ("edge", "target"),
    seeds: Sequence[int] = (0,),
    signal: float = 1.0,
    fail_seed: int | None = None,
) -> tuple[Store, Comparison]:
    """A finished comparison in a folder, and its tables."""
    sets = sets or {"small": small_set()}
    jobs: list[Job] = make_jobs(sets, models=models, splits=splits, seeds=seeds, config=TINY)
    store = open_store(folder, sets, TINY, jobs)
    for job in jobs:
        trial = label_trial(signal=signal, fail_seed=fail_seed)
        store.save(job, run_job(job, sets[job.set], trial=trial, resamples=20))
    changes = {"metric": "auprc", "command": COMMAND, "versions": versions()}
    store = store.update(outcome="complete", **changes)
    return store, tabulate(store, jobs)
