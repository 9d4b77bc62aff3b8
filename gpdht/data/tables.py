"""Text tables in: any delimiter, compressed or not, and exact about what is wrong where."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from gpdht.errors import DataError

MISSING = frozenset({"", "na", "nan", "n/a", "#n/a", "null", "none"})
DELIMITERS = "\t,;"
GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK"


def read_numbers(path: Path) -> tuple[np.ndarray, list[str], list[str]]:
    """Values (float32, NaN where missing), row names and column names of a table of numbers.

    Raises
    ------
    DataError
        If the file is empty, ragged, or holds text between the numbers; with line and column.
    """
    table = _TextTable.of(path)
    if table.width < 2:
        raise DataError(
            f'{path}: one column, first line "{table.header[0][:40]}"; expected names and numbers '
            "separated by comma, tab or semicolon."
        )
    frame = table.read(as_text=False)
    if frame.empty:
        raise DataError(f"{path}: no line after the header; expected one line per gene or cell.")
    columns = [_to_numbers(table, frame[i]) for i in range(1, table.width)]
    values = np.empty((len(frame), len(columns)), dtype=np.float32)
    with np.errstate(over="ignore"):  # beyond float32 becomes inf, which the checks report
        for i, column in enumerate(columns):
            values[:, i] = column
    rows = [name.strip() for name in frame[0].tolist()]
    names = [name.strip() for name in table.header[1:]]
    for where, found in (("first column", rows), ("first line", names)):
        # Names may be numbers, but not all of them, and not all whole.
        if any("." in name for name in found) and all(map(_is_number, found)):
            raise DataError(
                f'{path}: the {where} holds {len(found)} numbers, e.g. "{found[0]}", expected '
                "names. Write the matrix again with gene and cell names."
            )
    return values, rows, names


def read_strings(path: Path) -> pd.DataFrame:
    """A table of text as it is: columns numbered from 0, the first row may be a header.

    Raises
    ------
    DataError
        If the file is empty or ragged; with the line.
    """
    table = _TextTable.of(path)
    header = pd.DataFrame([table.header], dtype=object)
    whole = pd.concat([header, table.read(as_text=True)], ignore_index=True)
    return whole.apply(lambda column: column.str.strip())


def read_columns(path: Path) -> pd.DataFrame:
    """A table of text whose columns have the names of its first line.

    Raises
    ------
    DataError
        If the file is empty or ragged; with the line.
    """
    whole = read_strings(path)
    return whole.iloc[1:].set_axis(whole.iloc[0].tolist(), axis=1).reset_index(drop=True)


def exact_numbers(text: pd.Series) -> np.ndarray:
    """float64 of each text, NaN for what is no number."""
    numbers = np.full(len(text), np.nan)
    for i, item in enumerate(text):
        with suppress(ValueError):
            numbers[i] = float(item)  # exact, where pandas may be off in the last digit
    return numbers


@dataclass(frozen=True)
class _TextTable:
    """How a text table is written: its delimiter, first line and number of fields per line.

    `header` is the first line's fields; an R-style header, one short, has "" put before it.
    """

    path: Path
    delimiter: str
    header: list[str]
    gzipped: bool

    @property
    def width(self) -> int:
        return len(self.header)

    @classmethod
    def of(cls, path: Path) -> _TextTable:
        """Delimiter, header and compression, judged by content, not by the file's name."""
        try:
            with path.open("rb") as file:
                magic = file.read(2)
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}).") from error
        if magic == ZIP_MAGIC:
            raise DataError(
                f"{path}: a spreadsheet or zip archive; save it as csv, tsv or parquet."
            )
        gzipped = magic == GZIP_MAGIC
        with _open_text(path, gzipped=gzipped) as file:
            lines = list(islice((line for line in file if line.strip()), 2))
        if not lines:
            raise DataError(f"{path}: the file is empty; expected a header line and data lines.")
        delimiter = max(DELIMITERS, key=lines[0].count)
        header, *rest = csv.reader(lines, delimiter=delimiter)
        if rest and len(rest[0]) == len(header) + 1:
            header = ["", *header]
        return cls(path, delimiter, header, gzipped)

    def read(self, *, as_text: bool) -> pd.DataFrame:
        """The lines after the first; columns numbered from 0, of which the first is text."""
        with _open_text(self.path, gzipped=self.gzipped) as file:
            try:
                frame = pd.read_csv(
                    file,
                    sep=self.delimiter,
                    header=0,
                    names=range(self.width),
                    index_col=False,
                    dtype=str if as_text else {0: str},
                    na_filter=False,
                    low_memory=False,
                )
            except pd.errors.ParserError as error:
                self._check_ragged()
                raise DataError(f"{self.path}: not a table ({error}).") from error
        last = frame[self.width - 1]
        if last.dtype.kind not in "fiu" and (last.astype(str) == "").any():
            self._check_ragged()  # a short line leaves its last field empty
        return frame

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Numbered lines, from 1, without blank ones."""
        with _open_text(self.path, gzipped=self.gzipped) as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            yield from ((reader.line_num, row) for row in reader if row)

    def _check_ragged(self) -> None:
        bad = [
            (number, len(row))
            for number, row in self.rows()
            if len(row) != self.width and (number > 1 or len(row) != self.width - 1)
        ]
        if bad:
            number, found = bad[0]
            raise DataError(
                f"{self.path}: {len(bad)} ragged lines; line {number} has {found} fields, expected "
                f"{self.width} as in the first lines. Repair the file or write it again."
            )


@contextmanager
def _open_text(path: Path, *, gzipped: bool) -> Iterator[TextIO]:
    """The file as text, without a byte-order mark; what reading it raises becomes `DataError`."""
    opened = gzip.open if gzipped else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path}: the compressed file is cut off or corrupt; copy it again."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not a text table in UTF-8 (byte {error.start}); save it as csv or tsv."
        ) from error


def _to_numbers(table: _TextTable, column: pd.Series) -> np.ndarray:
    if column.dtype.kind in "fiu":
        return column.to_numpy()
    text = column.astype(str).str.strip()
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    wrong = np.isnan(numbers) & ~text.str.lower().isin(MISSING).to_numpy()
    if wrong.any():
        _report_text(table)
    return numbers


def _report_text(table: _TextTable) -> None:
    """Say how many values are no numbers, and where the first is."""
    found = [
        (number, table.header[column], field)
        for number, row in table.rows()
        for column, field in enumerate(row[1:], start=1)
        if number > 1 and not _is_number(field)
    ]
    number, column, field = found[0]
    raise DataError(
        f'{table.path}: {len(found)} values are no numbers, e.g. "{field}" in line {number}, '
        f'column "{column}". Expected one name and then numbers (decimal point) on every line; '
        "remove columns and lines of text."
    )


def _is_number(field: str) -> bool:
    text = field.strip()
    return text.lower() in MISSING or not np.isnan(pd.to_numeric(text, errors="coerce"))
