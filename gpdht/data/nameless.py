"""Matrices whose names are missing, so that values stand where names should."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.data.matrices import Matrix, is_counter
from gpdht.data.problems import Problem
from gpdht.data.stored import Stored, in_memory
from gpdht.data.tables import MISSING
from gpdht.errors import DataError
from gpdht.presentation import count

CORNERS = re.compile(
    r"genes?(id|name|symbol)?s?|symbols?|names?|ids?|index|rownames?|cells?(id|name)?s?|barcodes?"
    r"|samples?|unnamed0|x|(ensembl|entrez)(gene)?(id)?|features?(id)?|idref"
)
"""What may stand above names, in small letters without signs."""


def named(matrix: Matrix, path: Path) -> Matrix:
    """The matrix with names on both axes: a counter gives way to names beside it, and cells whose
    names are missing are numbered.

    Parameters
    ----------
    path : what errors call the file.

    Raises
    ------
    DataError
        If values stand in the first line, or a column has no name.
    """
    if are_values(matrix.columns):
        raise DataError(_nameless("first line", matrix.columns, path))
    blank = [i for i, name in enumerate(matrix.columns, start=2) if not name]
    if blank:
        raise DataError(
            f"{path}: {count(len(blank), 'column has', 'columns have')} no name, e.g. column "
            f"{blank[0]}; expected a name for every column. Complete the first line, or "
            "remove the columns."
        )
    matrix = _without_counter(matrix)
    if not are_values(matrix.rows):
        return matrix
    in_memory = not isinstance(matrix.values, Stored)
    if matrix.corner and CORNERS.fullmatch(_normal(matrix.corner)) is None and in_memory:
        return _numbered(matrix)
    if not all(map(_is_whole, matrix.rows)):
        raise DataError(_nameless("first column", matrix.rows, path))
    return matrix


def are_values(names: Sequence[str]) -> bool:
    """Whether these are numbers that no list of names would be: with fractions, or repeated."""
    text = pd.Series(names, dtype=object)
    missing = text.str.lower().isin(MISSING)
    if missing.all() or (pd.to_numeric(text, errors="coerce").isna() & ~missing).any():
        return False
    return bool(text.duplicated().any()) or not text[~missing].map(_is_whole).all()


def _without_counter(matrix: Matrix) -> Matrix:
    """Row numbers that a table was written with replaced by the names in the column beside them."""
    beside = matrix.row_table
    if _normal(matrix.corner) not in ("", "index", "unnamed0") or beside.empty:
        return matrix
    names = beside.iloc[:, 0]
    if not is_counter(matrix.rows) or not names.is_unique or (names == "").any():
        return matrix
    found = (
        f'{matrix.where}: the names of rows are those of column "{beside.columns[0]}"; the first '
        "column only counts"
    )
    note = Problem("repaired", found, "Nothing to do, unless another column has the names.")
    rest = tuple(problem for problem in matrix.problems if beside.shape[1] > 1)
    return replace(
        matrix,
        rows=names.tolist(),
        corner=str(beside.columns[0]),
        row_table=beside.iloc[:, 1:],
        problems=(*rest, note),
    )


def _numbered(matrix: Matrix) -> Matrix:
    """Cells numbered from 1; what was taken for their names is the first gene's values."""
    first = pd.to_numeric(pd.Series(matrix.rows), errors="coerce").to_numpy(np.float32)
    found = (
        f'{matrix.where}: no names of cells (column "{matrix.corner}" holds {len(first)} values); '
        "the cells were numbered from 1"
    )
    remedy = 'Nothing to do, unless rows are genes: then write their names first, as "gene".'
    return replace(
        matrix,
        values=np.column_stack([first, in_memory(matrix.values)]),
        rows=[str(i) for i in range(1, len(first) + 1)],
        columns=[matrix.corner, *matrix.columns],
        column_table=pd.DataFrame(),
        rows_are="cells",
        corner="",
        problems=(*matrix.problems, Problem("repaired", found, remedy)),
    )


def _nameless(where: str, names: Sequence[str], path: Path) -> str:
    return (
        f'{path}: the {where} holds {len(names)} numbers, e.g. "{names[0]}", expected names. '
        "Write the matrix again with gene and cell names."
    )


def _normal(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_whole(name: str) -> bool:
    return name.isdigit()
