"""Text tables in: any delimiter, compressed or not, and exact about what is wrong where."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median_high
from typing import TextIO

import numpy as np
import pandas as pd

from gpdht.data.formats import kind_of
from gpdht.errors import DataError
from gpdht.presentation import count

MISSING = frozenset({"", "na", "nan", "n/a", "#n/a", "null", "none"})
DELIMITERS = "\t,;"
EXCEL_SEPARATOR = re.compile(r'^"?sep=(.)"?\s*$', re.IGNORECASE)
GEO_MARK = "!"
SAMPLE = 20  # lines that tell how a table is written


def read_strings(path: Path) -> pd.DataFrame:
    """A table of text as it is: columns numbered from 0, the first row may be a header.

    Raises
    ------
    DataError
        If the file is no text, empty or ragged; with the line.
    """
    table = TextTable.of(path)
    header = pd.DataFrame([table.header], dtype=object)
    whole = pd.concat([header, table.read(as_text=True)], ignore_index=True)
    return whole.apply(lambda column: column.str.strip())


def read_columns(path: Path) -> pd.DataFrame:
    """A table of text whose columns have the names of its first line.

    Raises
    ------
    DataError
        If the file is no text, empty or ragged; with the line.
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
class TextTable:
    """How a text table is written.

    Parameters
    ----------
    delimiter : the one that cuts the first lines into equally many fields, or that of Excel's
        first line ``sep=``.
    header : fields of the first line after comments (``#``, GEO's ``!``) and ``sep=``; an R-style
        header, one short, has "" put before it; blank fields at its end are left out.
    skipped : lines before the header.
    fields : per line; more than the header has where lines end in a delimiter.
    """

    path: Path
    gzipped: bool
    delimiter: str
    header: list[str]
    skipped: int
    fields: int

    @property
    def width(self) -> int:
        return len(self.header)

    @classmethod
    def of(cls, path: Path) -> TextTable:
        """How the file is written, judged by its first lines.

        Raises
        ------
        DataError
            If it is empty, no text, or its first line does not fit those below.
        """
        kind, gzipped = kind_of(path)
        if kind != "text":
            raise DataError(f"{path}: a file of kind {kind}; expected a text table (csv, tsv).")
        with _open_text(path, gzipped=gzipped) as file:
            skipped, delimiter, lines = _first_lines(file)
            if not lines:
                raise DataError(
                    f"{path}: the file is empty; expected a header line and data lines."
                )
            delimiter = delimiter or _choose_delimiter(lines)
            header, *rows = csv.reader(lines, delimiter=delimiter)
        header[0] = header[0].removeprefix("#")
        fields = max(map(len, [header, *rows]))
        table = cls(path, gzipped, delimiter, header, skipped, fields)
        return replace(table, header=table._full_header(rows))

    def _full_header(self, rows: list[list[str]]) -> list[str]:
        """The header without blank ends, and with a blank corner where it lacks one."""
        header = _without_blank_end(self.header)
        widths = [len(_without_blank_end(row)) for row in rows]
        usual = median_high(widths) if widths else len(header)
        line = self.skipped + 1
        if usual > len(header) + 1:
            raise DataError(
                f"{self.path}: line {line} has {count(len(header), 'name')}, the lines below "
                f'{usual} fields; it begins "{",".join(header)[:40]}". Expected a name for every '
                "column. Remove a title above the header, or complete the header."
            )
        if usual == len(header) + 1 and sum(len(row) > len(header) for row in rows) > len(rows) / 2:
            if len(self.header) == usual:
                raise DataError(
                    f"{self.path}: the last name in line {line} is blank, but its column is not. "
                    "Expected a name for every column. Complete the header."
                )
            return ["", *header]
        return header or [""]

    def read(self, *, as_text: bool) -> pd.DataFrame:
        """The lines after the header, but blank ones; columns numbered from 0, the first as text.

        Raises
        ------
        DataError
            If the lines differ in their number of fields.
        """
        (frame,) = self.parts(as_text=as_text)
        frame.index = pd.RangeIndex(len(frame))
        return frame

    def parts(self, lines: int | None = None, *, as_text: bool = False) -> Iterator[pd.DataFrame]:
        """As `read`, at most so many lines at a time; the index counts lines from 0."""
        with self._open() as file:
            try:
                found = pd.read_csv(
                    file,
                    sep=self.delimiter,
                    header=0,
                    names=range(self.fields),
                    index_col=False,
                    dtype=str if as_text else {0: str},
                    na_filter=False,
                    low_memory=False,
                    chunksize=lines,
                )
                yield from map(self._tidied, [found] if lines is None else found)
            except (ValueError, OverflowError) as error:  # those of pandas are ValueErrors
                self._check_ragged()
                raise DataError(f"{self.path}: not a table ({error}).") from error

    def _tidied(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The lines without blank ones and blank ends."""
        last, beyond = frame.iloc[:, self.width - 1 : self.width], frame.iloc[:, self.width :]
        if _is_blank(last).any(axis=None) or not _is_blank(beyond).all(axis=None):
            self._check_ragged()  # a short line leaves its last field empty
        frame = frame.iloc[:, : self.width]
        nameless = frame[0].str.strip() == ""
        if nameless.any():
            blank = nameless.to_numpy(copy=True)
            blank[nameless] = _is_blank(frame[nameless]).all(axis=1)
            frame = frame[~blank]
        return frame

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Numbered lines, from 1, without blank ones and those above the header."""
        with self._open() as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            yield from (
                (self.skipped + reader.line_num, row) for row in reader if _without_blank_end(row)
            )

    @contextmanager
    def _open(self) -> Iterator[TextIO]:
        with _open_text(self.path, gzipped=self.gzipped) as file:
            above = [file.readline() for _ in range(self.skipped)]
            if not any(line.startswith(GEO_MARK) for line in above):
                yield file
            else:  # GEO's table ends in such a line too
                yield io.StringIO("".join(line for line in file if not line.startswith(GEO_MARK)))

    def _check_ragged(self) -> None:
        bad = []
        for place, (number, row) in enumerate(self.rows()):
            least = self.width - 1 if place == 0 else self.width  # an R-style header
            if len(row) < least or len(_without_blank_end(row)) > self.width:
                bad.append((number, len(row)))
        if bad:
            number, found = bad[0]
            raise DataError(
                f"{self.path}: {len(bad)} ragged lines; line {number} has {found} fields, expected "
                f"{self.width} as in the first lines. Repair the file or write it again."
            )


def _first_lines(file: TextIO) -> tuple[int, str | None, list[str]]:
    """Number of lines above the table, Excel's delimiter if it is named, and the first lines."""
    delimiter, before = None, ""
    for above, line in enumerate(file):
        if (named := EXCEL_SEPARATOR.match(line)) is not None:
            delimiter = named[1]
        elif line.strip() and not line.startswith(("#", GEO_MARK)):
            lines = [line, *islice((more for more in file if _is_line(more)), SAMPLE)]
            if _is_header(before, line):
                return above - 1, delimiter, [before, *lines]
            return above, delimiter, lines
        before = line
    return 0, delimiter, []


def _is_line(text: str) -> bool:
    return bool(text.strip()) and not text.startswith(GEO_MARK)


def _is_header(comment: str, line: str) -> bool:
    """Whether a comment names the columns of the line below it, as ``#TF,target`` does."""
    return re.match(r"#\w", comment) is not None and any(
        line.count(delimiter) == comment.count(delimiter) > 0 for delimiter in DELIMITERS
    )


def _choose_delimiter(lines: list[str]) -> str:
    """The delimiter that cuts most lines into the same number of fields, more than one."""

    def fit(delimiter: str) -> tuple[int, int]:
        first, *rest = (len(row) for row in csv.reader(lines, delimiter=delimiter))
        widths = rest or [first]
        common = max(set(widths), key=lambda width: (widths.count(width), width))
        fitting = widths.count(common) + (first in (common, common - 1))
        return (fitting, common) if common > 1 else (0, 0)

    best = max(DELIMITERS, key=fit)
    return best if fit(best) > (0, 0) else max(DELIMITERS, key=lines[0].count)


def _without_blank_end(row: list[str]) -> list[str]:
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _is_blank(frame: pd.DataFrame) -> pd.DataFrame:
    """Where fields are empty; columns of numbers have none that are."""
    return frame.apply(
        lambda column: (
            pd.Series(False, index=column.index)
            if column.dtype.kind in "fiub"
            else column.astype(str).str.strip() == ""
        )
    )


@contextmanager
def _open_text(path: Path, *, gzipped: bool) -> Iterator[TextIO]:
    """The file as text, without a byte-order mark; what reading it raises becomes `DataError`."""
    opened = gzip.open if gzipped else open
    try:
        # Every end of line becomes \n: on a lone \r pandas takes memory without end
        with opened(path, "rt", encoding="utf-8-sig") as file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path}: the compressed file is cut off or corrupt; copy it again."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not a text table in UTF-8 (byte {error.start}); save it as csv or tsv."
        ) from error
    except csv.Error as error:
        raise DataError(
            f"{path}: not a table ({error}); look for a quotation mark that is not closed."
        ) from error
