"""An expression matrix as it comes: before checks, and before its axes are known."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.problems import check_choice
from gpdht.data.symbols import Symbols, explain_mismatch, spell
from gpdht.data.tables import read_numbers
from gpdht.errors import DataError

if TYPE_CHECKING:
    import anndata

Orientation = Literal["auto", "genes", "cells"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Matrix:
    """Values with a name for every row and column; float32, dense or CSR.

    `where` is what messages call the matrix; `rows_are` says what its source tells about rows.
    """

    values: np.ndarray | sparse.csr_matrix
    rows: list[str]
    columns: list[str]
    where: str
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
        return matrix_of_anndata(_read_h5ad(path), where=path.name)
    if path.suffix in (".parquet", ".pq"):
        return matrix_of_frame(read_parquet(path), where=path.name)
    return Matrix(*read_numbers(path), path.name)


def matrix_of_anndata(adata: anndata.AnnData, *, layer: str | None = None, where: str) -> Matrix:
    """`X`, or a layer, as cells × genes.

    Raises
    ------
    DataError
        If there is no such layer, or `X` is empty.
    """
    if layer is not None and layer not in adata.layers:
        layers = ", ".join(f'"{name}"' for name in adata.layers) or "none"
        raise DataError(f'{where}: no layer "{layer}"; the layers are: {layers}. Give one of them.')
    found = adata.X if layer is None else adata.layers[layer]
    if found is None:
        raise DataError(f"{where}: X is empty; put the log-normalised matrix into adata.X.")
    values = sparse.csr_matrix(found) if sparse.issparse(found) else np.asarray(found)
    rows, columns = (names.astype(str).tolist() for names in (adata.obs_names, adata.var_names))
    return Matrix(values.astype(np.float32), rows, columns, where, rows_are="cells")


def matrix_of_frame(frame: pd.DataFrame, *, where: str) -> Matrix:
    """A table of numbers; its row names are the index or, beside a plain index, the first column.

    Raises
    ------
    DataError
        If it holds text, or nothing.
    """
    if isinstance(frame.index, pd.RangeIndex) and frame.shape[1]:
        frame = frame.set_index(frame.columns[0])
    text = [name for name, kind in frame.dtypes.items() if kind.kind not in "fiub"]
    if text or frame.empty:
        found = f'column "{text[0]}" holds text' if text else "there are no values"
        raise DataError(
            f"{where}: {found}; expected names in the index or first column, and numbers else."
        )
    rows, columns = ([str(name) for name in axis] for axis in (frame.index, frame.columns))
    return Matrix(frame.to_numpy(np.float32), rows, columns, where)


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


def _read_h5ad(path: Path) -> anndata.AnnData:
    import anndata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicated names are for our own checks to report
        try:
            return anndata.read_h5ad(path)
        except Exception as error:  # h5py raises many kinds
            raise DataError(
                f"{path}: cannot be read as .h5ad ({type(error).__name__}: {error}). Write it "
                "again with adata.write_h5ad, or copy it again."
            ) from error


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
        If ``auto`` finds genes of the net on both axes, or on neither.
    """
    check_choice("orientation", orientation, Orientation)
    rows_are = orientation if orientation != "auto" else matrix.rows_are
    if rows_are == "auto":
        rows_are = _guess(matrix, net_genes, symbols)
        logger.info("%s: rows are %s", matrix.where, rows_are)
    turned = matrix if rows_are == "cells" else matrix.transposed()
    return replace(turned, columns=spell(turned.columns, symbols), rows_are="cells")


def _guess(matrix: Matrix, net_genes: set[str], symbols: Symbols) -> Orientation:
    rows, columns = spell(matrix.rows, symbols), spell(matrix.columns, symbols)
    in_rows, in_columns = ([n for n in names if n in net_genes] for names in (rows, columns))
    if in_rows and in_columns:
        raise DataError(
            f"{matrix.where}: {len(in_rows)} row names and {len(in_columns)} column names are "
            f'genes of the edge list (e.g. "{in_rows[0]}", "{in_columns[0]}"); expected them on '
            "one axis. Pass --orientation genes (rows are genes) or --orientation cells."
        )
    if not in_rows and not in_columns:
        has = f'rows like "{rows[0]}", columns like "{columns[0]}" in its first column and line'
        raise DataError(
            f"{matrix.where}: 0 of {len(net_genes)} genes of the edge list are genes of the "
            "expression matrix"
            f"{explain_mismatch(sorted(net_genes), [*columns, *rows], matrix_has=has)}"
        )
    return "genes" if in_rows else "cells"
