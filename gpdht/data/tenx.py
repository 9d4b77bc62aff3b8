"""What 10x's CellRanger writes: a folder of matrix.mtx, features and barcodes, or one .h5."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.formats import kind_of
from gpdht.data.matrices import Matrix
from gpdht.data.problems import Problem
from gpdht.data.stored import Stored
from gpdht.data.stored_files import stored_sparse
from gpdht.data.stored_market import stored_market
from gpdht.data.tables import read_strings
from gpdht.errors import DataError

if TYPE_CHECKING:
    import h5py

MATRIX, EXPRESSION = "matrix.mtx", "Gene Expression"
FEATURES, BARCODES = ("features.tsv", "genes.tsv"), ("barcodes.tsv",)
FEATURE_COLUMNS = ("gene_ids", "gene_symbols", "feature_types")
VERSION_2 = dict(zip(FEATURE_COLUMNS, ("genes", "gene_names"), strict=False))
VERSION_3 = dict(
    zip(FEATURE_COLUMNS, ("features/id", "features/name", "features/feature_type"), strict=True)
)


def read_market(path: Path, *, stored: bool = False) -> Matrix:
    """The matrix of a ``matrix.mtx[.gz]`` with features (or genes) and barcodes beside it.

    Gene names are the second column of the features, symbols; the first is ``gene_ids``.

    Parameters
    ----------
    stored : leave the values in the file, if its entries come in an order.

    Raises
    ------
    DataError
        If a file is missing or corrupt, or their lengths differ.
    """
    features, barcodes = (_beside(path, names) for names in (FEATURES, BARCODES))
    gzipped = kind_of(path)[1]
    if gzipped != path.name.endswith(".gz"):
        raise DataError(f"{path}: its name should end in .gz only if it is gzipped. Rename it.")
    values = stored_market(path, gzipped=gzipped) if stored else None
    values = values if values is not None else _read_entries(path)
    table = read_strings(features)
    table = table.set_axis([*FEATURE_COLUMNS, *table.columns[3:]][: table.shape[1]], axis=1)
    cells = read_strings(barcodes)[0].tolist()
    return _matrix_of(path, values, table, cells)


def _read_entries(path: Path) -> sparse.csr_matrix:
    """Cells × genes of a Matrix Market file."""
    from scipy.io import mmread

    try:
        # by its name: an open file that SciPy fails on ends the process when it is closed
        return sparse.csr_matrix(sparse.csr_matrix(mmread(path), dtype=np.float32).T)
    except (OSError, EOFError, ValueError, OverflowError, MemoryError, zlib.error) as error:
        raise DataError(
            f"{path}: cannot be read as a Matrix Market file ({error}). Copy it again."
        ) from error


def read_10x_h5(path: Path, groups: Sequence[h5py.Group], *, stored: bool = False) -> Matrix:
    """The matrix of CellRanger's .h5, of version 3 (``/matrix``) or 2 (a group for each genome).

    Parameters
    ----------
    groups : those of the file that hold a matrix.
    stored : leave the values in the file.

    Raises
    ------
    DataError
        If there are several, or one lacks a part.
    """
    if len(groups) != 1:
        names = ", ".join(group.name.removeprefix("/") for group in groups)
        raise DataError(
            f"{path}: {len(groups)} matrices, of {names}; expected one. Write the genome that you "
            "mean to a file of its own."
        )
    group: Any = groups[0]
    try:
        places = VERSION_3 if "features" in group else VERSION_2
        table = pd.DataFrame({key: texts(group[place]) for key, place in places.items()})
        genes, cells = (int(size) for size in group["shape"][:])
        # the file has cells as columns, so their rows are its lines
        values: Any = stored_sparse(path, group.name, (cells, genes))
        values = values if stored else values.whole()
        barcodes = texts(group["barcodes"])
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise DataError(f"{path}: not as 10x writes it ({error}). Copy it again.") from error
    return _matrix_of(path, values, table, barcodes)


def texts(dataset: Any) -> list[str]:
    """A dataset of HDF5 as text."""
    return [
        item.decode(errors="replace") if isinstance(item, bytes) else str(item)
        for item in dataset[:]
    ]


def find_market(folder: Path) -> Path | None:
    """The ``matrix.mtx[.gz]`` of a folder; a prefix before it is GEO's way.

    Raises
    ------
    DataError
        If there are several.
    """
    found = sorted(
        path for end in ("", ".gz") for path in folder.glob(f"*{MATRIX}{end}") if path.is_file()
    )
    if len(found) > 1:
        raise DataError(
            f'{folder}: {len(found)} matrices, e.g. "{found[0].name}" and "{found[1].name}"; '
            f"expected one. Give the file that you mean, e.g. {found[0]}."
        )
    return found[0] if found else None


def _beside(path: Path, names: Sequence[str]) -> Path:
    """The file of one of these names beside the matrix, with its prefix, gzipped or not."""
    prefix = path.name.removesuffix(".gz").removesuffix(MATRIX)
    places = [path.with_name(f"{prefix}{name}{end}") for name in names for end in (".gz", "")]
    for place in places:
        if place.is_file():
            return place
    raise DataError(
        f"{path}: no {prefix}{' or '.join(names)}[.gz] beside it; expected the names of genes and "
        "cells there, as 10x writes them. Put the three files into one folder."
    )


def _matrix_of(path: Path, values: Any, features: pd.DataFrame, barcodes: Sequence[str]) -> Matrix:
    """Cells × genes; features of other kinds (antibodies, guides) are left out and counted."""
    if values.shape != (len(barcodes), len(features)):
        raise DataError(
            f"{path}: the matrix has {values.shape[1]} genes × {values.shape[0]} cells, but there "
            f"are {len(features)} features and {len(barcodes)} barcodes. Put the files of one run "
            "together."
        )
    names = features["gene_symbols" if "gene_symbols" in features else "gene_ids"]
    matrix = Matrix(
        values if isinstance(values, Stored) else sparse.csr_matrix(values, dtype=np.float32),
        list(barcodes),
        names.tolist(),
        path.name,
        rows_are="cells",
        column_table=features,
    )
    if "feature_types" not in features:
        return matrix
    is_gene = (features["feature_types"] == EXPRESSION).to_numpy()
    if is_gene.all() or not is_gene.any():
        return matrix
    other = ", ".join(features["feature_types"][~is_gene].unique())
    found = f"{path.name}: {(~is_gene).sum()} features are no genes and were left out: {other}"
    note = Problem("repaired", found, "Nothing to do: networks are inferred from expression.")
    return matrix.pick(columns=is_gene).with_problem(note)
