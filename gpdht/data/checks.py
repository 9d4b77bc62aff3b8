"""The one place where expression and edges of every source are checked and cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gpdht.data.cell_query import choose_cells
from gpdht.data.cell_sample import draw_cells
from gpdht.data.coverage import coverage_of, doubt_names
from gpdht.data.duplicates import merge_duplicates
from gpdht.data.edge_doubts import doubt_network
from gpdht.data.edge_rows import first
from gpdht.data.edges import Labels
from gpdht.data.expression import (
    as_csr,
    check_any,
    check_names,
    check_values,
    doubt_values,
    unique_cells,
)
from gpdht.data.gene_choice import choose_genes, restrict_net
from gpdht.data.matrices import OWN_NAMES, Matrix
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.metadata import leave_out_metadata
from gpdht.data.normalise import normalised
from gpdht.data.problems import Problem
from gpdht.data.stored import in_memory
from gpdht.data.symbols import (
    case_twins,
    check_case,
    explain_mismatch,
    find_case_twins,
    find_damaged,
)
from gpdht.errors import DataError
from gpdht.presentation import count


def checked(
    matrix: Matrix, labels: Labels, options: MatrixOptions, *, species: str | None = None
) -> dict[str, Any]:
    """The fields of a `Dataset` that keep its promises; `problems` says what that took.

    Parameters
    ----------
    matrix : cells × genes.
    options : which cells and genes, and what becomes of duplicates and of counts.
    species : as the user says.

    Raises
    ------
    DataError
        If the values or names cannot be used, no edge is left, or the edge list was probably not
        meant as it was read.
    """
    check_names(matrix)
    matrix = leave_out_metadata(matrix, labels.genes)
    matrix = draw_cells(choose_cells(matrix, options.cells), options.max_cells)
    matrix = merge_duplicates(matrix, options.duplicates)
    genes, all_names = matrix.columns, list(matrix.column_table.get(OWN_NAMES, matrix.columns))
    if options.max_genes is None:
        matrix, scaled = _all_genes(matrix, options)
    cells, repaired = unique_cells(matrix)
    net = labels.edges
    doubts: list[Problem] = []
    if labels.columns is not None:
        net, doubts = clean_net(labels.edges, genes, labels.where)
        doubts += doubt_network(net, labels)
    tfs, changed = clean_tfs(labels.tfs, net, genes)
    if options.max_genes is not None:
        matrix, scaled = choose_genes(
            matrix, set(net["source"]), options.max_genes, options.normalize
        )
        net, cut = restrict_net(net, matrix.columns, labels.where)
        tfs = tfs[np.isin(tfs, matrix.columns)]
        changed = changed + cut
    expression = as_csr(matrix.values)
    ends = [*labels.edges["source"], *labels.edges["target"]]
    coverage = coverage_of(labels.edges, genes, all_names, labels.where)
    own = matrix.column_table.get(OWN_NAMES)
    problems = (
        *scaled,
        *matrix.problems,
        *labels.problems,
        *repaired,
        *doubt_names(coverage, species, matrix.where),
        *doubts,
        *changed,
        *find_damaged(genes, matrix.where),
        *find_damaged(ends, labels.where),
        *find_case_twins(genes, matrix.where),
        *doubt_values(expression, matrix),
    )
    return {
        "expression": expression,
        "cells": cells,
        "genes": np.array(matrix.columns, dtype=str),
        "net": net,
        "tfs": tfs,
        "species": species,
        "problems": problems,
        "own_names": None if own is None else own.to_numpy(dtype=str),
        "coverage": coverage,
    }


def _all_genes(matrix: Matrix, options: MatrixOptions) -> tuple[Matrix, list[Problem]]:
    """The matrix, normalised and in memory, and what is said of that."""
    matrix = replace(matrix, values=in_memory(matrix.values))
    check_values(matrix)
    values = as_csr(matrix.values)
    check_any(values.nnz > 0, matrix)
    values, scaled = normalised(values, options.normalize, matrix.where)
    return replace(matrix, values=values), scaled


def clean_net(
    edges: pd.DataFrame, genes: Sequence[str], where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges between two different genes of the matrix, each once, and what was dropped.

    Raises
    ------
    DataError
        If none is left, or names are far more often genes once case is ignored.
    """
    inside = edges["source"].isin(genes) & edges["target"].isin(genes)
    if not inside.any():
        raise DataError(_none_inside(edges, genes, where))
    check_case([*edges["source"], *edges["target"]], genes, where)
    problems = [] if inside.all() else [_dropped_outside(edges, ~inside, genes, where)]
    net = edges[inside]
    own = net["source"] == net["target"]
    again = net.duplicated(["source", "target"]) & ~own
    for marked, what, reason in (
        (own, "self edge", "a gene and itself are no candidate pair"),
        (again, "duplicated edge", "the first of each was kept, with its weight"),
    ):
        if marked.any():
            dropped = count(marked.sum(), f"{what} was", f"{what}s were")
            found = f"{where}: {dropped} dropped, e.g. {first(net[marked])}"
            problems.append(Problem("repaired", found, f"Nothing to do: {reason}."))
    problems += _contradictions(net[~own], where)
    if own.all():
        raise DataError(
            f"{where}: 0 edges are left after dropping {count(own.sum(), 'self edge')}; expected "
            "edges between two different genes. Give another edge list."
        )
    return net[~own & ~again].reset_index(drop=True), problems


def _contradictions(net: pd.DataFrame, where: str) -> list[Problem]:
    """A warning about pairs that stand there both as activation and as repression."""
    if "weight" not in net or not (net["weight"] < 0).any():
        return []
    signs = net.assign(minus=net["weight"] < 0).groupby(["source", "target"], sort=False)["minus"]
    both = signs.nunique().loc[lambda number: number > 1].index.to_frame(index=False)
    if both.empty:
        return []
    found = f"{where}: {count(len(both), 'pair has', 'pairs have')} both signs, e.g. {first(both)}"
    return [Problem("warning", found, "The first of each was kept. Remove the sign that is wrong.")]


def clean_tfs(
    tfs: Sequence[str] | None, net: pd.DataFrame, genes: Sequence[str]
) -> tuple[np.ndarray, list[Problem]]:
    """TFs in the order of the genes: those of the list, and always the sources of the net.

    Raises
    ------
    DataError
        If a list is given and none of it is a gene, or far more would be if case is ignored.
    """
    sources, listed, problems = set(net["source"]), set(tfs or ()), []
    outside = sorted(listed.difference(genes))
    if listed and len(outside) == len(listed):
        raise DataError(
            f"TF list: 0 of {len(listed)} TFs are genes of the expression matrix"
            f"{_explain_mismatch(outside, genes)}"
        )
    if listed:
        check_case(listed, genes, "TF list")
    if outside:
        found = (
            f"TF list: {len(outside)} of {len(listed)} TFs are no genes of the matrix and were "
            f'dropped, e.g. "{outside[0]}"'
        )
        remedy = _case_remedy(outside, genes) or "Nothing to do if they are not expressed."
        problems.append(Problem("repaired", found, remedy))
    unlisted = sorted(sources - listed)
    if listed and unlisted:
        added = count(len(unlisted), "TF of the edge list was", "TFs of the edge list were")
        found = f'TF list: {added} added, e.g. "{unlisted[0]}"'
        remedy = "A gene with a known target counts as a TF; --only-tfs drops these edges instead."
        problems.append(Problem("repaired", found, remedy))
    return np.array([g for g in genes if g in listed or g in sources], dtype=str), problems


def _none_inside(edges: pd.DataFrame, genes: Sequence[str], where: str) -> str:
    """Why no edge can be used: no TF, no target, or never both."""
    for role, names in (("TFs", edges["source"].unique()), ("targets", edges["target"].unique())):
        if not set(genes).intersection(names):
            return (
                f"{where}: 0 of {len(names)} {role} are genes of the expression matrix"
                f"{_explain_mismatch(names.tolist(), genes)}"
            )
    return (
        f"{where}: 0 of {len(edges)} edges have both ends in the expression matrix, e.g. "
        f"{first(edges)}. Give the expression of the edges' genes."
    )


def _dropped_outside(
    edges: pd.DataFrame, outside: pd.Series, genes: Sequence[str], where: str
) -> Problem:
    known = set(genes)
    ends = pd.unique(edges[["source", "target"]].to_numpy().ravel())
    return Problem(
        "repaired",
        f"{where}: {outside.sum()} of {len(edges)} edges were dropped, an end is no gene of the "
        f"matrix, e.g. {first(edges[outside])}",
        _case_remedy([end for end in ends if end not in known], genes)
        or "Nothing to do if these genes were filtered out.",
    )


def _explain_mismatch(names: Sequence[str], genes: Sequence[str]) -> str:
    return explain_mismatch(names, genes, matrix_has=f'"{genes[0]}"')


def _case_remedy(outside: Sequence[str], genes: Sequence[str]) -> str | None:
    """A remedy if some names would be found by ignoring case."""
    twins = case_twins(outside, genes)
    if not twins:
        return None
    return (
        f'{len(twins)} of them differ in case alone (e.g. "{twins[0][0]}"; the matrix has '
        f'"{twins[0][1]}"): pass --symbols upper to keep them.'
    )
