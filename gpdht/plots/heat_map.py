"""TFs × targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.inline import long_layer
from gpdht.plots.theme import INK, finish, nothing, with_values

TILE = 18  # px, the height of a row
_EDGE = "datum.known ? 'known edge' : 'not known'"


def heat_map(edges: pd.DataFrame, *, tfs: Sequence[str] | None = None, targets: int = 40) -> Any:
    """A tile for each pair, with a dot where the edge is known.

    Rows and columns are in the order of their total weight.

    Parameters
    ----------
    edges : `source, target, weight, known`; a pair that is missing has no tile.
    tfs : which to show; all if None.
    targets : how many of the genes with the highest total weight over these TFs.
    """
    shown = with_values(edges, "weight")
    shown = shown if tfs is None else shown[shown["source"].isin(list(tfs))]
    columns = _heaviest(shown, "target")[:targets]
    shown = shown[shown["target"].isin(columns)]
    if shown.empty:
        return nothing("No pairs.")
    lines = _heaviest(shown, "source")
    weight = shown["weight"].astype(float)
    ends = [min(0.0, weight.min()), weight.max() if weight.max() > 0 else 1.0]
    base = alt.Chart().encode(
        x=_side("target", columns, alt.Axis(title="target", labelAngle=-90, labelLimit=90)),
        y=_side("source", lines, alt.Axis(title="TF", labelLimit=110)),
    )
    pairs = shown[["source", "target", "weight"]].assign(known=shown["known"].astype(int))
    layers = [_tiles(base, ends), _dots(base)]
    chart = long_layer(pairs, layers, key="source", lists=("target", "weight", "known"))
    return finish(chart.transform_calculate(edge=_EDGE), height=TILE * len(lines))


def _tiles(base: alt.Chart, ends: list[float]) -> alt.Chart:
    legend = alt.Legend(title="weight", gradientLength=130, tickCount=3)
    scale = alt.Scale(scheme="blues", domain=ends)
    return base.mark_rect().encode(
        color=alt.Color("weight:Q", scale=scale, legend=legend),
        tooltip=[
            alt.Tooltip("source:N", title="TF"),
            alt.Tooltip("target:N", title="target"),
            alt.Tooltip("weight:Q", format=".4~g"),
            alt.Tooltip("edge:N"),
        ],
    )


def _dots(base: alt.Chart) -> alt.Chart:
    dots = base.transform_filter("datum.known === 1").mark_point(
        filled=True, size=22, opacity=1, color=INK, stroke="white", strokeWidth=0.8
    )
    scale = alt.Scale(domain=["known edge"], range=["circle"])
    legend = alt.Legend(symbolFillColor=INK, symbolStrokeWidth=0, symbolSize=40)
    return dots.encode(shape=alt.Shape("edge:N", scale=scale, legend=legend))


def _heaviest(edges: pd.DataFrame, end: str) -> list[str]:
    total = edges.groupby(end, sort=False)["weight"].sum()
    return total.sort_values(ascending=False, kind="stable").index.tolist()


def _side(end: str, genes: list[str], axis: alt.Axis) -> Any:
    axis.labelFontSize, axis.labelOverlap, axis.ticks, axis.domain = 10, "greedy", False, False
    channel = alt.X if end == "target" else alt.Y
    return channel(f"{end}:N", sort=genes, axis=axis)
