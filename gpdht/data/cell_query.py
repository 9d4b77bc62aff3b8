"""Choosing cells by what is known of them, without running anybody's code."""

from __future__ import annotations

import ast
import re

import numpy as np
import pandas as pd

from gpdht.data.matrices import Matrix
from gpdht.data.problems import Problem
from gpdht.errors import DataError

ALLOWED = (
    ast.Expression,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.BinOp,
    ast.BitAnd,
    ast.BitOr,
    ast.UnaryOp,
    ast.Not,
    ast.Invert,
    ast.USub,
    ast.Compare,
    ast.cmpop,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.List,
    ast.Tuple,
)
EXAMPLE = "cell_type == \"HSC\" and n_genes > 500, cell_type in ['HSC', 'MPP']"


def choose_cells(matrix: Matrix, query: str | None) -> Matrix:
    """The cells for which an expression over their table holds; all for None.

    Parameters
    ----------
    matrix : cells × genes.
    query : comparisons of columns, joined by ``and``, ``or``, ``not``; backticks around names with
        blanks or dots.

    Raises
    ------
    DataError
        If it asks for more than comparisons or for a column that is not there, or no cell is left.
    """
    if query is None:
        return matrix
    _check(query)
    known = ", ".join(f'"{name}"' for name in matrix.row_table) or "none"
    try:
        marked = matrix.row_table.eval(
            query, engine="python", parser="pandas", local_dict={}, global_dict={}
        )
        if getattr(marked, "dtype", None) == "boolean":
            marked = marked.fillna(False).astype(bool)  # a missing value meets no condition
        chosen = np.broadcast_to(np.asarray(marked), (len(matrix.rows),))
    except Exception as error:  # pandas raises many kinds
        raise DataError(
            f'{matrix.where}: --cells "{query}" cannot be asked ({error}); the columns of cells '
            f"are: {known}. Write e.g. {EXAMPLE}."
        ) from error
    if chosen.dtype.kind != "b":
        raise DataError(f'--cells "{query}" is no comparison. Write e.g. {EXAMPLE}.')
    if not chosen.any():
        raise DataError(
            f'{matrix.where}: --cells "{query}" holds for 0 of {len(chosen)} cells'
            f"{_values_of(matrix.row_table, query)}. Expected at least one; change the query."
        )
    found = f'{matrix.where}: {chosen.sum()} of {len(chosen)} cells were chosen by "{query}"'
    return matrix.pick(rows=chosen).with_problem(Problem("note", found, "As --cells says."))


def _check(query: str) -> None:
    """Raise `DataError` unless a query is made of comparisons alone."""
    try:
        tree = ast.parse(re.sub(r"`[^`'\"]*`", "column", query.strip()), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DataError(f'--cells "{query}" is no expression. Write e.g. {EXAMPLE}.') from error
    other = [node for node in ast.walk(tree) if not isinstance(node, ALLOWED)]
    if other:
        raise DataError(
            f'--cells "{query}" has a {type(other[0]).__name__}; expected comparisons of columns '
            "only, without calls, attributes or @, and backticks around names with dots. Write "
            f"e.g. {EXAMPLE}."
        )


def _values_of(table: pd.DataFrame, query: str) -> str:
    """What the columns of a query hold, as the middle of a message."""
    named = [column for column in table if str(column) in query]
    return "".join(
        f'; "{column}" has {", ".join(map(str, table[column].unique()[:6]))}' for column in named
    )
