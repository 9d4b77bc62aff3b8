"""How every chart looks: colours, type, sizes; and rows as a chart holds them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import altair as alt
import pandas as pd

COLOURS = {
    "gpdht": "#0072B2",
    "variant": "#56B4E9",
    "peer": "#CC79A7",
    "label": "#D55E00",
    "expression": "#009E73",
    "control": "#8A8A8A",
}
"""By kind of model; told apart by colour-blind readers (Okabe and Ito)."""

KINDS = {
    "gpdht": "GP-DHT",
    "variant": "GP-DHT, other settings",
    "peer": "peers of the paper",
    "label": "labels only",
    "expression": "expression only",
    "control": "controls",
}
"""What each kind is called in a legend."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
INK, FAINT, GRID = "#1f2933", "#7b8794", "#e4e7eb"
GOOD, BAD, WARM = "#0072B2", "#D55E00", "#E69F00"
ROW = 26  # px of a line in a chart of lines
_DIGITS = 4


def rows_of(table: pd.DataFrame) -> alt.Data:
    """A table as a chart's data, small: numbers have four digits, what is missing is null.

    Inline values, unlike a table, are not limited in number.
    """
    names = [str(name) for name in table.columns]
    return alt.Data(
        values=[
            {name: _small(value) for name, value in zip(names, row, strict=True)}
            for row in table.itertuples(index=False, name=None)
        ]
    )


def finish(chart: Any, *, height: int | alt.Step) -> Any:
    """The chart in the house's type, as wide as the box it stands in."""
    return (
        chart.properties(width="container", height=height, background="white")
        .configure(font=FONT, padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK,
            titleColor=INK,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            gridColor=GRID,
            domainColor=FAINT,
            tickColor=FAINT,
        )
        .configure_legend(
            orient="bottom",
            direction="vertical",
            columns=1,
            labelFontSize=12,
            labelLimit=400,
            title=None,
            padding=6,
            symbolStrokeWidth=2,
        )
        .configure_title(
            fontSize=13,
            fontWeight="normal",
            color=INK,
            anchor="start",
            subtitleColor=FAINT,
            subtitleFontSize=12,
        )
    )


def nothing(text: str) -> Any:
    """A chart that says why it is empty."""
    chart = (
        alt.Chart(alt.Data(values=[{"text": text}]))
        .mark_text(align="center", fontSize=13, color=FAINT)
        .encode(text="text:N")
    )
    return finish(chart, height=60)


def kind_scale(kinds: Iterable[str]) -> alt.Scale:
    """The colours of the kinds that are there, under the names that a legend gives them."""
    shown = [kind for kind in KINDS if kind in set(kinds)]
    return alt.Scale(domain=[KINDS[k] for k in shown], range=[COLOURS[k] for k in shown])


def named_kinds(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its kinds as a legend calls them."""
    return table.assign(kind=[KINDS.get(kind, kind) for kind in table["kind"]])


def _small(value: Any) -> Any:
    if value is None or value is pd.NA:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.{_DIGITS}g}")
    return value
