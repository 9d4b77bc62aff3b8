"""The network of out-of-fold scores as parts of a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gpdht.network.edge_tables import EdgeTable
from gpdht.network.hubs import hub_correlation, tf_hubs
from gpdht.plots.ranking_charts import EDGES, HUBS, TARGETS, TFS
from gpdht.presentation import Table, count, number, signed
from gpdht.report.page import Figure, Folded, Paragraph, Part

HONEST = (
    "The score of every pair is of the model of the fold in which the pair was tested: a model "
    "that did not see its label. So a known edge is here because the model found it, not because "
    "it was told. A pair that is not known and stands high is a candidate to look at, not a "
    "finding."
)


def network_parts(
    edges: pd.DataFrame, charts: Mapping[str, Any], *, end: str = "", where: str = ""
) -> list[Part]:
    """Network, hubs, heat map and table of a ranking of pairs; without pairs none.

    Parameters
    ----------
    charts : with ``network`` and ``heat_map``.
    end : of the charts' names, e.g. ``/edge/mDC500``.
    where : end of the charts' titles.
    """
    if edges.empty:
        return []
    best = edges.head(EDGES)
    known = int(best["known"].sum())
    return [
        Paragraph(
            f"Of the {count(len(best), 'edge')} with the highest scores, {known} are known edges; "
            f"a random choice of pairs would have {edges['known'].mean() * len(best):.0f}."
        ),
        Figure(
            f"The {len(best)} best edges{where}",
            charts[f"network{end}"],
            "Each line is a TF and a target that the model ranks among the best; known edges are "
            f"solid; the {HUBS} TFs with the most lines are named. Click the chart, then turn the "
            "wheel to zoom and drag to move; the same edges are in the table below.",
            zooms=True,
        ),
        *_hubs(edges, len(best)),
        Figure(
            f"Scores by TF and target{where}",
            charts[f"heat_map{end}"],
            f"A row is a TF, a column one of the {TARGETS} targets with the highest scores in "
            f"sum; the darker a tile, the higher the score; a dot marks a known edge. At most "
            f"{TFS} TFs are shown, those with the highest scores in sum.",
        ),
        Folded(f"The {len(best)} best edges as a table", [_edges(best)]),
    ]


def _edges(best: pd.DataFrame) -> Table:
    rows = [
        (str(i), row.source, row.target, number(row.weight), "yes" if row.known else "no")
        for i, row in enumerate(best.itertuples(), start=1)
    ]
    header = ("rank", "TF", "target", "score", "known edge")
    return Table("The best edges; score: the model’s probability.", header, rows, words=(1, 2, 4))


def _hubs(edges: pd.DataFrame, top: int) -> list[Part]:
    """The TFs with the most of the best edges, and whether the labels alone make them so."""
    table = EdgeTable(edges, out_of_fold=True)
    rows = [
        (
            hub.tf,
            str(hub.targets),
            str(int(hub.known)),
            f"{int(hub.known_in_data)} of {int(hub.candidates)}",
            str(int(hub.label_rank)),
        )
        for hub in tf_hubs(table, top).head(HUBS).itertuples()
    ]
    header = ("TF", "edges here", "of them known", "known targets in the data", "its rank by those")
    parts: list[Part] = [Table(f"TFs with the most of the {top} best edges.", header, rows)]
    correlation = hub_correlation(table, top)
    if not math.isnan(correlation):
        parts.append(
            Paragraph(
                f"Over all TFs, Spearman’s correlation between edges here and known targets in "
                f"the data is {signed(correlation, 2)}. Near 1, the hubs are those of the labels, "
                "which any model that knows the labels would name."
            )
        )
    return parts
