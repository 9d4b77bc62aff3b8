"""Files that are read in blocks, and the part of them that is kept by its definition."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.dataset import Dataset
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.source import open_dataset

GENES = [f"G{i}" for i in range(12)]
NET = pd.DataFrame(
    {"source": ["G0", "G0", "G7", "G3"], "target": ["G7", "G5", "G2", "G9"], "weight": 1.0}
)
Write = Callable[[anndata.AnnData, Path], Path]


def cells_of(seed: int, *, cells: int = 40, genes: int = 12) -> anndata.AnnData:
    """Counts of genes of different abundance; G3 is expressed nowhere."""
    draw = np.random.default_rng(seed)
    counts = draw.poisson(draw.gamma(0.5, 6, size=genes), size=(cells, genes)).astype(np.float32)
    counts[:, 3] = 0
    counts[0, 0] = 200
    obs = pd.DataFrame({"kind": ["a", "b"] * (cells // 2)}, index=[f"c{i}" for i in range(cells)])
    return anndata.AnnData(counts, obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(genes)]))


def h5ad(kind: Callable) -> Write:
    def write(adata: anndata.AnnData, folder: Path) -> Path:
        adata = adata.copy()
        adata.X = kind(adata.X)
        adata.write_h5ad(folder / "x.h5ad")
        return folder / "x.h5ad"

    return write


def layer_and_raw(adata: anndata.AnnData, folder: Path) -> Path:
    adata = adata.copy()
    adata.raw = adata
    adata.layers["counts"] = sparse.csc_matrix(adata.X)
    adata.X = np.full(adata.shape, 0.5)
    adata.write_h5ad(folder / "x.h5ad")
    return folder / "x.h5ad"


def zarr(adata: anndata.AnnData, folder: Path) -> Path:
    adata = adata.copy()
    adata.X = sparse.csr_matrix(adata.X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the format's next version
        adata.write_zarr(folder / "x.zarr")
    return folder / "x.zarr"


def tenx(adata: anndata.AnnData, folder: Path) -> Path:
    cells = sparse.csr_matrix(adata.X).astype(np.int32)
    with h5py.File(folder / "x.h5", "w") as file:
        group = file.create_group("matrix")
        for name in ("data", "indices", "indptr"):
            group[name] = getattr(cells, name)
        group["shape"] = cells.shape[::-1]
        group["barcodes"] = adata.obs_names.to_numpy().astype("S")
        for name in ("id", "name"):
            group[f"features/{name}"] = adata.var_names.to_numpy().astype("S")
        group["features/feature_type"] = np.array([b"Gene Expression"] * adata.n_vars)
    return folder / "x.h5"


def market(*, cell_by_cell: bool) -> Write:
    """As CellRanger writes it, or SciPy of genes × cells by rows."""

    def write(adata: anndata.AnnData, folder: Path) -> Path:
        genes = sparse.coo_matrix(adata.X.T)
        ends = (genes.row, genes.col) if cell_by_cell else (genes.col, genes.row)
        at = np.lexsort(ends)
        lines = [f"{genes.row[i] + 1} {genes.col[i] + 1} {genes.data[i]:g}" for i in at]
        head = ["%%MatrixMarket matrix coordinate real general", "%", "{} {} {}"]
        text = "\n".join([*head, *lines, ""]).format(*genes.shape, genes.nnz)
        path = folder / ("matrix.mtx.gz" if cell_by_cell else "matrix.mtx")
        path.write_bytes(gzip.compress(text.encode()) if cell_by_cell else text.encode())
        rows = [f"{name}\t{name}\tGene Expression\n" for name in adata.var_names]
        (folder / "features.tsv").write_text("".join(rows))
        (folder / "barcodes.tsv").write_text("".join(f"{name}\n" for name in adata.obs_names))
        return path

    return write


def loom(adata: anndata.AnnData, folder: Path) -> Path:
    with h5py.File(folder / "x.loom", "w") as file:
        file["matrix"] = adata.X.T
        file["row_attrs/Gene"] = adata.var_names.to_numpy().astype("S")
        file["col_attrs/CellID"] = adata.obs_names.to_numpy().astype("S")
        file["col_attrs/kind"] = adata.obs["kind"].to_numpy().astype("S")
        file.create_group("layers")
    return folder / "x.loom"


def text(*, genes_as_rows: bool) -> Write:
    def write(adata: anndata.AnnData, folder: Path) -> Path:
        frame = adata.to_df().T if genes_as_rows else adata.to_df()
        frame.to_csv(folder / "x.csv")
        return folder / "x.csv"

    return write


FILES: dict[str, Write] = {
    "csr": h5ad(sparse.csr_matrix),
    "csc": h5ad(sparse.csc_matrix),
    "dense": h5ad(np.asarray),
    "zarr": zarr,
    "10x": tenx,
    "10x folder": market(cell_by_cell=True),
    "mtx gene by gene": market(cell_by_cell=False),
    "loom": loom,
    "genes as rows": text(genes_as_rows=True),
    "cells as rows": text(genes_as_rows=False),
}


def opened(path: Path, net: pd.DataFrame = NET, **options) -> Dataset:
    net.to_csv(path.parent / "net.csv", index=False)
    said = MatrixOptions(**options)
    return open_dataset(path, net=path.parent / "net.csv", matrix_options=said)


def expected(adata: anndata.AnnData, most: int) -> tuple[list[str], np.ndarray]:
    """The genes that are kept and their values, by a loop over the definition."""
    counts = np.asarray(adata.X, dtype=np.float64)
    logs = np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4)
    names, variance = adata.var_names.tolist(), logs.var(axis=0)
    kept = [gene for gene in names if gene in {"G0", "G7"}]  # G3 is expressed nowhere
    for gene in sorted(names, key=lambda name: -variance[names.index(name)]):
        if len(kept) < most and gene not in kept:
            kept.append(gene)
    kept.sort(key=names.index)
    return kept, logs[:, [names.index(gene) for gene in kept]]
