"""A network of edges, its hubs named."""

from __future__ import annotations

from typing import Any

import altair as alt
import networkx as nx
import numpy as np
import pandas as pd

from gpdht.plots.theme import FAINT, GOOD, INK, WARM, finish, nothing, rows_of

KNOWN, NEW = "known edge", "not known"
TF, TARGET = "TF", "target"


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
    named = nodes[nodes["role"] == TF].nlargest(hubs, "targets", keep="first")
    lines = _lines(edges, nodes)
    zoom = alt.selection_interval(bind="scales", name="zoom")
    plane = alt.Scale(domain=[-1.12, 1.12])
    x, y = alt.X("x:Q", axis=None, scale=plane), alt.Y("y:Q", axis=None, scale=plane)
    drawn = (
        alt.Chart(rows_of(lines))
        .mark_rule(opacity=0.75)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color(
                "edge:N",
                scale=alt.Scale(domain=[KNOWN, NEW], range=[FAINT, WARM]),
                legend=alt.Legend(symbolType="stroke"),
            ),
            strokeDash=alt.StrokeDash(
                "edge:N", scale=alt.Scale(domain=[KNOWN, NEW], range=[[1, 0], [5, 3]]), legend=None
            ),
            tooltip=["source:N", "target:N", "weight:Q", "edge:N"],
        )
        .add_params(zoom)
    )
    points = (
        alt.Chart(rows_of(nodes))
        .mark_point(filled=True, opacity=1, stroke="white", strokeWidth=0.6)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape(
                "role:N",
                scale=alt.Scale(domain=[TF, TARGET], range=["square", "circle"]),
            ),
            fill=alt.Fill("role:N", scale=alt.Scale(domain=[TF, TARGET], range=[GOOD, "#9fb3c8"])),
            size=alt.Size("size:Q", scale=None),
            tooltip=["gene:N", "role:N", "targets:Q", "regulators:Q"],
        )
    )
    texts = (
        alt.Chart(rows_of(named))
        .mark_text(dy=-14, fontSize=12, fontWeight="bold", color=INK)
        .encode(x=x, y=y, text="gene:N")
    )
    halo = texts.mark_text(
        dy=-14, fontSize=12, fontWeight="bold", color="white", stroke="white", strokeWidth=3
    )
    return finish(alt.layer(drawn, points, halo, texts), height=460)


def _nodes(edges: pd.DataFrame, seed: int) -> pd.DataFrame:
    """`gene, role, targets, regulators, size, x, y`, in the order in which genes appear."""
    pairs = list(zip(edges["source"], edges["target"], strict=True))
    graph = nx.Graph(pairs)  # in the order of the edges, so that a layout can be made again
    place = nx.spring_layout(graph, seed=seed, k=1.6 / np.sqrt(len(graph)), iterations=150)
    at_N2 = np.array([place[gene] for gene in graph])
    middle_2, span_2 = at_N2.mean(axis=0), np.ptp(at_N2, axis=0)
    at_N2 = 2 * (at_N2 - at_N2.min(axis=0)) / np.where(span_2 > 0, span_2, 1) - 1
    if (span_2 == 0).any():
        at_N2[:, span_2 == 0] = middle_2[span_2 == 0]
    out = edges["source"].value_counts()
    into = edges["target"].value_counts()
    genes = list(graph)
    targets = np.array([int(out.get(gene, 0)) for gene in genes])
    return pd.DataFrame(
        {
            "gene": genes,
            "role": np.where(targets > 0, TF, TARGET),
            "targets": targets,
            "regulators": [int(into.get(gene, 0)) for gene in genes],
            "size": np.where(targets > 0, 90 + 14 * targets, 45),
            "x": at_N2[:, 0],
            "y": at_N2[:, 1],
        }
    )


def _lines(edges: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    at = nodes.set_index("gene")
    ends = {
        name: at.loc[edges[end], axis].to_numpy()
        for name, end, axis in (
            ("x", "source", "x"),
            ("y", "source", "y"),
            ("x2", "target", "x"),
            ("y2", "target", "y"),
        )
    }
    return pd.DataFrame(
        {
            "source": edges["source"].to_numpy(),
            "target": edges["target"].to_numpy(),
            "weight": edges["weight"].to_numpy(float),
            "edge": np.where(edges["known"].to_numpy(bool), KNOWN, NEW),
            **ends,
        }
    )
