"""Expression matrices out of files of every kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.formats import is_zarr, kind_of
from gpdht.data.hdf5_matrices import read_h5ad, read_hdf5
from gpdht.data.matrices import Matrix, read_parquet
from gpdht.data.matrix_options import AS_STORED, MatrixOptions
from gpdht.data.number_tables import matrix_of_frame, matrix_of_text
from gpdht.data.problems import Problem
from gpdht.data.stored import Stored, Values
from gpdht.data.stored_files import StoredAnnData, stored_anndata
from gpdht.data.tenx import read_market
from gpdht.errors import DataError

if TYPE_CHECKING:
    import anndata


def read_matrix(path: Path, options: MatrixOptions = AS_STORED) -> Matrix:
    """The matrix of a file, of whatever kind its contents say: AnnData, 10x, loom, parquet, text.

    Where only a part is to be kept, values stay in the file; where its kind does not allow that, as
    parquet, it is read as a whole, and that is said.

    Raises
    ------
    DataError
        If it is missing, corrupt, empty, ragged, not numeric, or of a kind that is not read.
    """
    stored = options.is_partial
    if is_zarr(path):
        return matrix_of_anndata(read_h5ad(path, stored=stored), options, where=path.name)
    if not path.is_file():
        raise DataError(
            f"{path}: no such file; give an .h5ad, .h5, loom, mtx, csv, tsv or parquet file."
        )
    kind, _ = kind_of(path)
    found: anndata.AnnData | StoredAnnData | Matrix
    if kind == "hdf5" or path.suffix == ".h5ad":
        found = read_hdf5(path, stored=stored)
    elif kind == "parquet" or path.suffix in (".parquet", ".pq"):
        found = matrix_of_frame(read_parquet(path), where=path.name)
    else:
        found = (
            read_market(path, stored=stored)
            if kind == "mtx"
            else matrix_of_text(path, stored=stored)
        )
    if not isinstance(found, Matrix):
        return matrix_of_anndata(found, options, where=path.name)
    _refuse_choice(found, options)
    if stored and not isinstance(found.values, Stored):
        found = found.with_problem(_read_whole(path))
    return found


def matrix_in_memory(data: anndata.AnnData | pd.DataFrame, options: MatrixOptions) -> Matrix:
    """The matrix of what `read_matrix` would have read from a file.

    Raises
    ------
    DataError
        If it is neither AnnData nor a table, or as `read_matrix`.
    """
    where = type(data).__name__
    if isinstance(data, pd.DataFrame):
        found = matrix_of_frame(data, where=where)
        _refuse_choice(found, options)
        return found
    if not (hasattr(data, "obs_names") and hasattr(data, "var_names")):
        raise DataError(
            f"the data are a {where}; expected a path, an AnnData (cells × genes), or a DataFrame "
            "with names of genes and cells."
        )
    return matrix_of_anndata(data, options, where=where)


def matrix_of_anndata(
    adata: anndata.AnnData | StoredAnnData, options: MatrixOptions, *, where: str
) -> Matrix:
    """`X`, `raw.X` or a layer, as cells × genes.

    Raises
    ------
    DataError
        If there is no such layer or no raw, or `X` is empty.
    """
    layer = options.layer
    if not isinstance(adata, StoredAnnData) and adata.isbacked:
        adata = _of_backed(adata, options)
    source: Any = adata
    if options.use_raw:
        if adata.raw is None:
            raise DataError(f"{where}: there are no raw values; leave out --use-raw.")
        source = adata.raw
    if layer is not None and layer not in adata.layers:
        layers = ", ".join(f'"{name}"' for name in adata.layers) or "none"
        raise DataError(f'{where}: no layer "{layer}"; the layers are: {layers}. Give one of them.')
    found = source.X if layer is None else adata.layers[layer]
    if found is None:
        raise DataError(
            f"{where}: X is empty; put the log-normalised matrix into adata.X, or pass --layer "
            "NAME or --use-raw."
        )
    values: Values = found
    if not isinstance(found, Stored):
        values = sparse.csr_matrix(found) if sparse.issparse(found) else np.asarray(found)
        values = values.astype(np.float32)
    rows, columns = (names.astype(str).tolist() for names in (adata.obs_names, source.var_names))
    matrix = Matrix(
        values,
        rows,
        columns,
        where,
        rows_are="cells",
        row_table=adata.obs,
        column_table=source.var,
    )
    return matrix.with_problem(*_of_choice(options, where))


def _of_backed(adata: anndata.AnnData, options: MatrixOptions) -> anndata.AnnData | StoredAnnData:
    """An AnnData opened with ``backed="r"``: in memory, or in its file if a part is to be kept."""
    if not options.is_partial or adata.is_view:
        return adata.to_memory()
    return replace(stored_anndata(Path(adata.filename)), obs=adata.obs, var=adata.var)


def _of_choice(options: MatrixOptions, where: str) -> list[Problem]:
    """What of several matrices was read."""
    if options.use_raw:
        return [Problem("note", f"{where}: raw values were read", "As --use-raw says.")]
    if options.layer is not None:
        found = f'{where}: the layer "{options.layer}" was read'
        return [Problem("note", found, "As --layer says.")]
    return []


def _read_whole(path: Path) -> Problem:
    return Problem(
        "note",
        f"{path.name}: read as a whole before a part was kept, as files of its kind are",
        "Nothing to do if it fits into memory; else write it as .h5ad (adata.write_h5ad).",
    )


def _refuse_choice(matrix: Matrix, options: MatrixOptions) -> None:
    """Raise `DataError` if a matrix is asked for that its file cannot have."""
    if options.layer is not None or options.use_raw:
        what = "raw values" if options.use_raw else f'layer "{options.layer}"'
        raise DataError(
            f"{matrix.where}: no {what}; only AnnData and loom files have layers, and AnnData has "
            "raw values. Leave out --layer and --use-raw."
        )
