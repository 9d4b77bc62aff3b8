"""Matrices in HDF5 files and zarr folders, whose values stay there until they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import sparse

from gpdht.data.stored import Block, Stored, lines_at_once
from gpdht.errors import DataError


@dataclass(frozen=True, eq=False)
class StoredAnnData:
    """What reading looks at of an AnnData, without its values."""

    X: Stored | None
    var: pd.DataFrame
    obs: pd.DataFrame = field(default_factory=pd.DataFrame)
    layers: Mapping[str, Stored] = field(default_factory=dict)
    raw: StoredAnnData | None = None

    @property
    def obs_names(self) -> pd.Index:
        return self.obs.index

    @property
    def var_names(self) -> pd.Index:
        return self.var.index


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file, or the folder of zarr's; what reading it raises becomes `DataError`."""
    try:
        if path.is_dir():
            import zarr

            yield zarr.open_group(path, mode="r")
        else:
            import h5py

            with h5py.File(path) as file:
                yield file
    except DataError:
        raise
    except Exception as error:  # h5py and zarr raise many kinds
        raise DataError(
            f"{path}: cannot be read ({type(error).__name__}: {error}). Copy it again, or write it "
            "again."
        ) from error


def is_readable_in_parts(file: Any) -> bool:
    """Whether an AnnData's file is of a kind that says how it is stored (since 2021)."""
    return "obs" in file and "encoding-type" in file["obs"].attrs


def stored_anndata(path: Path) -> StoredAnnData:
    """An AnnData whose X, layers and raw values stay in their file.

    Raises
    ------
    DataError
        If it is corrupt.
    """
    from anndata.io import read_elem

    with opened(path) as file:
        raw = None
        if "raw/var" in file:  # a store of zarr's has an empty "raw" without them
            raw = StoredAnnData(_matrix(path, file, "raw/X"), read_elem(file["raw/var"]))
        return StoredAnnData(
            _matrix(path, file, "X"),
            read_elem(file["var"]),
            read_elem(file["obs"]),
            {name: _stored(path, file, f"layers/{name}") for name in file.get("layers", {})},
            raw,
        )


def stored_dense(path: Path, place: str, shape: tuple[int, int]) -> Stored:
    """An array of two dimensions."""
    lines, fields = shape

    def read() -> Iterator[Block]:
        step = lines_at_once(fields)
        with opened(path) as file:
            for start in range(0, lines, step):
                yield file[place][start : start + step]

    return Stored.of(read, lines, fields)


def stored_sparse(path: Path, place: str, shape: tuple[int, int]) -> Stored:
    """A group of `data`, `indices` and `indptr`, the latter for each line."""
    lines, fields = shape

    def read() -> Iterator[Block]:
        step = lines_at_once(fields)
        with opened(path) as file:
            group = file[place]
            indptr = group["indptr"][:]
            for start in range(0, lines, step):
                ends = indptr[start : start + step + 1]
                at = slice(int(ends[0]), int(ends[-1]))
                parts = (group["data"][at], group["indices"][at], ends - ends[0])
                block = sparse.csr_matrix(parts, shape=(len(ends) - 1, fields))
                block.check_format()  # else an index that is damaged reads beyond the memory
                yield block

    return Stored.of(read, lines, fields)


def _matrix(path: Path, file: Any, place: str) -> Stored | None:
    if place not in file or file[place].attrs.get("encoding-type") == "null":
        return None
    return _stored(path, file, place)


def _stored(path: Path, file: Any, place: str) -> Stored:
    """A matrix as AnnData stores it."""
    item = file[place]
    kind = item.attrs.get("encoding-type")
    if kind in ("csr_matrix", "csc_matrix"):
        rows, columns = (int(size) for size in item.attrs["shape"])
        if kind == "csr_matrix":
            return stored_sparse(path, place, (rows, columns))
        return stored_sparse(path, place, (columns, rows)).T
    return stored_dense(path, place, tuple(item.shape))
