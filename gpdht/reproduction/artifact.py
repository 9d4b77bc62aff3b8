"""What a reproduced table or figure consists of, and how it reads a comparison's scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from gpdht.comparison.result import Comparison
from gpdht.presentation import Table, short

SPLIT = "edge"  # the paper's: pairs are drawn into folds at random
METRICS = ("auroc", "auprc")


@dataclass(frozen=True, eq=False)
class Artifact:
    """Tables in print, the same as one tidy table, and a chart for each set."""

    tables: tuple[Table, ...]
    table: pd.DataFrame
    charts: Mapping[str, Any] = field(default_factory=dict)


def scores_of(comparison: Comparison, name: str, metric: str) -> pd.DataFrame:
    """The summary of a set in one score, a row for each model."""
    table = comparison.summary
    here = (table["set"] == name) & (table["split"] == SPLIT) & (table["metric"] == metric)
    return table[here]


def best_label_only(comparison: Comparison, name: str, metric: str) -> dict[str, Any]:
    """`label_only`, `label_baseline`: the best label-only score of a set, and whose it is."""
    part = scores_of(comparison, name, metric)
    labels = part[part["kind"] == "label"]
    if labels.empty:
        return {"label_only": np.nan, "label_baseline": None}
    best = labels.loc[labels["mean"].idxmax()]
    return {"label_only": float(best["mean"]), "label_baseline": best["model"]}


def mean_of(comparison: Comparison, name: str, model: str, metric: str) -> float:
    """A model's mean over seeds; NaN if it is not complete."""
    found = scores_of(comparison, name, metric)
    values = found.loc[found["model"] == model, "mean"]
    return float(values.iloc[0]) if len(values) else np.nan


def cell(values: Sequence[float] | pd.Series, digits: int = 3) -> str:
    """Scores with strokes between them; a dash where there are none."""
    if pd.isna(np.asarray(values)).all():
        return "–"
    return "/".join(short(value, digits) for value in values)
