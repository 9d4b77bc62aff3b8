"""Table 2: uniform against cumulative levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from gpdht.comparison.result import Comparison
from gpdht.data.dataset import Dataset
from gpdht.metrics.bootstrap import paired_interval
from gpdht.presentation import Table, short_signed
from gpdht.reproduction.artifact import METRICS, SPLIT, Artifact, best_label_only, cell, mean_of
from gpdht.reproduction.published import TABLE2, Encoding, published_set

Setting = Literal["published", "default"]

ENCODINGS: dict[Setting, dict[Encoding, str]] = {
    "published": {"uniform": "gpdht_published", "cumulative": "gpdht_published_cumulative"},
    "default": {"uniform": "gpdht", "cumulative": "gpdht_cumulative"},
}
"""The models of a comparison that the table is about."""

SCORES = ("", "uniform: paper", "here", "cumulative: paper", "here", "labels only")
GAINED = ("", "paper", "here", "95 % interval")


def draw_encodings(
    comparison: Comparison, datasets: Mapping[str, Dataset], setting: Setting
) -> Artifact:
    """Table 2: uniform against cumulative levels."""
    table = encoding_table(comparison, datasets, setting)
    return Artifact(encoding_tables(table, setting), table)


def encoding_table(
    comparison: Comparison, datasets: Mapping[str, Dataset], setting: Setting
) -> pd.DataFrame:
    """Table 2: one row for each set and score.

    Columns: `set, metric, uniform, cumulative` (mean over seeds), `difference, low, high` (uniform
    minus cumulative, with its 95 % interval over resampled targets), `published_uniform,
    published_cumulative`, `label_only, label_baseline` (the best label-only baseline and its name).
    """
    rows = []
    models = ENCODINGS[setting]
    for name, dataset in datasets.items():
        printed = published_set(name, dataset)
        for metric in METRICS:
            row = {"set": name, "metric": metric, **best_label_only(comparison, name, metric)}
            for encoding, model in models.items():
                row[encoding] = mean_of(comparison, name, model, metric)
                scores = TABLE2[encoding].get(printed or "")
                row[f"published_{encoding}"] = getattr(scores, metric) if scores else np.nan
            row["difference"] = row["uniform"] - row["cumulative"]
            row["low"], row["high"] = _interval(comparison, name, tuple(models.values()), metric)
            rows.append(row)
    columns = ["set", "metric", "uniform", "cumulative", "difference", "low", "high"]
    more = ["published_uniform", "published_cumulative", "label_only", "label_baseline"]
    return pd.DataFrame(rows, columns=columns + more)


def encoding_tables(table: pd.DataFrame, setting: Setting) -> tuple[Table, Table]:
    """Table 2 in print: the scores, and what uniform levels gain."""
    scores, gains = [], []
    for name in dict.fromkeys(table["set"]):
        part = table[table["set"] == name].set_index("metric").reindex(METRICS)
        columns = ("published_uniform", "uniform", "published_cumulative", "cumulative")
        digits = (2, 3, 2, 3)
        cells = [cell(part[column], n) for column, n in zip(columns, digits, strict=True)]
        scores.append((name, *cells, cell(part["label_only"])))
        gains.append((name, *_gain(part.loc["auprc"])))
    title = f"Table 2: uniform against cumulative levels, {setting} settings (AUROC/AP)"
    return (
        Table(title, SCORES, tuple(scores)),
        Table("AP gained by uniform levels", GAINED, tuple(gains), _in_words(table)),
    )


def _in_words(table: pd.DataFrame) -> str:
    part = table[(table["metric"] == "auprc") & table["difference"].notna()]
    gained, printed = (part["published_uniform"] - part["published_cumulative"], len(part))
    better, worse = int((part["low"] > 0).sum()), int((part["high"] < 0).sum())
    text = (
        "Uniform minus cumulative, with a 95 % interval over targets, is above zero "
        f"for sure in {better} and below in {worse} of {printed} sets, "
        f"{short_signed(part['difference'].mean())} on average"
    )
    if gained.notna().any():
        text += f" (in the paper {short_signed(gained.mean(), 2)}, over the sets that it prints)"
    above = int((part["uniform"] > part["label_only"]).sum())
    return text + (
        ". Uniform levels are above the best label-only baseline, chosen by its test score, in "
        f"{above} of {printed} sets."
    )


def _interval(
    comparison: Comparison, name: str, models: Sequence[str], metric: str
) -> tuple[float, float]:
    """Of first − second, each the mean over seeds on the same resamples."""
    first, second = (comparison.resampled(name, SPLIT, model, metric) for model in models)
    if first is None or second is None:
        return np.nan, np.nan
    return paired_interval(first.mean(axis=1).to_numpy(), second.mean(axis=1).to_numpy())


def _gain(row: pd.Series) -> tuple[str, str, str]:
    """The paper's gain, ours, and its interval."""
    printed = row["published_uniform"] - row["published_cumulative"]
    paper = "–" if pd.isna(printed) else short_signed(printed, 2)
    if pd.isna(row["difference"]):
        return paper, "–", "–"
    ends = (
        "–" if pd.isna(row["low"]) else f"{short_signed(row['low'])} … {short_signed(row['high'])}"
    )
    return paper, short_signed(row["difference"]), ends
