"""Tables of names as text, from files and from memory; the first row may be a header."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from gpdht.data.matrices import read_parquet
from gpdht.data.tables import read_strings
from gpdht.errors import DataError

YES = ("1", "1.0", "true", "t", "yes", "y")
NO = ("0", "0.0", "false", "f", "no", "n")
"""What a label says. Not 1 and −1, nor positive and negative, which may be signs."""


def read_text(path: Path, *, expected: str) -> pd.DataFrame:
    """All rows of a file as text, columns numbered from 0.

    Raises
    ------
    DataError
        If the file is missing, empty or ragged.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected {expected}.")
    return _rows(path)


def read_named(path: Path) -> pd.DataFrame:
    """All rows of a file as text, under the names of its columns.

    Raises
    ------
    DataError
        If the file is missing, empty or ragged.
    """
    rows = _rows(path)
    return rows.iloc[1:].set_axis(rows.iloc[0].tolist(), axis=1).reset_index(drop=True)


def _rows(path: Path) -> pd.DataFrame:
    if path.suffix in (".parquet", ".pq"):
        return text_of_frame(read_parquet(path))
    return read_strings(path)


def text_of_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The same of a table in memory; numbered columns are no header, a named index is a column."""
    numbered = isinstance(frame.columns, pd.RangeIndex)
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index(allow_duplicates=True)
    body = frame.astype(str).where(frame.notna(), "").set_axis(range(frame.shape[1]), axis=1)
    header = pd.DataFrame([[str(name) for name in frame.columns]])
    return pd.concat([body] if numbered else [header, body], ignore_index=True)


def plain(name: str) -> str:
    """A column's name in lower case, without blanks and signs: "Target_Gene" is "targetgene"."""
    return re.sub(r"[\W_]+", "", name.lower())


def find(header: Sequence[str], names: Collection[str]) -> int | None:
    """Position of the first of `names` that a header of plain names has."""
    return next((header.index(name) for name in names if name in header), None)


def shorten(header: Sequence[str]) -> str:
    """The header as one text, cut where it is long."""
    return textwrap.shorten(", ".join(header), 80, placeholder=" …")


def says_no(label: pd.Series, where: str, *, what: str, remedy: str) -> pd.Series:
    """Which labels say no.

    Raises
    ------
    DataError
        If one says neither yes nor no.
    """
    words = label.str.lower()
    wrong = label[~words.isin(YES + NO)]
    if wrong.empty:
        return words.isin(NO)
    raise DataError(
        f'{where}: the column "{label.name}" should say whether a row is {what}, but {len(wrong)} '
        f'of {len(label)} values are neither yes nor no, e.g. "{wrong.iloc[0]}"; expected 1/0, '
        f"true/false or yes/no. {remedy}"
    )
