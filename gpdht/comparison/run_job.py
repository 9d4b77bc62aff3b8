"""What one job gives: a plain function of the job and its dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.comparison.controls import CONTROLS
from gpdht.comparison.jobs import Job
from gpdht.comparison.result import BASELINE
from gpdht.cost import Meter
from gpdht.data.dataset import Dataset
from gpdht.data.overlap import overlapping_tfs
from gpdht.metrics.bootstrap import RESAMPLES, draw_resamples
from gpdht.metrics.names import LOW_OVERLAP
from gpdht.metrics.scores import ResampledScores, ScoredPairs, resample_scores
from gpdht.models.catalogue import BASELINES, MODELS
from gpdht.training.baselines import baseline_scores
from gpdht.training.cross_validation import draw_folds
from gpdht.training.one_set import score_table
from gpdht.trial import TrialResult, failed, run_trial

COLUMNS = ["source", "target", "label", "fold", "score"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a job ended.

    Parameters
    ----------
    result : as a trial's; `scores` has the columns of `COLUMNS`.
    values : the scores over all tested pairs, by name (`ScoredPairs.value`); under ``baseline/…``
        those of the label-only baseline that a GP-DHT trial was held against; with priors, under
        ``low_overlap/…`` those without the TFs of `overlapping_tfs`.
    resampled : the same names, one row for each resample.
    """

    result: TrialResult
    values: dict[str, float] = field(default_factory=dict)
    resampled: pd.DataFrame | None = None


def run_job(
    job: Job,
    dataset: Dataset,
    *,
    cache_dir: Path | None = None,
    trial: Callable[..., TrialResult] = run_trial,
    resamples: int = RESAMPLES,
) -> Outcome:
    """Cross-validate the job's model; never raises for what happens inside the job.

    Parameters
    ----------
    cache_dir : see `run_trial`.
    trial : what runs GP-DHT.
    """
    if job.model in BASELINES:
        result = _run_baseline(job, dataset)
    else:
        change = CONTROLS.get(job.model)
        data = dataset if change is None else change(dataset, seed=job.seed)
        result = trial(job.config, data, cache_dir=cache_dir)
    if result.state != "complete" or result.scores is None:
        return Outcome(result)
    return _with_scores(job, dataset, result, resamples)


def _run_baseline(job: Job, dataset: Dataset) -> TrialResult:
    with Meter() as meter:
        try:
            pairs, folds = draw_folds(job.config, dataset)
            scores = baseline_scores(job.model, dataset, pairs, folds, seed=job.seed)
        except Exception as error:
            return failed(error, meter)
    return TrialResult(
        "complete",
        seconds=meter.seconds,
        peak_memory_mb=meter.peak_memory_mb,
        scores=score_table(dataset, pairs, folds, scores),
        universe=pairs.universe,
    )


def _with_scores(job: Job, dataset: Dataset, result: TrialResult, resamples: int) -> Outcome:
    """The outcome with its scores on all tested pairs and on resamples of them.

    The resamples are equal for all models, splits and seeds of a set: folds differ between seeds,
    and only with the same draws can the seeds' scores be averaged resample by resample.
    """
    scores = result.scores
    assert scores is not None
    columns = {"": "score"} | ({BASELINE: "baseline"} if "baseline" in scores else {})
    measured = _measured(job, dataset, scores, columns, resamples)
    if dataset.priors:
        left = scores[~scores["source"].isin(overlapping_tfs(dataset).tolist())]
        if left["label"].nunique() == 2:
            measured |= _measured(job, dataset, left, {LOW_OVERLAP: "score"}, resamples)
    metrics = result.metrics or measured[""].flat("test") | {
        "test/prevalence": float(scores["label"].mean()),
        "test/early_precision_k": float(scores["label"].sum()),
    }
    return Outcome(
        replace(result, metrics=metrics, scores=scores[COLUMNS]),
        _joined(measured, lambda one: one.value),
        pd.DataFrame(_joined(measured, lambda one: one.resampled)),
    )


def _measured(
    job: Job, dataset: Dataset, scores: pd.DataFrame, columns: dict[str, str], resamples: int
) -> dict[str, ResampledScores]:
    """Of some tested pairs, the scores of rankings that are columns of their table, by prefix."""
    label_P = scores["label"].to_numpy()
    tf_P = scores["source"].map(dataset.gene_index).to_numpy(np.int64)
    own = MODELS[job.model].probabilities
    scored = {
        prefix: ScoredPairs(
            label_P, scores[column].to_numpy(), tf_P, probabilities=own or column == "baseline"
        )
        for prefix, column in columns.items()
    }
    drawn = draw_resamples(scores["target"].to_numpy(), among=dataset.genes, number=resamples)
    return resample_scores(scored, drawn)


def _joined(resampled: dict[str, ResampledScores], part: Callable[[ResampledScores], dict]) -> dict:
    return {f"{prefix}{k}": v for prefix, one in resampled.items() for k, v in part(one).items()}
