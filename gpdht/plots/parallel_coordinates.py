"""A study's settings and what they led to: one line for each trial."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from gpdht.metric_names import mode_of
from gpdht.plots.theme import FAINT, INK, finish, nothing, rows_of


@dataclass(frozen=True)
class Axis:
    """A setting that a study searched: its range, or its choices."""

    path: str
    kind: Literal["float", "int", "choice"]
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: Sequence[Any] = ()

    def place(self, value: Any) -> float:
        """Where a value stands, from 0 at the low end to 1; NaN for a value that is missing."""
        if self.kind == "choice":
            names = [str(choice) for choice in self.choices]
            at = names.index(str(value)) if str(value) in names else math.nan
            return 0.5 if len(names) == 1 else at / (len(names) - 1)
        if value is None or pd.isna(value) or self.low is None or self.high is None:
            return math.nan
        low, high, at = (
            (math.log(number) for number in (self.low, self.high, value))
            if self.log
            else (self.low, self.high, value)
        )
        return 0.5 if high == low else (float(at) - low) / (high - low)

    def marks(self) -> list[tuple[float, str]]:
        """Places and texts: the ends of a range, each of the choices."""
        if self.kind == "choice":
            return [(self.place(choice), str(choice)) for choice in self.choices]
        ends = dict.fromkeys((self.low, self.high))
        return [(self.place(end), f"{end:.3g}") for end in ends if end is not None]


def parallel_coordinates(rows: pd.DataFrame, axes: Sequence[Axis], *, metric: str) -> Any:
    """A line for each trial over the settings, coloured by its objective, the last axis.

    Parameters
    ----------
    rows : `trial, objective` and a column for each path; without an objective a trial is left
        out.
    metric : of the objective; decides which end is the better one.
    """
    shown = rows[pd.to_numeric(rows["objective"], errors="coerce").notna()]
    if shown.empty:
        return nothing("No trial has an objective yet.")
    objective = shown["objective"].astype(float)
    last = Axis(metric, "float", objective.min(), objective.max())
    points = rows_of(_points(shown.assign(objective=objective), axes, last, metric))
    texts = pd.DataFrame(
        [
            {"axis": axis.path, "place": place, "text": text, "up": place > 0.5}
            for axis in (*axes, last)
            for place, text in axis.marks()
        ]
    )
    names = [axis.path for axis in (*axes, last)]
    best = alt.param(
        name="best",
        value=len(shown),
        bind=alt.binding_range(min=1, max=len(shown), step=1, name="best trials shown "),
    )
    hover = alt.selection_point(
        name="hover", fields=["trial"], on="pointerover", nearest=True, empty=False
    )
    x = alt.X(
        "axis:N",
        sort=names,
        title=None,
        axis=alt.Axis(labelAngle=-35, labelLimit=150, grid=True, gridColor=FAINT, domain=False),
        scale=alt.Scale(type="point", padding=0.35),
    )
    y = alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[-0.08, 1.08]))
    colour = alt.Color(
        "objective:Q",
        scale=alt.Scale(scheme="viridis", reverse=mode_of(metric) == "min"),
        legend=alt.Legend(title=metric, orient="top", direction="horizontal", gradientLength=160),
    )
    tip = [alt.Tooltip("trial:Q"), alt.Tooltip("objective:Q"), alt.Tooltip("settings:N")]
    base = alt.Chart(points).transform_filter("datum.rank <= best")
    lines = base.mark_line(interpolate="monotone").encode(
        x=x,
        y=y,
        detail="trial:N",
        color=colour,
        opacity=alt.condition(hover, alt.value(1), alt.value(_opacity(len(shown)))),
        strokeWidth=alt.condition(hover, alt.value(4), alt.value(1.6)),
    )
    dots = (
        base.mark_point(filled=True, size=60, opacity=0)
        .encode(x=x, y=y, tooltip=tip)
        .add_params(hover)
    )
    labels = [
        alt.Chart(rows_of(texts[texts["up"] == up]))
        .mark_text(fontSize=11, color=INK, dy=-8 if up else 9, stroke="white", strokeWidth=0.2)
        .encode(x=x, y=y, text="text:N")
        for up in (True, False)
    ]
    left_out = len(rows) - len(shown)
    note = f"{len(shown)} trials" + (f"; {left_out} without an objective left out" * bool(left_out))
    chart = alt.layer(lines, dots, *labels).add_params(best).properties(title=note)
    return finish(chart, height=320)


def _points(rows: pd.DataFrame, axes: Sequence[Axis], last: Axis, metric: str) -> pd.DataFrame:
    """A row for each trial and axis: `trial, axis, place, objective, rank, settings`."""
    rank = rows["objective"].rank(method="first", ascending=mode_of(metric) == "min")
    points = []
    for position, (_, row) in enumerate(rows.iterrows()):
        settings = ", ".join(
            f"{axis.path.rpartition('.')[2]} {_text(row.get(axis.path))}" for axis in axes
        )
        shared = {
            "trial": int(row["trial"]),
            "objective": row["objective"],
            "rank": int(rank.iloc[position]),
            "settings": settings,
        }
        points += [
            {"axis": axis.path, "place": axis.place(row.get(axis.path)), **shared} for axis in axes
        ]
        points.append({"axis": last.path, "place": last.place(row["objective"]), **shared})
    return pd.DataFrame(points)


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _opacity(trials: int) -> float:
    return 0.8 if trials < 20 else 0.5 if trials < 80 else 0.3
