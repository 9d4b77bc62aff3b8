"""Text tables in: any delimiter, compressed or not, and exact about what is wrong where."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from gpdht.errors import DataError

MISSING = frozenset({"", "na", "nan", "n/a", "#n/a", "null", "none"})
DELIMITERS = "\t,;"
GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK"


@dataclass(frozen=True)
class Layout:
    """How a text table is written: its delimiter, first line and number of fields per line.

    `header` is the first line's fields; an R-style header, one short, has "" put before it.
    """

    delimiter: str
    header: list[str]
    gzipped: bool

    @property
    def width(self) -> int:
        return len(self.header)


def read_numbers(path: Path) -> tuple[np.ndarray, list[str], list[str]]:
    """Values (float32, NaN where missing), row names and column names of a table of numbers.

    Raises
    ------
    DataError
        If the file is empty, ragged, or holds text between the numbers; with line and column.
    """
    layout = read_layout(path)
    if layout.width < 2:
        raise DataError(
            f'{path}: one column, first line "{layout.header[0][:40]}"; expected names and numbers '
            "separated by comma, tab or semicolon."
        )
    frame = _read_frame(path, layout, as_text=False)
    if frame.empty:
        raise DataError(f"{path}: no line after the header; expected one line per gene or cell.")
    columns = [_to_numbers(path, layout, frame[i]) for i in range(1, layout.width)]
    values = np.empty((len(frame), len(columns)), dtype=np.float32)
    with np.errstate(over="ignore"):  # beyond float32 becomes inf, which the checks report
        for i, column in enumerate(columns):
            values[:, i] = column
    rows = [name.strip() for name in frame[0].tolist()]
    names = [name.strip() for name in layout.header[1:]]
    _check_names(path, rows, "first column")
    _check_names(path, names, "first line")
    return values, rows, names


def read_strings(path: Path) -> pd.DataFrame:
    """A table of text as it is: columns numbered from 0, the first row may be a header.

    Raises
    ------
    DataError
        If the file is empty or ragged; with the line.
    """
    layout = read_layout(path)
    frame = _read_frame(path, layout, as_text=True)
    whole = pd.concat([pd.DataFrame([layout.header], dtype=object), frame], ignore_index=True)
    for column in whole:
        whole[column] = whole[column].str.strip()
    return whole


def read_layout(path: Path) -> Layout:
    """Delimiter, header and compression, judged by content, not by the file's name."""
    try:
        with path.open("rb") as file:
            magic = file.read(2)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from error
    if magic == ZIP_MAGIC:
        raise DataError(f"{path}: a spreadsheet or zip archive; save it as csv, tsv or parquet.")
    gzipped = magic == GZIP_MAGIC
    lines = [line for _, line in zip(range(2), _lines(path, gzipped=gzipped), strict=False)]
    if not lines:
        raise DataError(f"{path}: the file is empty; expected a header line and data lines.")
    delimiter = max(DELIMITERS, key=lines[0].count)
    header, *rest = [next(csv.reader([line], delimiter=delimiter)) for line in lines]
    if rest and len(rest[0]) == len(header) + 1:
        header = ["", *header]
    return Layout(delimiter, header, gzipped)


@contextmanager
def open_text(path: Path, *, gzipped: bool) -> Iterator[TextIO]:
    """The file as text, without a byte-order mark; what reading it raises becomes `DataError`."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if gzipped
            else path.open(encoding="utf-8-sig", newline="")
        ) as file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path}: the compressed file is cut off or corrupt; copy it again."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not a text table in UTF-8 (byte {error.start}); save it as csv or tsv."
        ) from error


def _lines(path: Path, *, gzipped: bool) -> Iterator[str]:
    """Lines that are not blank."""
    with open_text(path, gzipped=gzipped) as file:
        yield from (line for line in file if line.strip())


def _read_frame(path: Path, layout: Layout, *, as_text: bool) -> pd.DataFrame:
    with open_text(path, gzipped=layout.gzipped) as file:
        try:
            frame = pd.read_csv(
                file,
                sep=layout.delimiter,
                header=0,
                names=range(layout.width),
                index_col=False,
                dtype=str if as_text else {0: str},
                na_filter=False,
                low_memory=False,
            )
        except pd.errors.ParserError as error:
            _check_ragged(path, layout)
            raise DataError(f"{path}: not a table ({error}).") from error
    last = frame[layout.width - 1]
    if last.dtype.kind not in "fiu" and (last.astype(str) == "").any():
        _check_ragged(path, layout)  # a short line leaves its last field empty
    return frame


def _check_ragged(path: Path, layout: Layout) -> None:
    bad = [
        (number, len(row))
        for number, row in _rows(path, layout)
        if len(row) != layout.width and (number > 1 or len(row) != layout.width - 1)
    ]
    if bad:
        number, found = bad[0]
        raise DataError(
            f"{path}: {len(bad)} ragged lines; line {number} has {found} fields, expected "
            f"{layout.width} as in the first lines. Repair the file or write it again."
        )


def _to_numbers(path: Path, layout: Layout, column: pd.Series) -> np.ndarray:
    if column.dtype.kind in "fiu":
        return column.to_numpy()
    text = column.astype(str).str.strip()
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    wrong = np.isnan(numbers) & ~text.str.lower().isin(MISSING).to_numpy()
    if wrong.any():
        _report_text(path, layout)
    return numbers


def _report_text(path: Path, layout: Layout) -> None:
    """Say how many values are no numbers, and where the first is."""
    found = [
        (number, layout.header[column], field)
        for number, row in _rows(path, layout)
        for column, field in enumerate(row[1:], start=1)
        if number > 1 and not _is_number(field)
    ]
    number, column, field = found[0]
    raise DataError(
        f'{path}: {len(found)} values are no numbers, e.g. "{field}" in line {number}, column '
        f'"{column}". Expected one name and then numbers (decimal point) on every line; remove '
        "columns and lines of text."
    )


def _check_names(path: Path, names: list[str], where: str) -> None:
    """Refuse values in the place of names: all are numbers, and not all of them whole."""
    if any("." in name for name in names) and all(map(_is_number, names)):
        raise DataError(
            f'{path}: the {where} holds {len(names)} numbers, e.g. "{names[0]}", expected names. '
            "Write the matrix again with gene and cell names."
        )


def _is_number(field: str) -> bool:
    if field.strip().lower() in MISSING:
        return True
    return not np.isnan(pd.to_numeric(field.strip(), errors="coerce"))


def _rows(path: Path, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines, from 1, without blank ones."""
    with open_text(path, gzipped=layout.gzipped) as file:
        reader = csv.reader(file, delimiter=layout.delimiter)
        yield from ((reader.line_num, row) for row in reader if row)
