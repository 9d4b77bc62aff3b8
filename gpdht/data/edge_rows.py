"""Which rows of an edge list are edges: by label, by weight, by the TF list."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from gpdht.data.net_options import NetOptions
from gpdht.data.problems import Problem
from gpdht.errors import DataError
from gpdht.presentation import count

ENDS = ["source", "target"]


def keep_edges(
    rows: pd.DataFrame, options: NetOptions, where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The rows that are edges by names, label and weight, and what was dropped.

    Parameters
    ----------
    rows : `source, target[, weight][, no]`; `no` where the label says that it is no edge.

    Raises
    ------
    DataError
        If `options.min_weight` meets rows without a weight, or no row is an edge.
    """
    problems = []
    nameless = (rows[ENDS] == "").any(axis=1)
    edges, dropped = _drop(rows, nameless, "their TF or target has no name", where)
    problems += dropped
    if "no" in rows:
        edges, dropped = _drop(edges, edges["no"], "their label says no", where)
        problems += dropped
    if "weight" in rows:
        edges, dropped = _drop(edges, edges["weight"] == 0, "their weight is 0", where)
        problems += dropped
    problems += _both(edges, rows.drop(index=edges.index), where)
    if options.min_weight:
        edges, dropped = _drop_light(edges, options.min_weight, where)
        problems += dropped
    edges = edges.drop(columns="no", errors="ignore").reset_index(drop=True)
    return edges, problems


def whole_weights(edges: pd.DataFrame, where: str) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges without their weights, and a warning, if one of these is no number."""
    bad = edges["weight"].isna() if "weight" in edges else pd.Series(dtype=bool)
    if not bad.any():
        return edges, []
    found = (
        f"{where}: the weight of {count(int(bad.sum()), 'edge')} is no number, e.g. that of "
        f"{first(edges[bad])}"
    )
    remedy = "All weights were left out: each edge counts alike."
    return edges.drop(columns="weight"), [Problem("warning", found, remedy)]


def keep_listed(
    edges: pd.DataFrame, tfs: Collection[str] | None, where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges of TFs of the list, and how many others were dropped.

    Raises
    ------
    DataError
        If there is no list, or no such edge.
    """
    if tfs is None:
        raise DataError("--only-tfs keeps the edges of listed TFs; pass the list with --tfs FILE.")
    inside = edges["source"].isin(tfs)
    if not inside.any():
        raise DataError(
            f"{where}: 0 of {edges['source'].nunique()} TFs are in the TF list (e.g. "
            f'"{edges["source"].iloc[0]}"; the list has "{next(iter(tfs), "")}"). Give the list of '
            "these TFs, or leave out --only-tfs."
        )
    if inside.all():
        return edges, []
    outside = edges[~inside]
    found = (
        f"{where}: {len(outside)} of {len(edges)} edges were dropped, of "
        f"{count(outside['source'].nunique(), 'TF')} not in the TF list, e.g. {first(outside)}"
    )
    kept = edges[inside].reset_index(drop=True)
    return kept, [Problem("repaired", found, "Nothing to do: --only-tfs asked for it.")]


def first(edges: pd.DataFrame) -> str:
    """The first edge, as messages write it."""
    return f"{edges['source'].iloc[0]} → {edges['target'].iloc[0]}"


def _both(edges: pd.DataFrame, others: pd.DataFrame, where: str) -> list[Problem]:
    """A warning about pairs that stand there as an edge and as none."""
    both = edges[ENDS].drop_duplicates().merge(others[ENDS].drop_duplicates())
    if both.empty:
        return []
    found = f"{where}: {count(len(both), 'pair')} both as edge and as no edge, e.g. {first(both)}"
    return [Problem("warning", found, "They were kept. Remove the rows that are wrong.")]


def _drop(
    edges: pd.DataFrame, no: pd.Series, what: str, where: str, remedy: str = "Give a list of edges"
) -> tuple[pd.DataFrame, list[Problem]]:
    if not no.any():
        return edges, []
    if no.all():
        raise DataError(
            f"{where}: 0 of {len(edges)} rows are edges, {what}, e.g. {first(edges)}; expected "
            f"edges. {remedy}."
        )
    found = (
        f"{where}: {no.sum()} of {len(edges)} rows were dropped, {what}, e.g. {first(edges[no])}"
    )
    return edges[~no], [Problem("repaired", found, "Nothing to do: they are no edges.")]


def _drop_light(
    edges: pd.DataFrame, least: float, where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    unknown = edges["weight"].isna() if "weight" in edges else pd.Series(True, edges.index)
    if unknown.any():
        raise DataError(
            f"{where}: {unknown.sum()} of {len(edges)} edges have no weight, e.g. "
            f"{first(edges[unknown])}; --min-weight needs one for each. Name its column with "
            "--columns weight=NAME, or leave out --min-weight."
        )
    light = edges["weight"].abs() < least
    what = f"their weight is below {least:g} (--min-weight)"
    return _drop(edges, light, what, where, remedy="Lower --min-weight")
