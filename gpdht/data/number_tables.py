"""Tables of names and numbers, and the columns and lines of text that stand between the numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.data.matrices import Matrix
from gpdht.data.metadata import is_gene_annotation
from gpdht.data.nameless import named
from gpdht.data.problems import Problem
from gpdht.data.stored import Block, Stored, lines_at_once
from gpdht.data.tables import MISSING, TextTable
from gpdht.errors import DataError
from gpdht.presentation import count

NO_LINES = "no line after the header; expected one line per gene or cell."
NO_VALUES = np.empty((0, 0), dtype=np.float32)
DECIMAL_COMMA = r"-?\d+,\d+"


def matrix_of_text(path: Path, *, stored: bool = False) -> Matrix:
    """The matrix of a delimited text file: names in its first line and column, else numbers.

    Parameters
    ----------
    stored : leave the values in the file, which is read some lines at a time.

    Raises
    ------
    DataError
        If the file is empty, ragged, without names, or holds text between the numbers; with line
        and column.
    """
    table = TextTable.of(path)
    if table.width < 2:
        raise DataError(
            f'{path}: one column, first line "{table.header[0][:40]}"; expected names and numbers '
            "separated by comma, tab or semicolon."
        )

    def line(row: int) -> str:
        return f"line {[number for number, _ in table.rows()][row + 1]}"

    if stored:
        return named(_matrix_in_parts(table, line), path)
    frame = table.read(as_text=False)
    if frame.empty:
        raise DataError(f"{path}: {NO_LINES}")
    return named(_matrix_of(frame, table.header, path, line), path)


def matrix_of_frame(frame: pd.DataFrame, *, where: str) -> Matrix:
    """A table of numbers; its row names are the index or, beside a plain index, the first column.

    Raises
    ------
    DataError
        If it holds text between the numbers, or nothing.
    """
    if frame.shape[1] and all(kind.kind == "b" for kind in frame.dtypes):
        frame = frame.astype(np.uint8)  # a matrix of 0 and 1
    if not isinstance(frame.index, pd.RangeIndex):
        names = [name or "" for name in frame.index.names]
        frame = frame.reset_index(names=names, allow_duplicates=True)
    if frame.empty or frame.shape[1] < 2:
        raise DataError(
            f"{where}: there are no values; expected names in the index or first column, and "
            "numbers else."
        )
    header = [str(name) for name in frame.columns]
    frame = frame.set_axis(range(frame.shape[1]), axis=1)
    _refuse_typed_text(frame.iloc[:, 1:], header[1:], where)
    path = Path(where)
    return named(_matrix_of(frame, header, path, lambda row: f"row {row + 1}"), path)


def _matrix_in_parts(table: TextTable, place: Callable[[int], str]) -> Matrix:
    """The matrix of a text file without its values, which `Stored` reads.

    What stands in columns of text is known after all lines were seen, so they are seen once more
    if a part of them alone looked like numbers.
    """
    step, texts = lines_at_once(table.width), frozenset[str]()

    def parts(texts: frozenset[str]) -> Iterator[Matrix]:
        for frame in table.parts(step):
            start = int(frame.index[0]) if len(frame) else 0
            at = partial(_place_after, place, start)
            yield _matrix_of(frame, table.header, table.path, at, texts=texts)

    while True:
        found = [replace(part, values=NO_VALUES) for part in parts(texts)]
        if not any(part.rows for part in found):
            raise DataError(f"{table.path}: {NO_LINES}")
        known = texts.union(*(part.row_table.columns for part in found))
        if known == texts or all(set(part.row_table) == known for part in found):
            break
        texts = known
    first, names = found[0], [name for part in found for name in part.rows]
    of_rows = pd.concat([part.row_table for part in found], ignore_index=True)
    of_columns = pd.concat([part.column_table for part in found], axis=1)

    def read() -> Iterator[Block]:
        for part in parts(texts):
            yield np.asarray(part.values)

    return replace(
        first,
        values=Stored.of(read, len(names), len(first.columns)),
        rows=names,
        row_table=of_rows,
        column_table=of_columns,
        problems=_left_out([*of_rows, *of_columns], table.path),
    )


def _place_after(place: Callable[[int], str], start: int, row: int) -> str:
    return place(start + row)


def _matrix_of(
    frame: pd.DataFrame,
    header: Sequence[str],
    path: Path,
    place: Callable[[int], str],
    *,
    texts: Collection[str] = (),
) -> Matrix:
    """Names from the first column and the header, numbers from the others.

    Parameters
    ----------
    place : says where a row stands.
    texts : columns that are known not to be numbers.
    """
    header = [name.strip() for name in header]
    names = _as_text(frame[0]).to_numpy()
    columns = [_Column.of(name, frame[i]) for i, name in enumerate(header) if i]
    described = [column for column in columns if column.is_annotation or column.name in texts]
    numbers = [column for column in columns if column not in described]
    _refuse_mixed([column for column in described if not column.is_annotation], path)
    if not numbers:
        _refuse_text([(column, column.wrong) for column in described], path, place)
    is_text = _lines_of_text(numbers) & (names != "")
    _refuse_text([(column, column.wrong & ~is_text) for column in numbers], path, place)
    kept = ~is_text
    values = np.empty((int(kept.sum()), len(numbers)), dtype=np.float32)
    with np.errstate(over="ignore"):  # beyond float32 becomes inf, which the checks report
        for i, column in enumerate(numbers):
            values[:, i] = column.values[kept]
    beside = {
        names[at]: [_as_text(column.given).iloc[at] for column in numbers]
        for at in np.flatnonzero(is_text)
    }
    return Matrix(
        values,
        names[kept].tolist(),
        [column.name for column in numbers],
        path.name,
        row_table=pd.DataFrame({c.name: _as_text(c.given)[kept].to_numpy() for c in described}),
        column_table=pd.DataFrame(beside),
        corner=header[0],
        problems=_left_out([*(column.name for column in described), *beside], path),
    )


@dataclass(frozen=True, eq=False)
class _Column:
    """A column as it was given, and as numbers: NaN where it holds none, `wrong` where text."""

    name: str
    given: pd.Series
    values: np.ndarray
    wrong: np.ndarray

    @classmethod
    def of(cls, name: str, given: pd.Series) -> _Column:
        if given.dtype.kind in "fiu":
            return cls(name, given, _plain(given), np.zeros(len(given), dtype=bool))
        text = _as_text(given)
        values = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
        if isinstance(given.dtype, pd.CategoricalDtype):
            values = np.full(len(given), np.nan)  # codes of clusters are no numbers
        wrong = np.isnan(values) & ~text.str.lower().isin(MISSING).to_numpy()
        return cls(name, text, values, wrong)

    @property
    def is_annotation(self) -> bool:
        """Whether it describes the rows: text alone, or some text below a name that says so."""
        if not self.wrong.any() or self.given.str.fullmatch(DECIMAL_COMMA).any():
            return False
        return bool(np.isnan(self.values).all()) or is_gene_annotation(self.name)


def _refuse_typed_text(frame: pd.DataFrame, header: Sequence[str], where: str) -> None:
    """Raise `DataError` if a column of text holds numbers while others are numbers by their type.

    It may be a gene or cell that lost its type, or codes of clusters.
    """
    if not any(kind.kind in "fiu" for kind in frame.dtypes):
        return
    for name, (_, column) in zip(header, frame.items(), strict=True):
        if column.dtype.kind == "O" and not isinstance(column.dtype, pd.CategoricalDtype):
            number = pd.to_numeric(_as_text(column), errors="coerce").notna()
            if number.any() and not is_gene_annotation(name):
                raise DataError(
                    f'{where}: column "{name}" holds text, {number.sum()} of its values numbers '
                    f'(e.g. "{column[number].iloc[0]}"); expected numbers, or text alone. Make it '
                    "a column of numbers, or remove it."
                )


def _lines_of_text(columns: Sequence[_Column]) -> np.ndarray:
    """Which rows describe the columns: they hold no number, and some text."""
    if not all(column.wrong.any() for column in columns):
        return np.zeros(len(columns[0].wrong), dtype=bool)
    wrong = np.any([column.wrong for column in columns], axis=0)
    empty = np.all([np.isnan(column.values) for column in columns], axis=0)
    comma = [column.given.str.fullmatch(DECIMAL_COMMA).to_numpy(bool) for column in columns]
    return wrong & empty & ~np.any(comma, axis=0)


def _refuse_text(
    wrong: Sequence[tuple[_Column, np.ndarray]], path: Path, place: Callable[[int], str]
) -> None:
    """Raise `DataError` where text stands between numbers, with how many and where the first is."""
    found = [(int(marked.argmax()), column) for column, marked in wrong if marked.any()]
    if found:
        row, column = min(found, key=lambda one: one[0])
        total = sum(int(marked.sum()) for _, marked in wrong)
        raise DataError(
            f"{path}: {count(total, 'value is no number', 'values are no numbers')}, e.g. "
            f'"{column.given.iloc[row]}" in '
            f'{place(row)}, column "{column.name}". Expected one name and then numbers (decimal '
            "point) on every line; remove columns and lines of text."
        )


def _refuse_mixed(columns: Sequence[_Column], path: Path) -> None:
    """Raise `DataError` if a column that holds text elsewhere holds numbers here."""
    for column in columns:
        if not is_gene_annotation(column.name) and not np.isnan(column.values).all():
            raise DataError(
                f'{path}: column "{column.name}" holds text in some lines and numbers in others; '
                "expected one of them. Remove the column, or correct these lines."
            )


def _left_out(left_out: Sequence[str], path: Path) -> tuple[Problem, ...]:
    names = [f'"{name}"' for name in left_out]
    if not names:
        return ()
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    lines = count(len(names), "column or line", "columns or lines")
    found = f"{path.name}: left out: {lines} of text: {shown}"
    return (Problem("repaired", found, "Nothing to do if these are no genes or cells."),)


def _as_text(column: pd.Series) -> pd.Series:
    return column.astype(str).where(column.notna(), "").str.strip()


def _plain(column: pd.Series) -> np.ndarray:
    """NumPy's numbers, with NaN where a column that knows missing values has one."""
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    return column.to_numpy(np.float64, na_value=np.nan)
