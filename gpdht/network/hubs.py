"""The hubs of a network: the TFs with most targets and the genes with most regulators.

A TF with many known targets is scored high by any model that knows the labels. So beside its
place in the network stands how many known targets it has in the data.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy  # loads scipy.stats when it is first used

from gpdht.network.edge_tables import EdgeTable


def tf_hubs(table: EdgeTable, top: int) -> pd.DataFrame:
    """The TFs of the `top` best edges, most targets first.

    Returns
    -------
    `tf, targets, known, precision` in the network: targets, how many of them are known, and the
    share; `known_in_data, candidates, prevalence` in the whole table, and `label_rank`, the TF's
    place by known targets (equal ones share the better place). Equal TFs are in the order of names.
    """
    return _hubs(table, top, end="source", name="tf", neighbours="targets")


def gene_hubs(table: EdgeTable, top: int) -> pd.DataFrame:
    """The genes of the `top` best edges, most regulators first; columns as of `tf_hubs`.

    `gene, regulators, …` in place of `tf, targets, …`.
    """
    return _hubs(table, top, end="target", name="gene", neighbours="regulators")


def hub_correlation(table: EdgeTable, top: int) -> float:
    """Spearman's correlation of a TF's targets in the network with its known targets.

    Over all TFs of the table, also those without targets in the network; near 1, hubs are hubs of
    the labels. NaN if either is the same for all TFs.
    """
    known = table.edges.groupby("source")["known"].sum()
    predicted = table.top(top).groupby("source").size().reindex(known.index, fill_value=0)
    if known.nunique() == 1 or predicted.nunique() == 1:
        return float("nan")
    return float(scipy.stats.spearmanr(known, predicted).statistic)


def _hubs(table: EdgeTable, top: int, *, end: str, name: str, neighbours: str) -> pd.DataFrame:
    network, whole = (edges.groupby(end)["known"] for edges in (table.top(top), table.edges))
    hubs = pd.DataFrame({neighbours: network.size(), "known": network.sum()})
    hubs["precision"] = hubs["known"] / hubs[neighbours]
    known_in_data = whole.sum()
    hubs["known_in_data"] = known_in_data.reindex(hubs.index)
    hubs["candidates"] = whole.size().reindex(hubs.index)
    hubs["prevalence"] = hubs["known_in_data"] / hubs["candidates"]
    rank = known_in_data.rank(ascending=False, method="min").astype(np.int64)
    hubs["label_rank"] = rank.reindex(hubs.index)
    hubs = hubs.rename_axis(name).reset_index()
    return hubs.sort_values([neighbours, name], ascending=[False, True], ignore_index=True)
