"""Scores with intervals, the best on top."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.metrics.names import mode_of
from gpdht.plots.inline import rows_of
from gpdht.plots.theme import (
    finish,
    interval_tips,
    kind_scale,
    nothing,
    row_axis,
    row_labels,
    rows_height,
    title_of,
    with_values,
)
from gpdht.presentation import KINDS


def leaderboard(rows: pd.DataFrame, *, metric: str) -> Any:
    """A dot and an interval for each line.

    Parameters
    ----------
    rows : `name, kind, value, low, high`; without an interval a line has its dot alone, without a
        value it is left out.
    metric : which way is better, and the axis' title.
    """
    shown = with_values(rows, "value")
    if shown.empty:
        return nothing("No scores yet.")
    ordered = shown.sort_values("value", ascending=mode_of(metric) == "min", kind="stable")
    table = ordered[["name", "kind", "value", "low", "high"]].assign(
        label=ordered["name"].map(row_labels(ordered["name"])),
        kind=ordered["kind"].map(lambda kind: KINDS.get(kind, kind)),
    )
    title = title_of(metric)
    x = alt.X("value:Q", title=title, scale=alt.Scale(zero=False, nice=True))
    shared: dict[str, Any] = {
        "y": row_axis(table["label"]),
        "color": alt.Color("kind:N", scale=kind_scale(ordered["kind"])),
        "tooltip": [alt.Tooltip("name:N", title="model"), *interval_tips(title)],
    }
    whole = alt.Chart(rows_of(with_values(table, "low", "high")))
    bars = whole.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=title), x2="high:Q", **shared
    )
    dots = alt.Chart(rows_of(table)).mark_point(filled=True, size=70, opacity=1)
    chart = alt.layer(bars, dots.encode(x=x, **shared))
    return finish(chart, height=rows_height(table["label"]), has_rows=True)
