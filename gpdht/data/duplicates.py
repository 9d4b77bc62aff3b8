"""Genes of one name: refused, summed, or the first is kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.matrices import Matrix
from gpdht.data.matrix_options import Duplicates
from gpdht.data.normalise import ValueSummary
from gpdht.data.problems import Problem
from gpdht.data.stored import Stored, Values, blocks_of
from gpdht.data.symbols import dates_of
from gpdht.errors import DataError
from gpdht.presentation import count


def merge_duplicates(matrix: Matrix, duplicates: Duplicates) -> Matrix:
    """The matrix with each gene name once.

    Parameters
    ----------
    matrix : cells × genes.

    Raises
    ------
    DataError
        If names occur more than once and are to be refused, or if they are dates: these were
        different genes.
    """
    repeated = {name: n for name, n in Counter(matrix.columns).items() if n > 1 and name}
    if not repeated:
        return matrix
    _refuse_dates(matrix, repeated)
    gene = max(repeated, key=repeated.__getitem__)
    occur = count(len(repeated), "gene name occurs", "gene names occur")
    found = f'{matrix.where}: {occur} more than once, e.g. "{gene}" ({repeated[gene]} times)'
    if duplicates == "error":
        raise DataError(
            f"{found}; expected each once. Pass --duplicates sum to add their values (of counts), "
            "or --duplicates first to keep the first of each."
        )
    code, names = pd.factorize(np.array(matrix.columns, dtype=object))
    first = np.unique(code, return_index=True)[1]
    if duplicates == "first":
        note = Problem("note", f"{found}; the first of each was kept", "As --duplicates says.")
        return matrix.pick(columns=first).with_problem(note)
    joined = sparse.csr_matrix((np.ones(len(code), dtype=np.float32), (np.arange(len(code)), code)))
    values: Values = matrix.values @ joined
    if not isinstance(values, Stored):
        values = sparse.csr_matrix(values)
    table = matrix.column_table.iloc[first] if len(matrix.column_table) else matrix.column_table
    summed = replace(matrix, values=values, columns=names.tolist(), column_table=table)
    return summed.with_problem(_of_sums(matrix, found))


def _of_sums(matrix: Matrix, found: str) -> Problem:
    """A note that genes were summed; a warning where their values are logarithms."""
    if all(ValueSummary.of(block.data).whole for _, _, block in blocks_of(matrix.values)):
        return Problem("note", f"{found}; their counts were added", "As --duplicates says.")
    return Problem(
        "warning",
        f"{found}; their values were added, though they are no counts",
        "Sums of logarithms are too high: give counts, or pass --duplicates first.",
    )


def _refuse_dates(matrix: Matrix, repeated: dict[str, int]) -> None:
    dates = dates_of(repeated, among=matrix.columns)
    if dates:
        name, genes = next(iter(dates.items()))
        are = count(len(dates), "gene name is a date", "gene names are dates")
        raise DataError(
            f"{matrix.where}: {are} that Excel made of different genes, e.g. "
            f'"{name}" ({repeated[name]} times), one probably '
            f"{' or '.join(genes)}; expected gene names. Do not sum them: rename them, or "
            "take the file from before the spreadsheet."
        )
