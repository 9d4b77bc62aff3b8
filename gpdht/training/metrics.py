"""Scores of ranked pairs: pooled over folds, per fold, and beside the label-only baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

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


def out_of_fold_metrics(scores: pd.DataFrame) -> dict[str, float]:
    """Test metrics of a model and of the label-only baseline on the same folds.

    Pooled (`test/auprc`, `null/auprc`, and their difference `lift/auprc`), and mean and sd over
    folds (`test/auprc_mean`, …).

    Parameters
    ----------
    scores : columns `label, fold, score, null`, one row per tested pair.
    """
    out: dict[str, float] = {}
    for prefix, column in (("test", "score"), ("null", "null")):
        pooled = ranking_scores(scores["label"].to_numpy(), scores[column].to_numpy())
        out.update({f"{prefix}/{metric}": value for metric, value in pooled.items()})
        per_fold = [
            ranking_scores(part["label"].to_numpy(), part[column].to_numpy())
            for _, part in scores.groupby("fold", sort=True)
        ]
        out.update(spread(prefix, per_fold))
    out.update({f"lift/{m}": out[f"test/{m}"] - out[f"null/{m}"] for m in METRICS})
    out["test/prevalence"] = float(scores["label"].mean())
    return out
