"""What the seeds of a set and split say together: means, best baselines, ranks, gains.

S: the seeds, B: the resamples. All models, seeds and splits of a set are scored on the same B
draws of its targets, so scores can be averaged and subtracted draw by draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd
import scipy  # loads scipy.stats when it is first used

from gpdht.comparison.job_results import METRICS, JobResult
from gpdht.metrics.bootstrap import interval, paired_interval
from gpdht.metrics.names import mode_of
from gpdht.metrics.scores import ResampledScores

AGAINST = {"label": "label-only", "expression": "expression-only", "prior": "prior-informed"}
BASELINE_KINDS = tuple(AGAINST)
PERMUTED_LABELS = "gpdht_permuted_labels"
OWN_LABELS = "label-only, same permuted labels"
COLUMNS = [
    "set",
    "split",
    "model",
    "kind",
    "metric",
    "seeds",
    "mean",
    "sd",
    "low",
    "high",
    "rank",
    *(
        f"{kind}_{part}"
        for kind in BASELINE_KINDS
        for part in ("baseline", "diff", "low", "high", "p")
    ),
]


@dataclass(frozen=True, eq=False)
class _Seeds:
    """One model's score over seeds: value_S, and drawn_B, its mean over seeds on each resample."""

    model: str
    kind: str
    value_S: np.ndarray
    drawn_B: np.ndarray
    baseline_S: np.ndarray
    baseline_B: np.ndarray

    @property
    def mean(self) -> float:
        return float(self.value_S.mean())


def summarise(results: Sequence[JobResult]) -> pd.DataFrame:
    """One row for each set, split, model and score, with columns `COLUMNS`.

    `mean`, `sd` : over seeds (n − 1; none for one seed).
    `low`, `high` : 95 % interval of the mean over seeds: in each resample of the targets, the mean
    over seeds of the score there; so it covers the choice of targets, given these seeds.
    `rank` : 1 is the best mean; equal ones share a rank. Controls are not ranked.
    `label_baseline`, `expression_baseline` : the label-only and the expression-only model with the
    best mean in this score. They are chosen by their test scores, so `…_diff` is too low
    rather than too high.
    `label_diff`, `label_low`, `label_high`, `label_p` : the model's mean minus that baseline's, its
    95 % interval on the same resamples, and a two-sided bootstrap p-value: twice the share of
    resamples in which the difference is not on the side of zero that most are on. `expression_…`
    alike. The model with permuted labels is held against the label-only baseline with the best
    average precision on the same permuted labels.

    Only models whose jobs are complete for all seeds are there: a mean over fewer seeds is about
    other folds.
    """
    groups: dict[tuple[str, str], list[JobResult]] = {}
    for result in results:
        groups.setdefault((result.job.set, result.job.split), []).append(result)
    rows = []
    for (name, split), group in groups.items():
        for metric in METRICS:
            models = _over_seeds(group, metric)
            cell = {"set": name, "split": split, "metric": metric}
            rows += [cell | row for row in _rows(models, metric)]
    return pd.DataFrame(rows, columns=COLUMNS)


def p_value(difference_B: np.ndarray) -> float:
    """Two-sided bootstrap p-value of a difference of zero; NaN if it is never defined.

    Zero differences count for both sides, and one resample is added to each, so it is never 0.
    """
    defined = difference_B[~np.isnan(difference_B)]
    if not len(defined):
        return np.nan
    rarer = min((defined <= 0).sum(), (defined >= 0).sum())
    return min(1.0, 2 * (float(rarer) + 1) / (len(defined) + 1))


def _over_seeds(group: Sequence[JobResult], metric: str) -> list[_Seeds]:
    """The models that have the score for all seeds, in the order of the tables."""
    seeds = {result.job.seed for result in group}
    by_model: dict[str, list[JobResult]] = {}
    for result in group:
        if result.complete and np.isfinite(result.own.value.get(metric, np.nan)):
            by_model.setdefault(result.job.model, []).append(result)
    return [
        _Seeds(
            model,
            found[0].job.kind,
            np.array([one.own.value[metric] for one in found]),
            _mean_drawn([one.own.resampled.get(metric) for one in found]),
            np.array([baseline.value[metric] for baseline in _baselines(found, metric)]),
            _mean_drawn([one.resampled.get(metric) for one in _baselines(found, metric)]),
        )
        for model, found in by_model.items()
        if len(found) == len(seeds)
    ]


def _baselines(found: Sequence[JobResult], metric: str) -> list[ResampledScores]:
    """The label-only baselines of trials, as far as they have the score."""
    return [one.baseline for one in found if one.baseline and metric in one.baseline.value]


def _mean_drawn(drawn: Sequence[np.ndarray | None]) -> np.ndarray:
    """Mean over seeds in each resample; empty where a score is not resampled."""
    kept = [values for values in drawn if values is not None]
    return np.mean(kept, axis=0) if kept and len(kept) == len(drawn) else np.array([])


def _rows(models: Sequence[_Seeds], metric: str) -> list[dict]:
    sign = 1 if mode_of(metric) == "max" and metric != "calibration_error" else -1
    ranked = [one for one in models if one.kind != "control"]
    ranks = dict(
        zip(
            [one.model for one in ranked],
            scipy.stats.rankdata([-sign * one.mean for one in ranked]) if ranked else [],
            strict=True,
        )
    )
    best = {
        kind: max(
            (one for one in models if one.kind == kind),
            key=lambda one: sign * one.mean,
            default=None,
        )
        for kind in BASELINE_KINDS
    }
    return [_row(one, best, ranks.get(one.model, np.nan)) for one in models]


def _row(one: _Seeds, best: dict[str, _Seeds | None], rank: float) -> dict:
    low, high = interval(one.drawn_B)
    row = {
        "model": one.model,
        "kind": one.kind,
        "seeds": len(one.value_S),
        "mean": one.mean,
        "sd": float(one.value_S.std(ddof=1)) if len(one.value_S) > 1 else np.nan,
        "low": low,
        "high": high,
        "rank": rank,
    }
    for kind in BASELINE_KINDS:
        other = best[kind]
        if one.model == PERMUTED_LABELS:
            own_labels = kind == "label" and len(one.baseline_S) == len(one.value_S)
            other = _baseline_of(one) if own_labels else None
        row |= _against(one, other, cast(Literal["label", "expression"], kind))
    return row


def _baseline_of(one: _Seeds) -> _Seeds:
    return _Seeds(OWN_LABELS, "label", one.baseline_S, one.baseline_B, np.array([]), np.array([]))


def _against(one: _Seeds, baseline: _Seeds | None, name: str) -> dict:
    if baseline is None:
        return {}
    row = {f"{name}_baseline": baseline.model, f"{name}_diff": one.mean - baseline.mean}
    if baseline.model == one.model or not (len(one.drawn_B) and len(baseline.drawn_B)):
        return row
    low, high = paired_interval(one.drawn_B, baseline.drawn_B)
    p = p_value(one.drawn_B - baseline.drawn_B)
    return row | {f"{name}_low": low, f"{name}_high": high, f"{name}_p": p}
