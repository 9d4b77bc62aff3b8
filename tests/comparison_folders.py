"""Comparisons on disk, made job by job without Ray or a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from label_trials import label_trial

from gpdht.comparison.jobs import Job, make_jobs
from gpdht.comparison.result import Comparison
from gpdht.comparison.run_job import run_job
from gpdht.comparison.store import Store, open_store
from gpdht.comparison.tables import tabulate
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy
from gpdht.tracking.provenance import versions

SMALL = Config.from_flat(
    {"graph.levels": 3, "encoder.dim": 8, "encoder.iterations": 2, "cv.folds": 2}
)
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
    sets = sets or {"small": toy(genes=40, tfs=5, cells=40, seed=0)}
    jobs: list[Job] = make_jobs(sets, models=models, splits=splits, seeds=seeds, config=SMALL)
    store = open_store(folder, sets, SMALL, jobs)
    for job in jobs:
        trial = label_trial(signal=signal, fail_seed=fail_seed)
        store.save(job, run_job(job, sets[job.set], trial=trial, resamples=20))
    changes = {"metric": "auprc", "command": COMMAND, "versions": versions()}
    store = store.update(outcome="complete", **changes)
    return store, tabulate(store, jobs)
