"""An expression matrix as its file has it: before checks, and before its axes are known."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.tables import read_numbers
from gpdht.errors import DataError

Orientation = Literal["auto", "genes", "cells"]


@dataclass(frozen=True, eq=False)
class Matrix:
    """Values with a name for every row and column, from `path`; float32, dense or CSR."""

    values: np.ndarray | sparse.csr_matrix
    rows: list[str]
    columns: list[str]
    path: Path
    rows_are: Orientation = "auto"

    def transposed(self) -> Matrix:
        """Rows and columns exchanged."""
        turned = self.values.T
        values = sparse.csr_matrix(turned) if sparse.issparse(turned) else turned
        return replace(self, values=values, rows=self.columns, columns=self.rows)


def read_matrix(path: Path) -> Matrix:
    """The matrix of an ``.h5ad``, parquet or delimited text file.

    Raises
    ------
    DataError
        If the file is missing, corrupt, empty, ragged or not numeric.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; give an .h5ad, csv, tsv or parquet file.")
    if path.suffix == ".h5ad":
        return _read_h5ad(path)
    if path.suffix in (".parquet", ".pq"):
        return _read_parquet(path)
    values, rows, columns = read_numbers(path)
    return Matrix(values, rows, columns, path)


def _read_h5ad(path: Path) -> Matrix:
    import anndata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicated names are for our own checks to report
        try:
            adata = anndata.read_h5ad(path)
        except Exception as error:  # h5py raises many kinds
            raise DataError(
                f"{path}: cannot be read as .h5ad ({type(error).__name__}: {error}). Write it "
                "again with adata.write_h5ad, or copy it again."
            ) from error
    if adata.X is None:
        raise DataError(f"{path}: X is empty; put the log-normalised matrix into adata.X.")
    values = sparse.csr_matrix(adata.X) if sparse.issparse(adata.X) else np.asarray(adata.X)
    rows, columns = (names.astype(str).tolist() for names in (adata.obs_names, adata.var_names))
    return Matrix(values.astype(np.float32), rows, columns, path, rows_are="cells")


def _read_parquet(path: Path) -> Matrix:
    frame = read_parquet(path)
    if isinstance(frame.index, pd.RangeIndex) and frame.shape[1]:
        frame = frame.set_index(frame.columns[0])
    text = [name for name in frame if frame[name].dtype.kind not in "fiub"]
    if text or frame.empty:
        found = f'column "{text[0]}" holds text' if text else "there are no values"
        raise DataError(
            f"{path}: {found}; expected names in the index or first column, and numbers else."
        )
    rows, columns = ([str(name) for name in axis] for axis in (frame.index, frame.columns))
    return Matrix(frame.to_numpy(np.float32), rows, columns, path)


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
