"""Matrices in HDF5 files, told apart by what is inside: AnnData, 10x, loom."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy import sparse

from gpdht.data.matrices import Matrix
from gpdht.data.stored_files import (
    StoredAnnData,
    is_readable_in_parts,
    opened,
    stored_anndata,
    stored_dense,
)
from gpdht.data.tenx import read_10x_h5, texts
from gpdht.errors import DataError

if TYPE_CHECKING:
    import anndata
    import h5py

GENE_NAMES = ("Gene", "gene_names", "GeneName", "Accession", "var_names")
CELL_NAMES = ("CellID", "obs_names", "cell_names", "Barcode")
"""What loom files call their names, in row_attrs and col_attrs."""

GENES_AT_ONCE = 2000
WRITE = "Write it again with adata.write_h5ad, or copy it again."


def read_hdf5(path: Path, *, stored: bool = False) -> anndata.AnnData | StoredAnnData | Matrix:
    """An AnnData (of .h5ad and loom files), or the matrix of 10x's .h5.

    Parameters
    ----------
    stored : leave the values in the file.

    Raises
    ------
    DataError
        If the file is corrupt, or its contents are none of these.
    """
    import h5py

    if path.suffix == ".h5ad":
        return read_h5ad(path, stored=stored)
    try:
        with h5py.File(path) as file:
            inside = set(file)
            if {"matrix", "row_attrs", "col_attrs"} <= inside:
                return _stored_loom(file, path) if stored else _read_loom(file)
            groups = [item for item in file.values() if isinstance(item, h5py.Group)]
            matrices = [group for group in groups if "indptr" in group]
            if matrices and not {"X", "obs", "var"} <= inside:
                return read_10x_h5(path, matrices, stored=stored)
    except DataError:
        raise
    except Exception as error:  # h5py raises many kinds
        raise DataError(f"{path}: cannot be read as HDF5 ({error}). Copy it again.") from error
    if {"X", "obs", "var"} <= inside:
        return read_h5ad(path, stored=stored)
    if "assays" in inside:
        raise DataError(
            f"{path}: a Seurat file (.h5seurat); in R, write it with zellkonverter::writeH5AD."
        )
    known = ", ".join(f'"{name}"' for name in sorted(inside)[:6]) or "nothing"
    raise DataError(
        f"{path}: an HDF5 file with {known}; expected the contents of an .h5ad, of 10x's .h5 or of "
        f"a loom file. {WRITE}"
    )


def read_h5ad(path: Path, *, stored: bool = False) -> anndata.AnnData | StoredAnnData:
    """An AnnData file, whatever its name; or a folder of zarr's.

    Parameters
    ----------
    stored : leave the values in the file, if it is not of a kind of before 2021.

    Raises
    ------
    DataError
        If it is corrupt.
    """
    if stored:
        with opened(path) as file:
            known = is_readable_in_parts(file)
        if known:
            return stored_anndata(path)
    import anndata

    read = anndata.io.read_zarr if path.is_dir() else anndata.read_h5ad
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicated names are for our own checks to report
        try:
            return read(path)
        except Exception as error:  # h5py and zarr raise many kinds
            raise DataError(
                f"{path}: cannot be read as AnnData ({type(error).__name__}: {error}). {WRITE}"
            ) from error


def _read_loom(file: h5py.File) -> anndata.AnnData:
    """A loom file's matrix and layers, genes × cells there, and what it knows of both."""
    import anndata

    genes, cells = _loom_tables(file)
    layers = {name: _sparse(item) for name, item in file.get("layers", {}).items()}
    return anndata.AnnData(_sparse(file["matrix"]), obs=cells, var=genes, layers=layers)


def _stored_loom(file: h5py.File, path: Path) -> StoredAnnData:
    """The same, with the values left in the file."""
    genes, cells = _loom_tables(file)
    shape = (len(genes), len(cells))
    layers = {
        name: stored_dense(path, f"layers/{name}", shape).T for name in file.get("layers", {})
    }
    return StoredAnnData(stored_dense(path, "matrix", shape).T, genes, cells, layers)


def _loom_tables(file: h5py.File) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a loom file knows of genes and of cells, under their names."""
    genes, cells = (
        pd.DataFrame(
            {
                name: texts(item) if item.dtype.kind in "OS" else item[:]
                for name, item in file[attributes].items()
                if len(item.shape) == 1
            }
        )
        for attributes in ("row_attrs", "col_attrs")
    )
    for table, known in ((genes, GENE_NAMES), (cells, CELL_NAMES)):
        name = next((one for one in known if one in table), None)
        if name is not None:
            table.index = pd.Index(table[name].astype(str), name=None)
        else:
            table.index = table.index.astype(str)
    return genes, cells


def _sparse(matrix: Any) -> sparse.csr_matrix:
    """Genes × cells of a file as sparse cells × genes, a few thousand genes at a time."""
    starts = range(0, matrix.shape[0], GENES_AT_ONCE)
    parts = [sparse.csr_matrix(matrix[start : start + GENES_AT_ONCE]) for start in starts]
    return sparse.csr_matrix(sparse.vstack(parts).T)
