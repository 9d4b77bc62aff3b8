"""A ranking of pairs as a network of its best edges and as a heat map of TFs × targets."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gpdht.plots.heat_map import heat_map
from gpdht.plots.network import network

EDGES = 100
"""How many edges a network chart has."""

HUBS = 8
TARGETS = 40
TFS = 30


def ranking_charts(edges: pd.DataFrame) -> dict[str, Any]:
    """`network` and `heat_map` of a ranking of pairs; without pairs none.

    Parameters
    ----------
    edges : `source, target, weight, known`, best first.
    """
    if edges.empty:
        return {}
    # TFs with the most weight first: with a hundred of them no tile could be told from the next
    tfs = edges.groupby("source")["weight"].sum().nlargest(TFS).index.tolist()
    return {
        "network": network(edges.head(EDGES), hubs=HUBS),
        "heat_map": heat_map(edges, tfs=tfs, targets=TARGETS),
    }
