"""What the shape of a network tells against how its edge list was read."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from gpdht.data.edge_columns import EdgeColumns
from gpdht.data.edge_rows import first
from gpdht.data.edges import Labels
from gpdht.data.problems import Problem
from gpdht.errors import DataError

FEWER = 2
"""TFs are that many times fewer than targets, or the other way round, where shape tells them."""

MOST, LEAST = 0.5, 0.25
"""A TF list tells TFs if this share of the edges has one end, and less than a quarter of that the
other end alone, on it."""

RANKED, COMPLETE = 0.75, 0.9
FEW_SCORES, FEW_TFS, FEW_TARGETS = 10, 3, 10
"""Shares of all pairs, numbers of scores, TFs and targets of predictions; see `doubt_scores`."""

BOTH_WAYS, FEW_EDGES = 0.95, 10
"""Above this share of edges that stand there in both directions a list has none. BEELINE's STRING
networks, of which the TFs' rows were taken, have up to 0.9."""

PREDICTIONS = {"importance": "arboreto", "EdgeWeight": "BEELINE"}
"""What programs call the scores of networks that they infer."""


def doubt_network(net: pd.DataFrame, labels: Labels) -> list[Problem]:
    """Warnings about a network that was probably not meant as it was read.

    Parameters
    ----------
    net : the edges of `labels` between two different genes of a matrix, each once.

    Raises
    ------
    DataError
        If it cannot be told which end is the TF, or the edges are ranked predictions.
    """
    assert labels.columns is not None
    return [
        *doubt_direction(net, labels.tfs, labels.columns, labels.where),
        *doubt_scores(net, labels, labels.columns),
        *_doubt_both_ways(net, labels.where),
    ]


def doubt_direction(
    net: pd.DataFrame, tfs: Collection[str] | None, columns: EdgeColumns | None, where: str
) -> list[Problem]:
    """A warning if names that say TF and target seem to be exchanged.

    Parameters
    ----------
    columns : None for what was no edge list; nothing is said then.

    Raises
    ------
    DataError
        If nothing says TF and target, and the network does not show them; or BEELINE's convention
        says it, and the network shows the contrary.
    """
    if columns is None or net.empty:
        return []
    seems = _seems(net, tfs)
    doubtful = {"given": (), "named": ("turned",), "convention": ("turned",)}
    if seems not in doubtful.get(columns.said, ("turned", "open")):
        return []
    one, two = columns.names[columns.source], columns.names[columns.target]
    sources, targets = net["source"].nunique(), net["target"].nunique()
    found = (
        f'{where}: {sources} genes of column "{one}" regulate {targets} of column "{two}"'
        f"{_on_list(net, tfs)}"
    )
    if columns.said == "named":
        remedy = f'If the TFs are in column "{two}", pass --columns tf={two},target={one}.'
        return [Problem("warning", f"{found}; TFs and targets may be exchanged", remedy)]
    likely, other = (two, one) if seems == "turned" else (one, two)
    raise DataError(
        f"{found}; which of them are TFs (usually far fewer) is not said. Pass --columns "
        f'tf={likely},target={other} if column "{likely}" has the TFs, --columns '
        f'tf={other},target={likely} if "{other}" has, or name the columns source and target.'
    )


def doubt_scores(net: pd.DataFrame, labels: Labels, columns: EdgeColumns) -> list[Problem]:
    """A warning about edges that may be predictions.

    Edges are taken for ranked predictions if at least 3 TFs have nearly all pairs of these TFs and
    the list's targets, at least 10: 75 % of them where the list has more than 10 different
    weights, else 90 %. Of BEELINE's true networks the densest has 58 %, that with scores 52 %.

    Raises
    ------
    DataError
        If the edges are ranked predictions, and `min_weight` does not say from which score on.
    """
    tfs, targets = set(net["source"]), set(net["target"])
    pairs = len(tfs) * len(targets) - len(tfs & targets)
    scores = net["weight"].abs().nunique() if "weight" in net else 0
    share = RANKED if scores > FEW_SCORES else COMPLETE
    keep = "--min-weight X keeps those whose weight is at least X"
    if len(net) >= share * pairs and len(tfs) >= FEW_TFS and len(targets) >= FEW_TARGETS:
        found = (
            f"{labels.where}: its {len(net)} edges ({scores or 'no'} different weights) are "
            f"{len(net) / pairs:.0%} of the pairs of its {len(tfs)} TFs and {len(targets)} "
            "targets; these look like ranked predictions, not known edges"
        )
        if labels.options.min_weight is None:
            raise DataError(
                f"{found}. Give known edges; or {keep} (name their column with --columns "
                "weight=NAME), --min-weight 0 all of them."
            )
        return [Problem("warning", found, f"They were kept. {keep}.")]
    name = "" if columns.weight is None else columns.names[columns.weight]
    if name not in PREDICTIONS or scores <= FEW_SCORES or labels.options.min_weight is not None:
        return []
    found = (
        f'{labels.where}: "{name}" is what {PREDICTIONS[name]} calls the scores of predictions; '
        f"all {len(net)} were taken for known edges"
    )
    return [Problem("warning", found, f"Nothing to do if they are; else {keep}.")]


def _seems(net: pd.DataFrame, tfs: Collection[str] | None) -> str:
    """Whether the network is the right way round, turned, or could be either.

    A TF list tells it if most edges have one end on it; else that there are fewer TFs than targets.
    """
    right, turned = _listed_alone(net, tfs)
    if max(right, turned) < MOST or min(right, turned) > LEAST * MOST:
        right, turned = net["target"].nunique(), net["source"].nunique()
        if max(right, turned) < FEWER * min(right, turned):
            return "open"
    return "right" if right > turned else "turned"


def _listed_alone(net: pd.DataFrame, tfs: Collection[str] | None) -> tuple[float, float]:
    """Shares of the edges of which only the source, and only the target, is on the TF list."""
    on = [net[end].isin(tfs or ()) for end in ("source", "target")]
    return float((on[0] & ~on[1]).mean()), float((on[1] & ~on[0]).mean())


def _on_list(net: pd.DataFrame, tfs: Collection[str] | None) -> str:
    if tfs is None:
        return ""
    source, target = (net[end].isin(tfs).mean() for end in ("source", "target"))
    return f" (on the TF list: {source:.0%} and {target:.0%} of the edges)"


def _doubt_both_ways(net: pd.DataFrame, where: str) -> list[Problem]:
    turned = net[["target", "source"]].set_axis(["source", "target"], axis=1)
    both = net[["source", "target"]].merge(turned)
    if len(net) < FEW_EDGES or len(both) < BOTH_WAYS * len(net):
        return []
    found = (
        f"{where}: {len(both)} of {len(net)} edges stand there in both directions, e.g. "
        f"{first(both)}; the list seems to have no direction"
    )
    remedy = "Each gene counts as a TF of the other; if they are not, give an edge list of TFs."
    return [Problem("warning", found, remedy)]
