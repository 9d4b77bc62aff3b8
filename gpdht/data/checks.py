"""The one place where expression and edges are checked and cleaned, whatever they came from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.dataset import Dataset, Problem
from gpdht.data.expression import check_names, check_values, doubt_values, unique_cells
from gpdht.data.matrices import Matrix
from gpdht.data.symbols import find_case_twins, find_damaged
from gpdht.errors import DataError


def make_dataset(
    matrix: Matrix,
    edges: pd.DataFrame,
    *,
    tfs: Sequence[str] | None,
    net_name: str,
    name: str,
    species: str | None = None,
    problems: Sequence[Problem] = (),
) -> Dataset:
    """A dataset that keeps the promises of `Dataset`; `problems` says what that took.

    Parameters
    ----------
    matrix : cells × genes.
    edges : `source, target[, weight]` as read.
    tfs : names of a TF list, if there is one.
    net_name : what messages call the edge list.
    problems : what reading found already.

    Raises
    ------
    DataError
        If the values or names cannot be used, or no edge is left.
    """
    where = matrix.path.name
    check_names(matrix)
    check_values(matrix)
    expression = as_csr(matrix.values)
    cells, repaired = unique_cells(matrix)
    genes = np.array(matrix.columns, dtype=str)
    net, notes = clean_net(edges, matrix.columns, net_name)
    kept, more = clean_tfs(tfs, net, matrix.columns)
    found = [*problems, *repaired, *notes, *more]
    found += find_damaged(matrix.columns, where)
    found += find_damaged([*edges["source"], *edges["target"]], net_name)
    found += find_case_twins(matrix.columns, where)
    found += doubt_values(expression, matrix)
    return Dataset(
        expression=expression,
        cells=cells,
        genes=genes,
        net=net,
        tfs=kept,
        name=name,
        species=species,
        problems=tuple(found),
    )


def as_csr(values: np.ndarray | sparse.spmatrix) -> sparse.csr_matrix:
    """float32 CSR without explicit zeros or duplicates, indices ascending."""
    matrix = sparse.csr_matrix(values, dtype=np.float32)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def clean_net(
    edges: pd.DataFrame, genes: Sequence[str], where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges between two different genes of the matrix, each once, and what was dropped.

    Raises
    ------
    DataError
        If none is left.
    """
    problems = []
    known = set(genes)
    inside = edges["source"].isin(known) & edges["target"].isin(known)
    if not inside.any():
        raise DataError(_none_inside(edges, genes, where))
    if not inside.all():
        problems.append(_dropped_outside(edges, known, where, genes))
    net = edges[inside]
    own = net["source"] == net["target"]
    if own.any():
        gene = net.loc[own, "source"].iloc[0]
        problems.append(
            Problem(
                "repaired",
                f"{where}: {own.sum()} self edges were dropped, e.g. {gene} → {gene}",
                "Nothing to do: a gene and itself are no candidate pair.",
            )
        )
    net = net[~own]
    if net.empty:
        raise DataError(
            f"{where}: 0 edges are left after dropping {own.sum()} self edges; expected edges "
            "between two different genes. Give another edge list."
        )
    again = net.duplicated(["source", "target"])
    if again.any():
        edge = net[again].iloc[0]
        problems.append(
            Problem(
                "repaired",
                f"{where}: {again.sum()} duplicated edges were dropped, e.g. "
                f"{edge['source']} → {edge['target']}",
                "Nothing to do: the first of each was kept, with its weight.",
            )
        )
    return net[~again].reset_index(drop=True), problems


def clean_tfs(
    tfs: Sequence[str] | None, net: pd.DataFrame, genes: Sequence[str]
) -> tuple[np.ndarray, list[Problem]]:
    """TFs in the order of the genes: those of the list, and always the sources of the net.

    Raises
    ------
    DataError
        If a list is given and none of it is a gene.
    """
    sources, listed, problems = set(net["source"]), set(tfs or ()), []
    outside = sorted(listed.difference(genes))
    if listed and len(outside) == len(listed):
        raise DataError(
            f"TF list: 0 of {len(listed)} TFs are genes of the expression matrix"
            f"{_case_hint(outside[0], genes)}"
        )
    if outside:
        problems.append(
            Problem(
                "repaired",
                f"TF list: {len(outside)} of {len(listed)} TFs are no genes of the matrix and were "
                f'dropped, e.g. "{outside[0]}"',
                _case_remedy(outside, genes) or "Nothing to do if they are not expressed.",
            )
        )
    unlisted = sorted(sources - listed)
    if listed and unlisted:
        problems.append(
            Problem(
                "repaired",
                f'TF list: {len(unlisted)} TFs of the edge list were added, e.g. "{unlisted[0]}"',
                "Nothing to do: a gene with a known target counts as a TF.",
            )
        )
    kept = [gene for gene in genes if gene in listed or gene in sources]
    return np.array(kept, dtype=str), problems


def _none_inside(edges: pd.DataFrame, genes: Sequence[str], where: str) -> str:
    """Why no edge can be used: no TF, no target, or never both."""
    tfs, targets = edges["source"].unique(), edges["target"].unique()
    known = set(genes)
    for role, names in (("TFs", tfs), ("targets", targets)):
        if not known.intersection(names):
            return (
                f"{where}: 0 of {len(names)} {role} are genes of the expression matrix"
                f"{_case_hint(str(names[0]), genes)}"
            )
    edge = edges.iloc[0]
    return (
        f"{where}: 0 of {len(edges)} edges have both ends in the expression matrix, e.g. "
        f"{edge['source']} → {edge['target']}. Give the expression of the edges' genes."
    )


def _case_hint(name: str, genes: Sequence[str]) -> str:
    twin = next((gene for gene in genes if gene.upper() == name.upper()), None)
    if twin is not None:
        return f' (e.g. "{name}"; the matrix has "{twin}"). Pass --symbols upper.'
    return (
        f' (e.g. "{name}"; the matrix has "{genes[0]}"). Give both in the same kind of gene names.'
    )


def _case_remedy(outside: Sequence[str], genes: Sequence[str]) -> str | None:
    """A remedy if some names would be found by ignoring case."""
    upper = {gene.upper(): gene for gene in genes}
    twins = [name for name in outside if name.upper() in upper]
    if not twins:
        return None
    return (
        f'{len(twins)} of them differ in case alone (e.g. "{twins[0]}"; the matrix has '
        f'"{upper[twins[0].upper()]}"): pass --symbols upper to keep them.'
    )


def _dropped_outside(
    edges: pd.DataFrame, known: set[str], where: str, genes: Sequence[str]
) -> Problem:
    outside = ~(edges["source"].isin(known) & edges["target"].isin(known))
    ends = pd.unique(edges[["source", "target"]].to_numpy().ravel())
    strange = [end for end in ends if end not in known]
    edge = edges[outside].iloc[0]
    return Problem(
        "repaired",
        f"{where}: {outside.sum()} of {len(edges)} edges were dropped, an end is no gene of the "
        f"matrix, e.g. {edge['source']} → {edge['target']}",
        _case_remedy(strange, genes) or "Nothing to do if these genes were filtered out.",
    )
