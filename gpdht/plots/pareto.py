"""A score against what it costs, and the trials that nothing beats in both."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.inline import rows_of
from gpdht.plots.theme import BLUE, FAINT, finish, nothing, title_of, with_values


def pareto(rows: pd.DataFrame, *, metric: str, cost: str) -> Any:
    """A dot for each trial; a line through those on the front.

    Parameters
    ----------
    rows : `trial, value, cost, front` (bool).
    metric, cost : the axes' titles.
    """
    shown = with_values(rows, "value", "cost")
    if shown.empty:
        return nothing("No trial has a score and a cost yet.")
    table = shown[["trial", "value", "cost", "front"]]
    x = alt.X("cost:Q", title=cost, scale=alt.Scale(zero=False, nice=True))
    y = alt.Y("value:Q", title=title_of(metric), scale=alt.Scale(zero=False, nice=True))
    tips = [
        alt.Tooltip("trial:N", title="trial"),
        alt.Tooltip("value:Q", title=title_of(metric), format=".4f"),
        alt.Tooltip("cost:Q", title=cost, format=".4~g"),
    ]
    dots = alt.Chart(rows_of(table)).mark_point(filled=True, size=60, opacity=1)
    dots = dots.encode(
        x=x,
        y=y,
        tooltip=tips,
        color=alt.condition("datum.front", alt.value(BLUE), alt.value(FAINT)),
    )
    front = table[table["front"]].sort_values("cost")
    line = alt.Chart(rows_of(front)).mark_line(interpolate="step-after", color=BLUE)
    return finish(alt.layer(line.encode(x=x, y=y), dots), height=260)
