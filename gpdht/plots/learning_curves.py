"""A study's trials, epoch by epoch."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.theme import BAD, FAINT, GOOD, WARM, finish, nothing, rows_of

STATES = {
    "complete": GOOD,
    "pruned": WARM,
    "running": FAINT,
    "waiting": FAINT,
    "infeasible": BAD,
    "out_of_memory": BAD,
    "failed": BAD,
}


def learning_curves(rows: pd.DataFrame, *, metric: str, chosen: int | None = None) -> Any:
    """A thin line for each trial, the chosen one bold.

    Parameters
    ----------
    rows : `trial, epoch, value, state`.
    chosen : a trial's number.
    """
    shown = rows[rows["value"].notna()]
    if shown.empty:
        return nothing("No trial has reported an epoch.")
    states = [state for state in STATES if state in set(shown["state"])]
    table = shown[["trial", "epoch", "value", "state"]]
    once = table.groupby("trial")["epoch"].transform("size") == 1
    tip = [alt.Tooltip(f"{name}:{kind}") for name, kind in zip(table, "QQQN", strict=True)]
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, grid=False))
    y = alt.Y("value:Q", title=metric, scale=alt.Scale(zero=False))
    colour = alt.Color(
        "state:N", scale=alt.Scale(domain=states, range=[STATES[state] for state in states])
    )
    thin = {"x": x, "y": y, "color": colour, "detail": "trial:N", "tooltip": tip}
    layers: list[Any] = []
    if len(table[~once]):
        lines = alt.Chart(rows_of(table[~once]))
        layers.append(lines.mark_line(strokeWidth=1, opacity=0.45).encode(**thin))
    if len(table[once]):
        dots = alt.Chart(rows_of(table[once]))
        layers.append(dots.mark_point(size=18, opacity=0.7).encode(**thin))
    best = table[table["trial"] == chosen]
    if len(best):
        end = best.tail(1).assign(text=f"trial {chosen}")
        layers += [
            alt.Chart(rows_of(best))
            .mark_line(strokeWidth=3, color=GOOD, point=len(best) == 1)
            .encode(x=x, y=y, tooltip=tip),
            alt.Chart(rows_of(end))
            .mark_text(align="right", dy=-9, fontWeight="bold", fontSize=12, color=GOOD)
            .encode(x=x, y=y, text="text:N"),
        ]
    return finish(alt.layer(*layers), height=300)
