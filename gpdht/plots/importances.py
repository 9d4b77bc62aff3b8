"""How much each setting decides."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.inline import rows_of
from gpdht.plots.theme import (
    BLUE,
    finish,
    nothing,
    row_axis,
    row_labels,
    rows_height,
    with_values,
)


def importances(rows: pd.DataFrame) -> Any:
    """A bar for each setting, the longest on top.

    Parameters
    ----------
    rows : `param, importance`; importances add up to one.
    """
    shown = with_values(rows, "importance")
    if shown.empty:
        return nothing("Too few trials to tell the settings apart.")
    ordered = shown.sort_values("importance", ascending=False, kind="stable")
    table = ordered[["param", "importance"]].assign(
        label=ordered["param"].map(row_labels(ordered["param"]))
    )
    bars = (
        alt.Chart(rows_of(table))
        .mark_bar(color=BLUE, size=14)
        .encode(
            y=row_axis(table["label"]),
            x=alt.X(
                "importance:Q",
                title="share of the objective’s variance",
                axis=alt.Axis(format="%", tickCount=5),
                scale=alt.Scale(domainMin=0),
            ),
            tooltip=[
                alt.Tooltip("param:N", title="setting"),
                alt.Tooltip("importance:Q", title="share", format=".1%"),
            ],
        )
    )
    return finish(bars, height=rows_height(table["label"]), has_rows=True)
