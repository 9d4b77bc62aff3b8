"""TFs × targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.theme import finish, nothing, rows_of

TILE = 18  # px, the height of a row


def heat_map(edges: pd.DataFrame, *, tfs: Sequence[str] | None = None, targets: int = 40) -> Any:
    """A tile for each pair, with a dot where the edge is known.

    Parameters
    ----------
    edges : `source, target, weight, known`; a pair that is missing has no tile.
    tfs : which to show; all if None.
    targets : how many of the genes with the highest total weight over these TFs.
    """
    shown = edges if tfs is None else edges[edges["source"].isin(list(tfs))]
    if shown.empty:
        return nothing("No pairs.")
    total = shown.groupby("target")["weight"].sum().sort_values(ascending=False, kind="stable")
    columns = total.index[:targets].tolist()
    shown = shown[shown["target"].isin(columns)]
    lines = shown.groupby("source")["weight"].sum().sort_values(ascending=False, kind="stable")
    table = shown[["source", "target", "weight", "known"]]
    base = alt.Chart(rows_of(table)).encode(
        x=alt.X(
            "target:N",
            sort=columns,
            title="target",
            axis=alt.Axis(labelAngle=-90, labelFontSize=10, labelOverlap="greedy", labelLimit=90),
        ),
        y=alt.Y(
            "source:N",
            sort=lines.index.tolist(),
            title="TF",
            axis=alt.Axis(labelFontSize=11, labelLimit=100),
        ),
        tooltip=["source:N", "target:N", "weight:Q", "known:N"],
    )
    tiles = base.mark_rect().encode(
        color=alt.Color(
            "weight:Q",
            scale=alt.Scale(scheme="blues", domain=[0, 1], clamp=True),
            legend=alt.Legend(
                title="weight", orient="top", direction="horizontal", gradientLength=160
            ),
        )
    )
    dots = base.transform_filter("datum.known").mark_point(
        filled=True, size=14, color="#D55E00", opacity=1
    )
    return finish(alt.layer(tiles, dots), height=alt.Step(TILE))
