"""How much each setting decides."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.theme import GOOD, ROW, finish, nothing, rows_of


def importances(rows: pd.DataFrame) -> Any:
    """A bar for each setting.

    Parameters
    ----------
    rows : `param, importance`; importances add up to one.
    """
    shown = rows[rows["importance"].notna()]
    if shown.empty:
        return nothing("Too few trials to tell the settings apart.")
    ordered = shown.sort_values("importance", ascending=False, kind="stable")
    base = alt.Chart(rows_of(ordered[["param", "importance"]])).encode(
        y=alt.Y(
            "param:N", sort=ordered["param"].tolist(), title=None, axis=alt.Axis(labelLimit=190)
        ),
        x=alt.X(
            "importance:Q",
            title="share of the objective's variance",
            axis=alt.Axis(format="%"),
            scale=alt.Scale(domainMin=0),
        ),
        tooltip=["param:N", alt.Tooltip("importance:Q", format=".1%")],
    )
    return finish(base.mark_bar(color=GOOD), height=alt.Step(ROW))
