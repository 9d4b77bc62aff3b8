"""An expression matrix as it comes: before checks, and before its axes are known."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.problems import Problem, check_choice
from gpdht.data.stored import Values
from gpdht.data.symbols import Symbols, explain_mismatch, spell
from gpdht.errors import DataError
from gpdht.presentation import count

Orientation = Literal["auto", "genes", "cells"]

OWN_NAMES = "name in the matrix"
"""Column of what is known of genes: how they are called where that is spelt otherwise now."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Matrix:
    """Values with a name for every row and column; float32, dense or CSR, or still in a file.

    Parameters
    ----------
    where : what messages call the matrix.
    rows_are : what its source tells about rows.
    row_table, column_table : what else is known of each row and column (AnnData's obs and var);
        empty if nothing.
    corner : what stands above the names of rows.
    problems : what reading repaired or doubts.
    """

    values: Values
    rows: list[str]
    columns: list[str]
    where: str
    rows_are: Orientation = "auto"
    row_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    column_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    corner: str = ""
    problems: tuple[Problem, ...] = ()

    def transposed(self) -> Matrix:
        """Rows and columns exchanged."""
        turned = self.values.T
        return replace(
            self,
            values=sparse.csr_matrix(turned) if sparse.issparse(turned) else turned,
            rows=self.columns,
            columns=self.rows,
            row_table=self.column_table,
            column_table=self.row_table,
        )

    def with_problem(self, *problems: Problem) -> Matrix:
        """The matrix with more that was repaired or is doubted."""
        return replace(self, problems=(*self.problems, *problems))

    def pick(self, *, rows: np.ndarray | None = None, columns: np.ndarray | None = None) -> Matrix:
        """The rows and columns at these places or marked True, with what is known of them."""
        found = self
        if rows is not None:
            at = np.arange(len(self.rows))[rows]
            found = replace(
                found,
                values=found.values[at],
                rows=[found.rows[i] for i in at],
                row_table=found.row_table.iloc[at] if len(found.row_table) else found.row_table,
            )
        if columns is not None:
            return found.transposed().pick(rows=columns).transposed()
        return found


def read_parquet(path: Path) -> pd.DataFrame:
    """The table of a parquet file.

    Raises
    ------
    DataError
        If the file is corrupt.
    """
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's errors are of these kinds
        raise DataError(f"{path}: cannot be read as parquet ({error}). Write it again.") from error


def with_gene_names(matrix: Matrix, column: str | None) -> Matrix:
    """The matrix with the genes' names taken from a column beside them; as it is for None.

    A gene without one keeps its own.

    Raises
    ------
    DataError
        If there is no such column.
    """
    if column is None or column == matrix.corner:
        return matrix
    tables = [(matrix.column_table, matrix.columns)]
    if matrix.rows_are != "cells":
        tables.append((matrix.row_table, matrix.rows))
    for table, own in tables:
        if column in table:
            given = table[column].astype(str).where(table[column].notna(), "").str.strip()
            names = [new or old for new, old in zip(given, own, strict=True)]
            break
    else:
        listed = ", ".join(f'"{name}"' for table, _ in tables for name in table) or "none"
        raise DataError(
            f'{matrix.where}: no column "{column}" beside the genes; the columns are: {listed}. '
            "Pass one of them as --gene-names, or leave it out."
        )
    found = f'{matrix.where}: gene names are those of the column "{column}", e.g. "{names[0]}"'
    if kept := sum(new == "" for new in given):
        found += f"; of {count(kept, 'gene')} there is none, so the own name stays"
    note = Problem("note", found, "As --gene-names says.")
    if own is matrix.columns:
        return replace(matrix, columns=names, rows_are="cells").with_problem(note)
    return replace(matrix, rows=names, rows_are="genes", corner=column).with_problem(note)


def orient(
    matrix: Matrix, net_genes: set[str], *, orientation: Orientation, symbols: Symbols
) -> Matrix:
    """The matrix as cells × genes, with the genes' names (and only theirs) as `symbols` says.

    Parameters
    ----------
    orientation : ``auto`` looks which axis has genes of the net; ``genes`` and ``cells`` say what
        the rows are.

    Raises
    ------
    DataError
        If ``auto`` finds genes of the net on both axes, on neither, or only where rows or columns
        are counted; or if the names stand elsewhere.
    """
    check_choice("orientation", orientation, Orientation)
    rows_are = orientation if orientation != "auto" else matrix.rows_are
    if rows_are == "auto":
        rows_are = _guess(matrix, net_genes, symbols)
        logger.info("%s: rows are %s", matrix.where, rows_are)
    turned = matrix if rows_are == "cells" else matrix.transposed()
    names = spell(turned.columns, symbols)
    _refuse_lost_gene(matrix, net_genes, symbols)
    if net_genes.isdisjoint(names):
        _refuse_turned(turned, net_genes, symbols)
        _point_to_column(turned.column_table, net_genes, symbols, matrix.where)
    if names == turned.columns:
        return replace(turned, rows_are="cells")
    table = turned.column_table.assign(**{OWN_NAMES: turned.columns})
    spelt = replace(turned, columns=names, rows_are="cells", column_table=table)
    return spelt.with_problem(_respelt(turned, names))


def _guess(matrix: Matrix, net_genes: set[str], symbols: Symbols) -> Orientation:
    rows, columns = spell(matrix.rows, symbols), spell(matrix.columns, symbols)
    in_rows, in_columns = ([n for n in names if n in net_genes] for names in (rows, columns))
    if in_rows and in_columns:
        raise DataError(
            f"{matrix.where}: genes of the edge list are {count(len(in_rows), 'row name')} and "
            f'{count(len(in_columns), "column name")} (e.g. "{in_rows[0]}", "{in_columns[0]}"); '
            "expected them on one axis. Pass --orientation genes (rows are genes) or --orientation "
            "cells."
        )
    if not in_rows and not in_columns:
        for table in (matrix.row_table, matrix.column_table):
            _point_to_column(table, net_genes, symbols, matrix.where)
        has = f'rows like "{rows[0]}", columns like "{columns[0]}" in its first column and line'
        raise DataError(
            f"{matrix.where}: 0 of {len(net_genes)} genes of the edge list are genes of the "
            "expression matrix"
            f"{_explain(sorted(net_genes), columns, rows, has)}"
        )
    for what, names, found in (("rows", rows, in_rows), ("columns", columns, in_columns)):
        if found and is_counter(names):
            raise DataError(
                f"{matrix.where}: the {what} are numbered {names[0]} to {names[-1]}, and "
                f'{len(found)} of these numbers are genes of the edge list, e.g. "{found[0]}"; '
                "expected names. Pass --orientation genes (rows are genes) or --orientation cells."
            )
    return "genes" if in_rows else "cells"


def _explain(names: list[str], columns: list[str], rows: list[str], has: str) -> str:
    axes = [columns, rows] if len(columns) >= len(rows) else [rows, columns]
    return explain_mismatch(names, [*columns, *rows], matrix_has=has, axes=axes)


def is_counter(names: Sequence[str]) -> bool:
    """Whether these only count: 0, 1, 2, … or 1, 2, 3, …"""
    return any(list(names) == [str(i + first) for i in range(len(names))] for first in (0, 1))


def _refuse_lost_gene(matrix: Matrix, net_genes: set[str], symbols: Symbols) -> None:
    """Raise `DataError` if a gene heads an axis whose names are numbers: they are its values."""
    (corner,) = spell([matrix.corner], symbols)
    if corner not in net_genes:
        return
    for names, where in ((matrix.rows, "first column"), (matrix.columns, "first line")):
        if all(name.isdigit() for name in names):
            raise DataError(
                f'{matrix.where}: the {where} holds "{corner}", a gene of the edge list, and then '
                f'numbers, e.g. "{names[0]}"; expected names. Write the matrix again with gene '
                "and cell names."
            )


def _refuse_turned(turned: Matrix, net_genes: set[str], symbols: Symbols) -> None:
    """Raise `DataError` if the genes are the rows of what should be cells × genes."""
    inside = [name for name in spell(turned.rows, symbols) if name in net_genes]
    if inside:
        raise DataError(
            f"{turned.where}: {count(len(inside), 'cell')} and 0 genes have the name of a gene of "
            f'the edge list, e.g. "{inside[0]}"; expected genes on the other axis. Pass '
            "--orientation genes if the rows of the file are genes, else --orientation cells."
        )


def _point_to_column(
    table: pd.DataFrame, net_genes: set[str], symbols: Symbols, where: str
) -> None:
    """Raise `DataError` if the edge list's genes stand in a column beside the names."""
    for column in table:
        names = spell(table[column].astype(str), symbols)
        inside = len(net_genes.intersection(names))
        if inside:
            raise DataError(
                f"{where}: 0 of {len(net_genes)} genes of the edge list are names of the matrix; "
                f'{inside} of them stand in the column "{column}" beside the names. Pass '
                f'--gene-names "{column}".'
            )


def _respelt(matrix: Matrix, names: Sequence[str]) -> Problem:
    """A note about gene names that were written in upper case."""
    changed = [(old, new) for old, new in zip(matrix.columns, names, strict=True) if old != new]
    old, new = changed[0]
    found = (
        f"{matrix.where}: {count(len(changed), 'gene name was', 'gene names were')} compared in "
        f'upper case, e.g. "{old}" as "{new}"'
    )
    return Problem("note", found, "Nothing to do: results name the genes as the matrix does.")
