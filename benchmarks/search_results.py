"""Medians and quartiles of the replays of `search.py`, as tables and as a chart."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from gpdht.plots.inline import rows_of
from gpdht.plots.theme import BLUE, FAINT, GREEN, INK, ORANGE, RED, finish
from gpdht.presentation import Table, number, short, signed

REACHED = 0.95
MARKS = {0.125: "an eighth", 0.25: "a quarter", 0.5: "half", 1.0: "the whole budget"}
QUARTILES = (0.25, 0.5, 0.75)
COLOURS = {"random": FAINT, "tpe": BLUE, "gp": GREEN, "cmaes": ORANGE}
DASHES = [[1, 0], [10, 3], [4, 3], [1, 3], [10, 3, 2, 3]]
"""Of the schedulers, in the order of the table."""
_SHOWN = 48  # points of a line
_METHOD = ["sampler", "scheduler"]
_AT = [f"at {part}" for part in MARKS.values()]


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
    goal = _random_end(found)
    lines = [
        [*method, *_at_marks(line, number, 2), _cost(line, REACHED), _cost(line, goal)]
        for method, line in found.groupby(_METHOD, sort=False)
    ]
    return Table(
        "Share of the possible gain over the default, all problems together",
        [*_METHOD, *_AT, f"{REACHED:.0%} of it at", "random's end at"],
        lines,
        f"Median over replays and problems (quartiles), at parts of the budget, which is what so "
        f"many random points without pruning cost. Last columns: the part from which on the median "
        f"stays above {REACHED:.0%} of the possible gain, and above what random points without "
        f"pruning reached in the end ({number(goal, 2)}); a dash for never or not run so far.",
        words=(0, 1),
    )


def against(rows: pd.DataFrame, shipped: tuple[str, str]) -> Table:
    """Each method's gain minus that of the shipped one on the same instances, in the mean."""
    lines = []
    for mark, part in MARKS.items():
        at = rows[np.isclose(rows["share"], mark)]
        gain = at.pivot_table(index=["problem", "replay"], columns=_METHOD, values="gain")
        if shipped not in gain or gain.shape[1] < 2:
            continue
        for method in gain.columns.drop(shipped):
            apart = (gain[method] - gain[shipped]).dropna()
            error = 1.96 * apart.sem()
            lines.append((method, part, f"{signed(apart.mean(), 4)} ± {number(error, 4)}"))
    methods = dict.fromkeys(line[0] for line in lines)
    cells = {(method, part): text for method, part, text in lines}
    return Table(
        f"Gain minus that of {' + '.join(shipped)}, in the mean over all instances",
        [*_METHOD, *_AT],
        [[*method, *(cells.get((method, part), "") for part in MARKS.values())]
         for method in methods],
        "± 1.96 standard errors of the paired differences.",
        words=(0, 1),
    )  # fmt: skip


def missing(rows: pd.DataFrame, *, mark: float = 0.25) -> Table:
    """For each method why its gain is not the possible one, in the mean over instances."""
    at = shares(rows)[lambda all_: np.isclose(all_["share"], mark)]
    lines = []
    for method, own in at.groupby(_METHOD, sort=False):
        possible, tried, worth = (
            float(own[name].mean()) for name in ("possible", "tried", "worth")
        )
        cells = [signed(value, 4) for value in (worth, tried - worth, possible - tried)]
        lines.append([*method, f"{own['trials'].mean():.0f}", *cells])
    return Table(
        f"Where the possible gain is at {MARKS[mark]} of the budget, without noise",
        [*_METHOD, "trials", "the winner has", "a trial had that was not chosen", "never tried"],
        lines,
        words=(0, 1),
    )


def per_problem(rows: pd.DataFrame) -> list[Table]:
    """A table for each problem: gains at parts of the budget."""
    return [_of_problem(str(name), part) for name, part in rows.groupby("problem", sort=False)]


def _of_problem(name: str, rows: pd.DataFrame) -> Table:
    found = quartiles(rows, "gain", [*_METHOD, "share"])
    goal, possible = _random_end(found), float(rows["possible"].median())
    ended = rows[np.isclose(rows["share"], 0.25)].groupby(_METHOD)["trials"].median()
    lines = [
        [*method, *_at_marks(line, signed, 3), f"{ended[method]:.0f}", _cost(line, goal)]
        for method, line in found.groupby(_METHOD, sort=False)
    ]
    hours = float(rows.loc[np.isclose(rows["share"], 0.25), "seconds"].median()) * 4 / 3600
    return Table(
        f"{name}: best known point {signed(possible)} above the default, budget {hours:.1f} h",
        [*_METHOD, *_AT, "trials at a quarter", "random's end at"],
        lines,
        words=(0, 1),
    )


def _at_marks(line: pd.DataFrame, write: Callable[[float, int], str], digits: int) -> list[str]:
    """Median and quartiles of a method at each of the marks; empty where it was not run so far."""
    cells = []
    for mark in MARKS:
        at = line[np.isclose(line["share"], mark)]
        low, middle, high = at[["low", "middle", "high"]].iloc[0] if len(at) else [math.nan] * 3
        text = f"{write(middle, digits)} ({write(low, digits)} … {write(high, digits)})"
        cells.append(text if len(at) else "")
    return cells


def _random_end(found: pd.DataFrame) -> float:
    """What random points without pruning reach in the end; NaN if they were not run."""
    one = found[(found["sampler"] == "random") & (found["scheduler"] == "none")]
    return float(one["middle"].iloc[-1]) if len(one) else math.nan


def chart(rows: pd.DataFrame) -> Any:
    """A line for each sampler and scheduler: the median share of the gain against the cost."""
    found = quartiles(shares(rows), "reached", [*_METHOD, "share"])
    found["name"] = found["sampler"] + " + " + found["scheduler"]
    names = list(dict.fromkeys(found["name"]))
    found = found[found["share"] * _SHOWN % 1 < 1e-6]
    axis = alt.Axis(format="%", grid=True)
    x = alt.X("share:Q", title="compute, of random without pruning", axis=axis)
    y = alt.Y("middle:Q", title="gain, of the best known point's", axis=axis)
    colours = [_colour(name) for name in names]
    schedulers = list(dict.fromkeys(found["scheduler"]))
    dashes = [DASHES[schedulers.index(name.partition(" + ")[2]) % len(DASHES)] for name in names]
    base = alt.Chart(rows_of(found[["name", "share", "low", "middle", "high"]]))
    legend = alt.Legend(symbolSize=400, columns=2, columnPadding=40)
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


def _cost(line: pd.DataFrame, target: float) -> str:
    cost = cost_to_reach(line, target)
    return "–" if math.isnan(cost) or math.isnan(target) else short(cost, 2)
