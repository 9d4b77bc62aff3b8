"""Medians and quartiles of the replays of `search.py`, as tables and as a chart."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from gpdht.plots.inline import rows_of
from gpdht.plots.theme import BLUE, FAINT, GREEN, INK, ORANGE, RED, finish
from gpdht.presentation import Table, between, number, short, short_signed

REACHED = 0.95
MARKS = (0.25, 0.5, 1.0)
QUARTILES = (0.25, 0.5, 0.75)
COLOURS = {"random": FAINT, "tpe": BLUE, "gp": GREEN, "cmaes": ORANGE}
_SHOWN = 48  # points of a line
_METHOD = ["sampler", "scheduler"]


def shares(rows: pd.DataFrame) -> pd.DataFrame:
    """With `reached`, the gain as a share of what is possible; without problems that have none."""
    rows = rows[rows["possible"] > 1e-9]
    return rows.assign(reached=rows["gain"] / rows["possible"])


def quartiles(rows: pd.DataFrame, column: str, by: list[str]) -> pd.DataFrame:
    """`low, middle, high` of a column for each group."""
    found = rows.groupby(by, sort=False)[column].quantile(list(QUARTILES)).unstack()
    return found.set_axis(["low", "middle", "high"], axis="columns").reset_index()


def cost_to_reach(middle: pd.DataFrame, target: float) -> float:
    """The first share of the budget from which on the median stays at or above a figure.

    NaN if it is below at the end.

    Parameters
    ----------
    middle : `share, middle`, in the order of the shares.
    """
    below = np.flatnonzero(middle["middle"].to_numpy() < target - 1e-12)
    first = below[-1] + 1 if len(below) else 0
    return float(middle["share"].iloc[first]) if first < len(middle) else math.nan


def overview(rows: pd.DataFrame) -> Table:
    """For each method over all problems with something to gain: what share of it is reached."""
    found = quartiles(shares(rows), "reached", [*_METHOD, "share"])
    reference = _at(found, "random", "none")
    goal = float(reference["middle"].iloc[-1]) if len(reference) else math.nan
    lines = []
    for method, line in found.groupby(_METHOD, sort=False):
        at = [line.iloc[np.abs(line["share"] - mark).argmin()] for mark in MARKS]
        cells = [f"{_share(a['middle'])} ({between(a['low'], a['high'], dash=True)})" for a in at]
        lines.append([*method, *cells, _cost(line, REACHED), _cost(line, goal)])
    return Table(
        "Share of the possible gain over the default, all problems together",
        ["sampler", "scheduler", "at a quarter", "at half", "at the whole budget",
         "95 % at", "random's end at"],
        lines,
        f"Median over replays and problems (quartiles). The budget is what the trials of random "
        f"points without pruning cost. Last columns: the share of the budget at which the median "
        f"stays above {REACHED:.0%} of the gain, and above what random points reached at the end "
        f"({_share(goal)}); a dash for never.",
        words=(0, 1),
    )  # fmt: skip


def per_problem(rows: pd.DataFrame) -> list[Table]:
    """A table for each problem: gains at parts of the budget."""
    return [_of_problem(str(name), part) for name, part in rows.groupby("problem", sort=False)]


def _of_problem(name: str, rows: pd.DataFrame) -> Table:
    found = quartiles(rows, "gain", [*_METHOD, "share"])
    possible = float(rows["possible"].median())
    reference = _at(found, "random", "none")
    goal = float(reference["middle"].iloc[-1]) if len(reference) else math.nan
    lines = []
    for method, line in found.groupby(_METHOD, sort=False):
        at = [line.iloc[np.abs(line["share"] - mark).argmin()] for mark in MARKS]
        cells = [
            f"{short_signed(a['middle'])} ({short_signed(a['low'])} … {short_signed(a['high'])})"
            for a in at
        ]
        own = rows[(rows["sampler"] == method[0]) & (rows["scheduler"] == method[1])]
        ended = own.loc[own["share"] == own["share"].max(), "trials"].median()
        lines.append([*method, *cells, f"{ended:.0f}", _cost(line, goal)])
    hours = rows.loc[rows["share"] == rows["share"].max(), "seconds"].median() / 3600
    return Table(
        f"{name}: best known point {short_signed(possible)} above the default, "
        f"budget {hours:.1f} h",
        ["sampler", "scheduler", "at a quarter", "at half", "at the whole budget",
         "trials", "random's end at"],
        lines,
        words=(0, 1),
    )  # fmt: skip


def chart(rows: pd.DataFrame) -> Any:
    """A line for each sampler and scheduler: the median share of the gain against the cost.

    The best scheduler of each sampler, and the one without, have lines; tables have the rest.
    """
    found = quartiles(shares(rows), "reached", [*_METHOD, "share"])
    found["name"] = found["sampler"] + " + " + found["scheduler"]
    names = list(dict.fromkeys(found["name"]))
    found = found[found["share"] * _SHOWN % 1 < 1e-6]
    axis = alt.Axis(format="%", grid=True)
    x = alt.X("share:Q", title="compute, of random without pruning", axis=axis)
    y = alt.Y("middle:Q", title="gain, of the best known point's", axis=axis)
    colours = [_colour(name) for name in names]
    dashes = [_dash(name.partition(" + ")[2]) for name in names]
    base = alt.Chart(rows_of(found[["name", "share", "low", "middle", "high"]]))
    legend = alt.Legend(symbolSize=400)
    lines = base.mark_line(strokeWidth=2).encode(
        x=x,
        y=y,
        color=alt.Color("name:N", sort=names, legend=legend,
                        scale=alt.Scale(domain=names, range=colours)),
        strokeDash=alt.StrokeDash("name:N", sort=names, legend=legend,
                                  scale=alt.Scale(domain=names, range=dashes)),
    )  # fmt: skip
    rules = alt.Chart(alt.Data(values=[{"middle": 0}, {"middle": REACHED}]))
    marks = rules.mark_rule(color=INK, strokeDash=[2, 3]).encode(y="middle:Q")
    return finish(alt.layer(marks, lines), height=380)


def _colour(name: str) -> str:
    sampler = name.partition(" + ")[0]
    return RED if "," in sampler else COLOURS.get(sampler, INK)


def _dash(scheduler: str) -> list[int]:
    return {"none": [1, 0], "asha": [6, 3], "median": [2, 2]}.get(
        scheduler.partition(",")[0], [8, 2, 2, 2]
    )


def _at(found: pd.DataFrame, sampler: str, scheduler: str) -> pd.DataFrame:
    return found[(found["sampler"] == sampler) & (found["scheduler"] == scheduler)]


def _cost(line: pd.DataFrame, target: float) -> str:
    cost = cost_to_reach(line, target)
    return "–" if math.isnan(cost) or math.isnan(target) else short(cost, 2)


def _share(value: float) -> str:
    return number(value, 2)
