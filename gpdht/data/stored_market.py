"""Matrix Market files whose entries come gene by gene or cell by cell, as 10x and R write them."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data import stored
from gpdht.data.stored import Block, Stored
from gpdht.errors import DataError

HEAD = re.compile(r"%%MatrixMarket matrix coordinate (real|integer) general\s*", re.IGNORECASE)
BYTES = 8
"""An entry takes so many times the memory of a value."""


def stored_market(path: Path, *, gzipped: bool) -> Stored | None:
    """Cells × genes, left in the file; None if its kind or order needs the whole of it at once.

    Raises
    ------
    DataError
        If the file is corrupt.
    """
    file = _File.of(path, gzipped)
    if file is None:
        return None
    by = file.order()
    if by is None:
        return None
    found = Stored.of(lambda: file.lines(by), file.shape[by], file.shape[1 - by])
    return found if by == 1 else found.T


@dataclass(frozen=True)
class _File:
    """A file of entries ``gene cell value``, counted from 1, below so many lines."""

    path: Path
    gzipped: bool
    above: int
    shape: tuple[int, int]
    entries: int

    @classmethod
    def of(cls, path: Path, gzipped: bool) -> _File | None:
        with _open(path, gzipped) as file:
            if HEAD.fullmatch(file.readline()) is None:
                return None
            for above, line in enumerate(file, start=2):
                if line.strip() and not line.startswith("%"):
                    sizes = line.split()
                    if len(sizes) == 3 and all(map(str.isdigit, sizes)):
                        genes, cells, entries = map(int, sizes)
                        return cls(path, gzipped, above, (genes, cells), entries)
                    break
        return None

    def order(self) -> int | None:
        """Which of gene (0) and cell (1) never falls, as far as tells it from the other."""
        rising, before = {0, 1}, (0, 0)
        for part in self.parts():
            for by in tuple(rising):
                if part[by].iloc[0] < before[by] or not part[by].is_monotonic_increasing:
                    rising.remove(by)
            if len(rising) < 2:
                break
            before = tuple(part.iloc[-1, :2])
        return max(rising, default=None)

    def parts(self) -> Iterator[pd.DataFrame]:
        """Some of the entries after the other."""
        kinds: dict[Any, Any] = {0: np.int64, 1: np.int64, 2: np.float32}
        try:
            with _open(self.path, self.gzipped) as file:
                yield from pd.read_csv(
                    file,
                    sep=r"\s+",
                    header=None,
                    names=range(3),
                    skiprows=self.above,
                    dtype=kinds,
                    chunksize=max(1, stored.BLOCK // BYTES),
                )
        except pd.errors.EmptyDataError:
            return
        except (ValueError, OSError, EOFError, zlib.error) as error:
            raise DataError(
                f"{self.path}: cannot be read as a Matrix Market file ({error}). Copy it again."
            ) from error

    def lines(self, by: int) -> Iterator[Block]:
        """Genes (0) or cells (1) with all of their entries, consecutive ones at a time."""
        done, seen = 0, 0
        rest = pd.DataFrame({0: [], 1: [], 2: []}).astype({0: int, 1: int, 2: np.float32})
        for part in self.parts():
            seen += len(part)
            found = pd.concat([rest, part])
            if not found[by].is_monotonic_increasing:
                raise DataError(
                    f"{self.path}: its entries come in no order, so it cannot be read in parts. "
                    "Write it as .h5ad (adata.write_h5ad), or leave out --max-genes, --max-cells."
                )
            last = int(found[by].iloc[-1]) - 1
            complete = found[by] <= last
            yield self._block(found[complete], by, done, last)
            rest, done = found[~complete], last
        yield self._block(rest, by, done, self.shape[by])
        if seen != self.entries:
            raise DataError(
                f"{self.path}: {seen} entries, but its first lines say {self.entries}. Copy it "
                "again."
            )

    def _block(self, entries: pd.DataFrame, by: int, first: int, end: int) -> Block:
        line, other = (entries[column].to_numpy() - 1 for column in (by, 1 - by))
        wrong = len(line) and (line.max() >= self.shape[by] or min(line.min(), other.min()) < 0)
        if wrong or (len(other) and other.max() >= self.shape[1 - by]):
            raise DataError(
                f"{self.path}: an entry lies outside of {self.shape[0]} genes × {self.shape[1]} "
                "cells. Copy it again."
            )
        shape = (end - first, self.shape[1 - by])
        return sparse.csr_matrix((entries[2].to_numpy(), (line - first, other)), shape)


def _open(path: Path, gzipped: bool) -> Any:
    return (gzip.open if gzipped else open)(path, "rt", encoding="utf-8", errors="replace")
