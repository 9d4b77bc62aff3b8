"""Scores of ranked pairs: pooled over folds, per fold, and beside the label-only baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from gpdht.training.intervals import RESAMPLES, Unit, draw_resamples
from gpdht.training.lift import lift
from gpdht.training.measure import Scored, measure

METRICS = ("auroc", "auprc")


def ranking_scores(label_P: np.ndarray, score_P: np.ndarray) -> dict[str, float]:
    """`auroc` and `auprc` of one ranking.

    `auprc` is average precision, which unlike the trapezoid area does not flatter tied scores.
    """
    return {
        "auroc": float(roc_auc_score(label_P, score_P)),
        "auprc": float(average_precision_score(label_P, score_P)),
    }


def spread(prefix: str, per_fold: list[dict[str, float]]) -> dict[str, float]:
    """`prefix/metric_mean`, `_sd` (n − 1) and `_fold0`… from the scores of each fold."""
    out: dict[str, float] = {}
    for metric in METRICS:
        values = np.array([scores[metric] for scores in per_fold])
        out[f"{prefix}/{metric}_mean"] = float(values.mean())
        out[f"{prefix}/{metric}_sd"] = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        out.update({f"{prefix}/{metric}_fold{i}": float(v) for i, v in enumerate(values)})
    return out


def out_of_fold_metrics(
    scores: pd.DataFrame, *, unit: Unit = "target", resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, float]:
    """Test metrics of a model and of the label-only baseline on the same folds.

    `test/…` is the model's, `null/…` the baseline's, `lift/…` the difference, in each name of
    `Scored.resampled`: pooled over folds, with the ends of its bootstrap 95 % interval
    (`test/auprc`, `test/auprc_low`, `test/auprc_high`). The interval of a lift is that of the
    difference on the same resamples. Mean and sd over folds are `test/auprc_mean`, …
    `test/early_precision_k` says how many pairs are early, `test/prevalence` the share of
    positives. All are about the tested pairs, whose universe `Pairs.universe` names. What is
    undefined (no TF has both classes) is left out.

    Parameters
    ----------
    scores : columns `source, target, label, fold, score, null`, one row per tested pair.
    unit : what the bootstrap draws; see `Resamples`.
    """
    label_P, fold_P = scores["label"].to_numpy(), scores["fold"].to_numpy()
    tf_P, target_P = (pd.factorize(scores[end])[0] for end in ("source", "target"))
    drawn = draw_resamples(
        tf_P=tf_P, target_P=target_P, fold_P=fold_P, unit=unit, number=resamples, seed=seed
    )
    columns = {"test": "score", "null": "null"}
    measured = measure(
        {
            name: Scored(label_P, scores[column].to_numpy(), tf_P)
            for name, column in columns.items()
        },
        drawn,
    )
    out: dict[str, float] = {}
    for name, column in columns.items():
        per_fold = [
            ranking_scores(part["label"].to_numpy(), part[column].to_numpy())
            for _, part in scores.groupby("fold", sort=True)
        ]
        out |= measured[name].flat(name) | spread(name, per_fold)
    gain, _ = lift(measured["test"], {"null": measured["null"]})
    out |= gain
    out["test/prevalence"] = float(label_P.mean())
    out["test/early_precision_k"] = float(label_P.sum())
    return out
