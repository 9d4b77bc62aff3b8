"""A study's trials, epoch by epoch."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.inline import long_layer, rows_of
from gpdht.plots.theme import (
    BLUE,
    FAINT,
    GREEN,
    RED,
    WIDE,
    finish,
    lines_of,
    nothing,
    outlined,
    title_of,
    with_values,
)

STATES = {
    "complete": BLUE,
    "pruned": "#a6b1bb",
    "running": GREEN,
    "waiting": GREEN,
    "infeasible": RED,
    "out_of_memory": RED,
    "failed": RED,
}
"""Grey for what was given up: it is most of the lines and least of the news."""

_FEW = 12  # epochs that all have their number
_TIPS = [
    alt.Tooltip("trial:Q"),
    alt.Tooltip("state:N"),
    alt.Tooltip("epochs:Q"),
    alt.Tooltip("last:Q", title="last value", format=".4~g"),
]


def learning_curves(rows: pd.DataFrame, *, metric: str, chosen: int | None = None) -> Any:
    """A thin line for each trial, a dot for a trial of one epoch; the chosen trial is bold.

    Parameters
    ----------
    rows : `trial, epoch, value, state`; epochs without a value are left out.
    chosen : a trial's number.
    """
    shown = with_values(rows, "value")
    if shown.empty:
        return nothing("No trial has reported an epoch.")
    table = _complete_last(shown[["trial", "epoch", "value", "state"]])
    table = table.astype({"trial": int, "epoch": int})
    x = alt.X("epoch:Q", title="epoch", axis=_whole_numbers(table["epoch"]))
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False))
    layers = _thin(table, x, y)
    best = table[table["trial"] == chosen].sort_values("epoch")
    if len(best):
        early = best["epoch"].max() < 0.3 * table["epoch"].max()
        layers += _bold(best, x, y, align="left" if early else "right")
    chart = alt.layer(*layers).properties(title=lines_of(title_of(metric), WIDE))
    return finish(chart, height=300)


def _whole_numbers(epochs: pd.Series) -> alt.Axis:
    """There is no epoch 1.5, which Vega would show between two."""
    first, last = int(epochs.min()), int(epochs.max())
    few: dict[str, Any] = {"values": list(range(first, last + 1))} if last - first <= _FEW else {}
    whole = "datum.value === floor(datum.value) ? format(datum.value, 'd') : ''"
    return alt.Axis(labelExpr=whole, grid=False, **few)


def _complete_last(rows: pd.DataFrame) -> pd.DataFrame:
    """The lines that matter most are drawn last, over the others."""
    return rows.sort_values(["state", "trial", "epoch"], key=_rank, kind="stable")


def _rank(column: pd.Series) -> pd.Series:
    return column == "complete" if column.name == "state" else column


def _thin(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[Any]:
    """Lines of trials, and dots of those of one epoch."""
    rows = _with_ends(rows)
    colour, opacity = _colour(rows["state"]), 0.8 if rows["trial"].nunique() < 20 else 0.5
    base = alt.Chart().encode(x=x, y=y, detail="trial:N")
    dot = base.mark_point(size=20, filled=True, opacity=1, fillOpacity=opacity)
    once = rows["epochs"] == 1
    return [
        long_layer(part, layers, key="trial", lists=("epoch", "value"))
        for part, layers in (
            (rows[~once], _hoverable(base, colour, opacity)),
            (rows[once], [dot.encode(color=colour, tooltip=_TIPS)]),
        )
        if len(part)
    ]


def _hoverable(base: alt.Chart, colour: alt.Color, opacity: float) -> list[alt.Chart]:
    """Thin lines, of which the one under the pointer stands out."""
    hover = alt.selection_point(
        name="hover", fields=["trial"], on="pointerover", clear="pointerout", empty=False
    )
    return [
        base.mark_line(strokeWidth=1.2, strokeOpacity=opacity).encode(color=colour),
        base.transform_filter(hover).mark_line(strokeWidth=3).encode(color=colour),
        # wide and unseen, for the pointer
        base.mark_line(strokeWidth=9, strokeOpacity=0, aria=False)
        .encode(tooltip=_TIPS)
        .add_params(hover),
    ]


def _with_ends(rows: pd.DataFrame) -> pd.DataFrame:
    """With `epochs` and `last`, how many a trial has and the value of its last one."""
    values = rows.sort_values("epoch", kind="stable").groupby("trial")["value"]
    ends = values.agg(epochs="size", last="last")
    return rows.assign(state=_spoken(rows["state"])).join(ends, on="trial")


def _colour(states: pd.Series) -> alt.Color:
    colours = {name.replace("_", " "): colour for name, colour in STATES.items()}
    there = [name for name in dict.fromkeys([*colours, *states]) if name in set(states)]
    scale = alt.Scale(domain=there, range=[colours.get(name, FAINT) for name in there])
    return alt.Color("state:N", scale=scale, legend=alt.Legend(symbolOpacity=1))


def _bold(rows: pd.DataFrame, x: alt.X, y: alt.Y, *, align: str) -> list[alt.Chart]:
    """One trial's line, its values for the pointer, and its name at its end."""
    base = alt.Chart(rows_of(rows[["trial", "epoch", "value"]])).encode(x=x, y=y)
    dots = base.mark_point(
        filled=True, size=40, color=BLUE, opacity=1, fillOpacity=1 if len(rows) == 1 else 0
    )
    end = rows.tail(1).assign(text=f"trial {rows['trial'].iloc[0]}")[["epoch", "value", "text"]]
    name = alt.Chart(rows_of(end)).encode(x=x, y=y, text="text:N")
    return [
        base.mark_line(strokeWidth=3, color=BLUE),
        dots.encode(tooltip=["trial:Q", "epoch:Q", alt.Tooltip("value:Q", format=".4~g")]),
        *outlined(name, align=align, dy=-11, fontWeight="bold", fontSize=12),
    ]


def _spoken(states: pd.Series) -> pd.Series:
    return states.str.replace("_", " ")
