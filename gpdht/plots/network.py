"""A network of edges, its hubs named."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from gpdht.plots.inline import rows_of
from gpdht.plots.layout import EDGE, HEIGHT, REACH, Side, name_sides, place_genes
from gpdht.plots.theme import BLUE, FAINT, ORANGE, finish, nothing, outlined

KNOWN, NEW = "known edge", "not known"
TF, TARGET = "TF", "target"

_SMALL, _LEAST, _MOST = 40, 80, 260  # px², a target's mark, and the TFs'
_PLANE = alt.Scale(domain=[-EDGE, EDGE], nice=False, zero=False)
_X, _Y = alt.X("x:Q", axis=None, scale=_PLANE), alt.Y("y:Q", axis=None, scale=_PLANE)
_NAME: dict[Side, dict[str, Any]] = {
    "above": {"align": "center", "baseline": "bottom", "dy": -REACH},
    "below": {"align": "center", "baseline": "top", "dy": REACH},
    "right": {"align": "left", "baseline": "middle", "dx": REACH},
    "left": {"align": "right", "baseline": "middle", "dx": -REACH},
}


def network(edges: pd.DataFrame, *, hubs: int = 8, seed: int = 0) -> Any:
    """TFs and targets laid out by springs; wheel and drag zoom and move it.

    Parameters
    ----------
    edges : `source, target, weight, known`.
    hubs : how many of the TFs with most targets are named.
    seed : of the layout; the same edges are always drawn alike.
    """
    if edges.empty:
        return nothing("No edges.")
    nodes = _nodes(edges, seed)
    tfs = nodes[nodes["role"] == TF]
    named = tfs.nlargest(hubs, "targets", keep="first")
    lines = _lines(_edges(edges, nodes)).add_params(alt.selection_interval(bind="scales"))
    chart = alt.layer(lines, _points(nodes), *_names(named, tfs))
    return finish(chart, height=HEIGHT)


def _nodes(edges: pd.DataFrame, seed: int) -> pd.DataFrame:
    """`gene, x, y, role, targets, regulators, size`; the larger are drawn over the smaller."""
    nodes = place_genes(edges, seed=seed)
    for name, end in (("targets", "source"), ("regulators", "target")):
        nodes[name] = nodes["gene"].map(edges[end].value_counts()).fillna(0).astype(int)
    is_tf = nodes["targets"] > 0
    share = nodes["targets"] / nodes["targets"].max()
    return nodes.assign(
        role=np.where(is_tf, TF, TARGET),
        size=np.where(is_tf, _LEAST + (_MOST - _LEAST) * share, _SMALL),
    ).sort_values("size", kind="stable")


def _edges(edges: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """`source, target, weight, edge` and the ends `x, y, x2, y2`."""
    at = nodes.set_index("gene")[["x", "y"]]
    ends = at.loc[edges["source"]].to_numpy(), at.loc[edges["target"]].to_numpy()
    table = edges[["source", "target", "weight"]].reset_index(drop=True)
    table["edge"] = np.where(edges["known"].to_numpy(bool), KNOWN, NEW)
    table[["x", "y", "x2", "y2"]] = np.hstack(ends)
    return table


def _lines(table: pd.DataFrame) -> alt.Chart:
    both = [KNOWN, NEW]
    legend = alt.Legend(symbolType="stroke", symbolSize=300)
    dashes = alt.Scale(domain=both, range=[[1, 0], [5, 3]])
    return (
        alt.Chart(rows_of(table))
        .mark_rule(opacity=1, strokeOpacity=0.8)
        .encode(
            x=_X,
            y=_Y,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color(
                "edge:N", scale=alt.Scale(domain=both, range=[FAINT, ORANGE]), legend=legend
            ),
            strokeDash=alt.StrokeDash("edge:N", scale=dashes, legend=legend),
            tooltip=[
                alt.Tooltip("source:N", title="TF"),
                alt.Tooltip("target:N"),
                alt.Tooltip("weight:Q", format=".4~g"),
                alt.Tooltip("edge:N"),
            ],
        )
    )


def _points(nodes: pd.DataFrame) -> alt.Chart:
    roles = [TF, TARGET]
    return (
        alt.Chart(rows_of(nodes))
        .mark_point(filled=True, opacity=1, stroke="white", strokeWidth=0.6)
        .encode(
            x=_X,
            y=_Y,
            shape=alt.Shape("role:N", scale=alt.Scale(domain=roles, range=["square", "circle"])),
            fill=alt.Fill("role:N", scale=alt.Scale(domain=roles, range=[BLUE, "#8fa6bd"])),
            size=alt.Size("size:Q", scale=None),
            tooltip=["gene:N", "role:N", "targets:Q", "regulators:Q"],
        )
    )


def _names(hubs: pd.DataFrame, tfs: pd.DataFrame) -> list[alt.Chart]:
    hubs = hubs.assign(side=name_sides(hubs, tfs))[["gene", "x", "y", "side"]]
    layers = []
    for side, look in _NAME.items():
        part = hubs[hubs["side"] == side]
        texts = alt.Chart(rows_of(part)).encode(x=_X, y=_Y, text="gene:N")
        if len(part):
            layers += outlined(texts, fontSize=12, fontWeight="bold", **look)
    return layers
