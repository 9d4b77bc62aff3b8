"""Which rows of an edge list are edges: by label, by weight, by the TF list."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from gpdht.data.net_options import NetOptions
from gpdht.data.problems import Problem
from gpdht.errors import DataError

ENDS = ["source", "target"]
YES = ("1", "1.0", "true", "t", "yes", "y")
NO = ("0", "0.0", "false", "f", "no", "n")
"""What a label says. Not 1 and −1, nor positive and negative, which may be signs."""


def keep_edges(
    rows: pd.DataFrame, options: NetOptions, where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The rows that are edges by label and weight, and what was dropped.

    Parameters
    ----------
    rows : `source, target[, weight][, label]`, labels as text.

    Raises
    ------
    DataError
        If a label is neither yes nor no, `options.min_weight` meets rows without a weight, or no
        row is an edge.
    """
    problems = []
    edges = rows
    if "label" in rows:
        edges, dropped = _drop(edges, _says_no(rows["label"], where), "their label says no", where)
        problems += dropped
    if "weight" in rows:
        edges, dropped = _drop(edges, edges["weight"] == 0, "their weight is 0", where)
        problems += dropped
    if options.min_weight:
        edges, dropped = _drop_light(edges, options.min_weight, where)
        problems += dropped
    left = edges[ENDS].drop_duplicates()
    both = left.merge(rows.loc[rows.index.difference(edges.index), ENDS].drop_duplicates())
    if not both.empty:
        found = f"{where}: {len(both)} pairs stand there as edge and as no edge, e.g. {first(both)}"
        problems.append(
            Problem("warning", found, "They were kept. Remove the rows that are wrong.")
        )
    edges = edges.drop(columns="label", errors="ignore").reset_index(drop=True)
    return edges, problems


def whole_weights(edges: pd.DataFrame, where: str) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges without their weights, and a warning, if one of these is no number."""
    bad = edges["weight"].isna() if "weight" in edges else pd.Series(dtype=bool)
    if not bad.any():
        return edges, []
    found = f"{where}: {bad.sum()} weights are no numbers, e.g. that of {first(edges[bad])}"
    remedy = "All weights were left out; edges count as known at any weight."
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
        f"{where}: {len(outside)} of {len(edges)} edges were dropped, their "
        f"{outside['source'].nunique()} TFs are not in the TF list, e.g. {first(outside)}"
    )
    kept = edges[inside].reset_index(drop=True)
    return kept, [Problem("repaired", found, "Nothing to do: --only-tfs asked for it.")]


def first(edges: pd.DataFrame) -> str:
    """The first edge, as messages write it."""
    return f"{edges['source'].iloc[0]} → {edges['target'].iloc[0]}"


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


def _says_no(label: pd.Series, where: str) -> pd.Series:
    words = label.str.lower()
    wrong = label[~words.isin(YES + NO)]
    if wrong.empty:
        return words.isin(NO)
    raise DataError(
        f"{where}: the label should say whether a row is an edge, but {len(wrong)} of {len(label)} "
        f'are neither yes nor no, e.g. "{wrong.iloc[0]}"; expected 1/0, true/false or yes/no. Name '
        "its column with --label-column NAME, or pass --columns label=none if all rows are edges."
    )
