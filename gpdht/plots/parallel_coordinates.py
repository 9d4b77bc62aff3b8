"""A study's settings and what they led to: one line for each trial.

Axes lie across, one below the other: so a path has the whole width for its name, and any number
of settings fits on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from gpdht.metrics.names import mode_of
from gpdht.plots.axes import Axis, lanes, side_of, text_of_value
from gpdht.plots.inline import rows_of
from gpdht.plots.theme import (
    FAINT,
    INK,
    NARROW,
    WIDE,
    finish,
    lines_of,
    nothing,
    outlined,
    title_of,
    with_values,
)

UNSET = -0.17
"""Where a line passes an axis of a setting that its trial had not."""

BUNDLE = 0.08
"""How wide all trials are together where they made the same choice."""

_NAME, _LANE, _MARGIN = 26, 13, 22  # px: above an axis, for each line of texts, between axes


def parallel_coordinates(rows: pd.DataFrame, axes: Sequence[Axis], *, metric: str) -> Any:
    """A line for each trial over the settings, coloured by its objective, the last axis.

    The darker, the better. A line under the pointer stands out and tells its settings; a slider
    leaves the best trials.

    Parameters
    ----------
    rows : `trial, objective` and a column for each path; without an objective a trial is left
        out.
    metric : of the objective; decides which end is the better one.
    """
    shown = with_values(rows, "objective")
    if shown.empty:
        return nothing("No trial has an objective yet.")
    shown = shown.assign(objective=shown["objective"].astype(float))
    ends = shown["objective"].min(), shown["objective"].max()
    every = [*axes, Axis(title_of(metric), "float", *ends)]
    table = _places(shown, every, metric)
    unset = [(table[name] < -BUNDLE).any() for name in _columns("p", every)]
    left, right = -BUNDLE / 2 - 0.01 + (UNSET if any(unset) else 0), 1.01 + BUNDLE / 2
    texts, at_A, height = _texts(every, unset, length=NARROW / (right - left))
    x = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[left, right]))
    y = alt.Y("at:Q", axis=None, scale=alt.Scale(domain=[height, 0], zero=False, nice=False))
    lines = _lines(table, every, at_A, ends, x=x, y=y, metric=metric)
    chart = alt.layer(_rules(at_A, x, y), lines, *_labels(texts, x, y))
    return finish(chart.properties(title=_note(rows, shown)), height=height)


def _columns(letter: str, axes: Sequence[Axis]) -> list[Any]:
    # Vega reads dots and brackets in a column's name, so paths are numbers.
    return [f"{letter}{number}" for number in range(len(axes))]


def _places(rows: pd.DataFrame, axes: Sequence[Axis], metric: str) -> pd.DataFrame:
    """A row for each trial, the worst first: `trial, objective, rank, p0, v0, …`."""
    rank = rows["objective"].rank(method="first", ascending=mode_of(metric) == "min")
    trial, objective = rows["trial"].astype(int), rows["objective"]
    table = {"trial": trial, "objective": objective, "rank": rank.astype(int)}
    for number, axis in enumerate(axes):
        last = number == len(axes) - 1
        blank = pd.Series(None, index=rows.index, dtype=object)
        values = objective if last else rows.get(axis.path, blank).astype(object)
        place = values.map(axis.place).astype(float)
        table[f"p{number}"] = _bundled(place.fillna(UNSET), rank, apart=axis.kind != "choice")
        if not last:
            known = [
                "not set" if math.isnan(at) else text_of_value(value)
                for at, value in zip(place, values, strict=True)
            ]
            table[f"v{number}"] = pd.Series(known, index=rows.index)
    return pd.DataFrame(table).sort_values("rank", ascending=False)


def _bundled(place: pd.Series, rank: pd.Series, *, apart: bool) -> pd.Series:
    """Equal choices side by side, the best in front: a bundle is as wide as it has trials.

    Parameters
    ----------
    apart : values of a range stay where they are; but not what is not set.
    """
    in_bundle = rank.groupby(place).rank()
    size = place.groupby(place).transform("size")
    moved = place + (in_bundle - (size + 1) / 2) * BUNDLE / max(len(place), 20)
    return place.where(apart & (place != UNSET), moved)


def _texts(
    axes: Sequence[Axis], unset: Sequence[bool], *, length: float
) -> tuple[pd.DataFrame, list[int], int]:
    """Names and marks: `axis, text, place, at, side`; the axes' heights in px; the chart's."""
    texts: list[tuple[str, str, float, float, str]] = []
    heights, at = [], 0
    for axis, has_unset in zip(axes, unset, strict=True):
        name = lines_of(axis.path + (" (log)" if axis.log else ""), WIDE)
        at += _NAME + _LANE * (len(name) - 1)
        heights.append(at)
        texts += [
            (axis.path, line, 0, at - 12 - _LANE * above, "name")
            for above, line in enumerate(reversed(name))
        ]
        marks = axis.marks()
        lane_of = lanes(marks, length=length)
        texts += [
            (axis.path, text, place, at + _LANE * (lane + 0.8), side_of(place))
            for (place, text), lane in zip(marks, lane_of, strict=True)
        ]
        if has_unset:
            texts.append((axis.path, "not set", UNSET, at + _LANE * 0.8, "unset"))
        at += _LANE * (max(lane_of, default=0) + 1) + _MARGIN
    return pd.DataFrame(texts, columns=["axis", "text", "place", "at", "side"]), heights, at


def _lines(
    table: pd.DataFrame,
    axes: Sequence[Axis],
    at_A: Sequence[int],
    ends: tuple[float, float],
    *,
    x: alt.X,
    y: alt.Y,
    metric: str,
) -> Any:
    best = alt.param(
        name="best",
        value=len(table),
        bind=alt.binding_range(min=1, max=len(table), step=1, name="best trials shown "),
    )
    hover = alt.selection_point(
        name="hover", fields=["trial"], on="pointerover", clear="pointerout", empty=False
    )
    base = alt.Chart().encode(x=x, y=y, order=alt.Order("at:Q"), detail="trial:N")
    tip = [alt.Tooltip("trial:Q"), alt.Tooltip("objective:Q", title=axes[-1].path)]
    tip += [alt.Tooltip(f"v{i}:N", title=axis.path) for i, axis in enumerate(axes[:-1])]
    clear = alt.StrokeOpacity(
        "rank:Q", scale=alt.Scale(domain=[1, len(table)], range=_opacities(len(table))), legend=None
    )
    layers = [
        base.mark_line(strokeWidth=1.5).encode(color=_colour(ends, metric), strokeOpacity=clear),
        base.transform_filter(hover).mark_line(strokeWidth=4, color=INK),
        _catch(x, y).encode(tooltip=tip).add_params(hover, *([best] if len(table) > 1 else [])),
    ]
    shown = alt.layer(*layers, data=rows_of(table))
    if len(table) > 1:
        shown = shown.transform_filter("datum.rank <= best")
    return shown.transform_fold(_columns("p", axes), as_=["key", "place"]).transform_calculate(
        at=f"{list(at_A)}[toNumber(slice(datum.key, 1))]"
    )


def _catch(x: alt.X, y: alt.Y) -> alt.Chart:
    """Wide and unseen, for the pointer; in pieces, for a line has tooltips only at its corners."""
    pieces = alt.Chart().transform_window(
        place2="lead(place)",
        at2="lead(at)",
        groupby=["trial"],
        sort=[alt.SortField("at")],
    )
    return (
        pieces.transform_filter("isValid(datum.at2)")
        .mark_rule(strokeWidth=9, opacity=1, strokeOpacity=0, aria=False)
        .encode(x=x, y=y, x2="place2:Q", y2="at2:Q")
    )


def _colour(ends: tuple[float, float], metric: str) -> alt.Color | Any:
    if ends[0] == ends[1]:
        return alt.value(INK)
    return alt.Color(
        "objective:Q",
        scale=alt.Scale(scheme="viridis", reverse=mode_of(metric) == "max", domain=list(ends)),
        legend=alt.Legend(title="objective", gradientLength=160, format=".3~g", tickCount=3),
    )


def _rules(at_A: Sequence[int], x: alt.X, y: alt.Y) -> alt.Chart:
    rules = pd.DataFrame({"at": at_A, "place": 0, "end": 1})
    return alt.Chart(rows_of(rules)).mark_rule(color=FAINT).encode(x=x, x2="end:Q", y=y)


def _labels(texts: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    looks: dict[str, dict[str, Any]] = {
        "name": {"align": "left", "fontSize": 12, "fontWeight": "bold"},
        "unset": {"align": "left", "fontSize": 11, "dx": -10, "color": FAINT},
    }
    layers = []
    for side, part in texts.groupby("side", sort=False):
        look = looks.get(str(side), {"align": side, "fontSize": 11})
        layers += outlined(alt.Chart(rows_of(part)).encode(x=x, y=y, text="text:N"), **look)
    return layers


def _note(rows: pd.DataFrame, shown: pd.DataFrame) -> str:
    left_out = len(rows) - len(shown)
    note = f"{len(shown)} trial{'s' if len(shown) > 1 else ''}"
    return note + (f"; {left_out} without an objective left out" if left_out else "")


def _opacities(trials: int) -> list[float]:
    """Of the best trial and of the worst."""
    return [0.9, 0.9 if trials < 20 else 0.4 if trials < 80 else 0.12]
