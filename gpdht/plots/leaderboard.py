"""Scores with intervals, the best on top."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.metric_names import TITLES, mode_of
from gpdht.plots.theme import ROW, finish, kind_scale, named_kinds, nothing, rows_of


def leaderboard(rows: pd.DataFrame, *, metric: str) -> Any:
    """A dot and an interval for each line.

    Parameters
    ----------
    rows : `line, kind, value, low, high`.
    metric : which way is better, and the axis' title.
    """
    shown = rows[rows["value"].notna()]
    if shown.empty:
        return nothing("No scores yet.")
    ordered = shown.sort_values("value", ascending=mode_of(metric) == "min", kind="stable")
    order = ordered["line"].tolist()
    columns = ["line", "kind", "value", "low", "high"]
    base = alt.Chart(rows_of(named_kinds(ordered)[columns]))
    colour = alt.Color("kind:N", scale=kind_scale(shown["kind"]))
    y = alt.Y("line:N", sort=order, title=None, axis=alt.Axis(labelLimit=170, grid=True))
    score = TITLES.get(metric.rpartition("/")[2], metric)
    x = alt.X("value:Q", title=score, scale=alt.Scale(zero=False, nice=True))
    tip = [
        alt.Tooltip("line:N", title="model"),
        alt.Tooltip("value:Q", title=score),
        alt.Tooltip("low:Q", title="95 % from"),
        alt.Tooltip("high:Q", title="to"),
    ]
    chart = alt.layer(
        base.mark_rule(strokeWidth=2).encode(
            y=y, x=alt.X("low:Q", title=score), x2="high:Q", color=colour, tooltip=tip
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            y=y, x=x, color=colour, tooltip=tip
        ),
    )
    return finish(chart, height=alt.Step(ROW))
