"""Comparisons on disk, made job by job without Ray or a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.comparison.jobs import Job, make_jobs
from gpdht.comparison.outcome import run_job
from gpdht.comparison.run import Comparison, tabulate
from gpdht.comparison.store import Store, open_store
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy
from gpdht.training.cross_validation import draw_folds
from gpdht.trial import TrialResult

SMALL = Config.from_flat(
    {"graph.levels": 3, "encoder.dim": 8, "encoder.iterations": 2, "cv.folds": 2}
)
MODELS = ("gpdht", "tf_rate", "correlation")
COMMAND = "gpdht compare a --out o"


def trial_of(signal: float, fail_seed: int | None = None):
    """A trial without a model: its scores are the labels, `signal` strong, in noise."""

    def trial(config, dataset, *, report=None, cache_dir=None):
        if config.cv.seed == fail_seed:
            return TrialResult("failed", error="RuntimeError: this <seed> is bad", seconds=0.1)
        pairs, folds = draw_folds(config, dataset)
        at = np.concatenate([fold.test for fold in folds])
        noise = np.random.default_rng(config.cv.seed).normal(size=len(at))
        scores = pd.DataFrame(
            {
                "source": dataset.genes[pairs.tf_P[at]].astype(object),
                "target": dataset.genes[pairs.target_P[at]].astype(object),
                "label": pairs.label_P[at],
                "fold": np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds]),
                "score": signal * pairs.label_P[at] + noise,
                "null": np.zeros(len(at)),
            }
        )
        return TrialResult(
            "complete",
            {"test/auprc": 0.5},
            epochs=3,
            best_epoch=2,
            seconds=0.1,
            scores=scores,
            universe=pairs.universe,
        )

    return trial


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
        trial = trial_of(signal, fail_seed)
        store.save(job, run_job(job, sets[job.set], trial=trial, resamples=20))
    comparison = tabulate(store, jobs, metric="auprc", command=COMMAND)
    store.update(outcome="complete")
    return store, comparison
