"""What a study's winner gains over labels alone, score by score, as parts of a page."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gpdht import plots
from gpdht.models.catalogue import title_of
from gpdht.presentation import Table, count, number, signed, with_interval
from gpdht.report.card import winners_gains
from gpdht.report.page import Figure, Paragraph, Part
from gpdht.report.registered import Registered
from gpdht.report.words import title
from gpdht.search.charts import SHORT, gain_rows
from gpdht.search.study_tables import StudyTables

_READING = (
    "A dot is the trial’s score minus that of the best label-only model on the same pairs, with "
    "its 95 % interval; right of zero the trial is better, and an interval that crosses zero "
    "leaves it open."
)


def gain_parts(
    tables: StudyTables, charts: Mapping[str, Any], registered: Registered | str
) -> list[Part]:
    """The winner's gains, and those with fresh seeds if it is registered, as chart and table."""
    if tables.gains.empty:
        return [Paragraph("No complete trial was held against a label-only baseline.")]
    again = winners_gains(registered, tables.study, tables.winner)
    rows = [
        (
            title(row.metric),
            number(row.test),
            number(row.baseline),
            with_interval(row.value, row.low, row.high, sign=True),
            title_of(row.against) or "–",
            ", ".join(signed(value) for value in again.get(row.metric, [])) or "–",
        )
        for row in tables.gains.itertuples()
    ]
    header = ("score", "test", "labels only", "gain (95 % interval)", "best label-only model")
    table = Table(
        f"Trial {tables.winner} beside the best label-only model in each score; fresh seeds: the "
        "gain on folds that the search has not used, once for each seed of a registered model.",
        (*header, "gain, fresh seeds"),
        rows,
        words=(0, 4),
    )
    return [_figure(tables, charts, again), table] if "gains" in charts else [table]


def _figure(
    tables: StudyTables, charts: Mapping[str, Any], again: Mapping[str, Sequence[float]]
) -> Figure:
    chart, reading = charts["gains"], _READING
    fresh = _fresh_rows(again)
    if len(fresh):
        rows = gain_rows(tables)
        both = pd.concat([rows, fresh]).sort_values(
            "split", key=lambda split: split.map(list(rows["split"]).index), kind="stable"
        )
        chart = plots.gains(both, metric="score")
        reading += (
            f" Fresh: the mean over {count(len(next(iter(again.values()))), 'seed')} that the "
            "search has not used, and a bar from the lowest to the highest."
        )
    return Figure(f"Gain of trial {tables.winner}, split “{tables.split}”", chart, reading)


def _fresh_rows(again: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "split": SHORT[metric],
                "set": "fresh",
                "against": "label-only",
                "value": statistics.fmean(values),
                "low": min(values),
                "high": max(values),
            }
            for metric, values in again.items()
            if metric in SHORT
        ]
    )
