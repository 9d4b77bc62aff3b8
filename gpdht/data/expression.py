"""An expression matrix's names and values: checks, doubts and moments."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.matrices import Matrix
from gpdht.data.problems import Problem
from gpdht.data.stored import in_memory
from gpdht.errors import DataError
from gpdht.presentation import count

NO_SIGNAL = "They carry no signal; remove them, e.g. sc.pp.filter_genes(adata, min_cells=3)."


def check_names(matrix: Matrix) -> None:
    """Raise `DataError` unless every gene has a name."""
    blank = [i for i, gene in enumerate(matrix.columns, start=1) if not gene]
    if blank:
        raise DataError(
            f"{matrix.where}: {count(len(blank), 'gene has', 'genes have')} no name, e.g. gene "
            f"number {blank[0]}; expected a name for every gene. Name them or remove them."
        )


def as_csr(values: np.ndarray | sparse.spmatrix) -> sparse.csr_matrix:
    """float32 CSR without explicit zeros or duplicates, indices ascending."""
    matrix = sparse.csr_matrix(values, dtype=np.float32)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def check_values(matrix: Matrix) -> None:
    """Raise `DataError` unless all values are finite and not negative."""
    given = in_memory(matrix.values)
    values = np.asarray(given.data if sparse.issparse(given) else given)
    unknown = ~np.isfinite(values)
    if unknown.any():
        raise DataError(
            f"{matrix.where}: {count(unknown.sum(), 'value is', 'values are')} missing or infinite "
            f"(NaN, inf), e.g. {_place(matrix, unknown)}; expected a number everywhere. "
            "Replace them by 0 if they mean not detected, else remove the genes or cells."
        )
    negative = values < 0
    if negative.any():
        raise DataError(
            f"{matrix.where}: {count(negative.sum(), 'value is', 'values are')} negative (lowest "
            f"{values.min():.4g}), e.g. {_place(matrix, negative)}; expected log-normalised "
            "expression, ≥ 0. Give the matrix from before scaling or z-scoring "
            "(before sc.pp.scale), which AnnData may have: --use-raw, or --layer NAME."
        )


def check_any(found: bool, matrix: Matrix) -> None:
    """Raise `DataError` unless some value is not 0."""
    if not found:
        cells, genes = matrix.values.shape
        raise DataError(
            f"{matrix.where}: all {cells} × {genes} values are 0; expected expression. Check "
            "that the right file or layer was given."
        )


def _place(matrix: Matrix, marked: np.ndarray) -> str:
    """Gene and cell of the first marked value."""
    if sparse.issparse(matrix.values):
        at = np.flatnonzero(marked)[0]
        csr = sparse.csr_matrix(matrix.values)
        cell = int(np.searchsorted(csr.indptr, at, side="right")) - 1
        gene = int(csr.indices[at])
    else:
        cell, gene = (int(i) for i in np.argwhere(marked)[0])
    return f'gene "{matrix.columns[gene]}" in cell "{matrix.rows[cell]}"'


def unique_cells(matrix: Matrix) -> tuple[np.ndarray, list[Problem]]:
    """Cell names, made unique by a number where they are not."""
    cells = pd.Index(matrix.rows, dtype=object)
    again = cells.duplicated()
    if not again.any():
        return np.array(matrix.rows, dtype=str), []
    from anndata.utils import make_index_unique

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that look numbered already
        names = make_index_unique(cells)
    found = (
        f"{matrix.where}: {count(again.sum(), 'cell')} had the name of another and got a new one, "
        f'e.g. "{cells[again][0]}" to "{names[again][0]}"'
    )
    remedy = "Nothing to do, unless cells were loaded twice: then remove the copies."
    return np.array(names, dtype=str), [Problem("repaired", found, remedy)]


def doubt_values(expression: sparse.csr_matrix, matrix: Matrix) -> list[Problem]:
    """Warnings about values that are allowed but probably not meant."""
    problems = []
    detected_G = np.bincount(expression.indices, minlength=expression.shape[1])
    filter_cells = "Remove them: sc.pp.filter_cells(adata, min_genes=1)."
    for marked, names, what, remedy in (
        (
            detected_G == 0,
            matrix.columns,
            ("gene is expressed in no cell", "genes are expressed in no cell"),
            NO_SIGNAL,
        ),
        (
            _is_constant(expression, detected_G),
            matrix.columns,
            ("gene has the same value in every cell", "genes have the same value in every cell"),
            NO_SIGNAL,
        ),
        (
            np.diff(expression.indptr) == 0,
            matrix.rows,
            ("cell expresses no gene", "cells express no gene"),
            filter_cells,
        ),
    ):
        if marked.any():
            example = names[int(marked.argmax())]
            found = f'{matrix.where}: {count(marked.sum(), *what)}, e.g. "{example}"'
            problems.append(Problem("warning", found, remedy))
    return problems


def _is_constant(expression: sparse.csr_matrix, detected_G: np.ndarray) -> np.ndarray:
    """Genes with one non-zero value in all cells."""
    everywhere = np.flatnonzero(detected_G == expression.shape[0])
    flat = np.zeros(expression.shape[1], dtype=bool)
    dense = expression[:, everywhere].toarray()
    flat[everywhere] = dense.min(axis=0) == dense.max(axis=0)
    return flat


def nonzero_moments(
    expression: sparse.csr_matrix, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and (population) standard deviation of each gene's `values`, float64; 0 without any.

    Parameters
    ----------
    values : one for each stored entry of `expression`, (cells, genes) CSR.
    """
    gene, num_genes = expression.indices, expression.shape[1]
    count_G = np.maximum(np.bincount(gene, minlength=num_genes), 1)
    mean_G = np.bincount(gene, values, minlength=num_genes) / count_G
    square_G = np.bincount(gene, (values - mean_G[gene]) ** 2, minlength=num_genes)
    return mean_G, np.sqrt(square_G / count_G)
