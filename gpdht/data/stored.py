"""Values that stay in their file and come a few lines at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from gpdht.errors import DataError

BLOCK = 2**23
"""Values of a block, if none of them were 0; 32 MB."""

Block: TypeAlias = np.ndarray | sparse.csr_matrix
ROWS_OF_FILE = (
    "the file has a line for each gene, which are read a few at a time, so genes of one name "
    "cannot be summed. Pass --duplicates first, or write it with cells as rows (adata.X as CSR)."
)


@dataclass(frozen=True, eq=False)
class Stored:
    """A matrix in a file, as far as reading needs to know it before its values.

    Parameters
    ----------
    read : one block of consecutive lines of the file after the other, with all of its fields.
    lines, fields : places in the file of what the matrix has, in its order; lines ascend.
    turned : the matrix's rows are the fields.
    """

    read: Callable[[], Iterator[Block]]
    lines: np.ndarray
    fields: np.ndarray
    turned: bool = False

    @classmethod
    def of(cls, read: Callable[[], Iterator[Block]], lines: int, fields: int) -> Stored:
        """All of a file, its lines as rows."""
        return cls(read, np.arange(lines), np.arange(fields))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)"""
        found = (len(self.lines), len(self.fields))
        return found[::-1] if self.turned else found

    @property
    def T(self) -> Stored:  # noqa: N802 (as arrays call it)
        """Rows and columns exchanged."""
        return replace(self, turned=not self.turned)

    def __getitem__(self, key: Any) -> Stored:
        """Rows, or rows and columns, at places in ascending order; nothing is read."""
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        lines, fields = (columns, rows) if self.turned else (rows, columns)
        return replace(self, lines=self.lines[lines], fields=self.fields[fields])

    def __matmul__(self, joined: sparse.csr_matrix) -> Stored:
        """Columns added up; nothing is read.

        Raises
        ------
        DataError
            If columns are lines of the file, so that no block has all that are to be added.
        """
        if self.turned:
            raise DataError(ROWS_OF_FILE)
        read, fields = self.read, self.fields

        def added() -> Iterator[Block]:
            for block in read():
                yield sparse.csr_matrix(sparse.csr_matrix(block)[:, fields] @ joined)

        return replace(self, read=added, fields=np.arange(joined.shape[1]))

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, sparse.csr_matrix]]:
        """Rows and columns of each block, and its values; the whole file is read once.

        A block has all columns of some rows or, if the matrix is turned, all rows of some columns.
        """
        start, every = 0, np.arange(len(self.fields))
        for block in self.read():
            first, last = np.searchsorted(self.lines, [start, start + block.shape[0]])
            if first < last:
                values = block[self.lines[first:last] - start]
                if not np.array_equal(self.fields, np.arange(block.shape[1])):
                    values = values[:, self.fields]
                at, found = np.arange(first, last), sparse.csr_matrix(values, dtype=np.float32)
                yield (every, at, found.T.tocsr()) if self.turned else (at, every, found)
            start += block.shape[0]

    def whole(self) -> sparse.csr_matrix:
        """All values, in memory."""
        parts = [block for _, _, block in self.blocks()]
        if not parts:
            return sparse.csr_matrix(self.shape, dtype=np.float32)
        return sparse.csr_matrix(sparse.hstack(parts) if self.turned else sparse.vstack(parts))


def lines_at_once(fields: int) -> int:
    """How many lines of so many values a block has."""
    return max(1, BLOCK // max(1, fields))


Values: TypeAlias = np.ndarray | sparse.csr_matrix | Stored


def blocks_of(values: Values) -> Iterator[tuple[np.ndarray, np.ndarray, sparse.csr_matrix]]:
    """Rows, columns and values of each block; of what is in memory it is one."""
    if isinstance(values, Stored):
        yield from values.blocks()
    else:
        rows, columns = values.shape
        yield np.arange(rows), np.arange(columns), sparse.csr_matrix(values, dtype=np.float32)


def in_memory(values: Values) -> np.ndarray | sparse.csr_matrix:
    """The values themselves."""
    return values.whole() if isinstance(values, Stored) else values
