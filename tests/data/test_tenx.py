"""What 10x and loom write, with the layout of their files written by h5py and scipy."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import io, sparse

from gpdht.data.dataset import Dataset
from gpdht.data.matrix_files import read_matrix
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.source import open_dataset
from gpdht.errors import DataError

GENES, CELLS = ["SOX2", "NANOG", "KLF4", "MYC"], ["AAAC-1", "AAAG-1", "AAAT-1"]
IDS = ["ENSG1", "ENSG2", "ENSG3", "ENSG4"]
COUNTS_GC = sparse.csc_matrix(np.array([[3, 0, 1], [0, 2, 300], [1, 1, 0], [9, 0, 4]]))
NET = pd.DataFrame({"source": ["SOX2"], "target": ["KLF4"]})


def write_folder(folder: Path, *, version: int = 3, zipped: bool = True, prefix: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    io.mmwrite(folder / f"{prefix}matrix.mtx", COUNTS_GC)
    rows = [[*pair, "Gene Expression"][:version] for pair in zip(IDS, GENES, strict=True)]
    names = {3: "features.tsv", 2: "genes.tsv"}
    lines = "".join("\t".join(row) + "\n" for row in rows)
    (folder / f"{prefix}{names[version]}").write_text(lines)
    (folder / f"{prefix}barcodes.tsv").write_text("".join(f"{cell}\n" for cell in CELLS))
    if zipped:
        for path in list(folder.iterdir()):
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    return folder


def write_h5(path: Path, *, version: int = 3, kinds: list[str] | None = None) -> Path:
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix" if version == 3 else "GRCh38")
        for name in ("data", "indices", "indptr"):
            group[name] = getattr(COUNTS_GC, name)
        group["shape"] = COUNTS_GC.shape
        group["barcodes"] = np.array(CELLS, dtype="S")
        if version == 2:
            group["genes"], group["gene_names"] = np.array(IDS, "S"), np.array(GENES, "S")
        else:
            features = group.create_group("features")
            features["id"], features["name"] = np.array(IDS, "S"), np.array(GENES, "S")
            features["feature_type"] = np.array(kinds or ["Gene Expression"] * 4, "S")
    return path


def write_loom(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        file["matrix"] = COUNTS_GC.toarray()
        file["layers/spliced"] = COUNTS_GC.toarray() * 2
        file["row_attrs/Gene"], file["row_attrs/Accession"] = GENES, IDS
        file["col_attrs/CellID"] = CELLS
        file["col_attrs/Clusters"] = [1, 1, 2]
    return path


WRITERS = {
    "folder of version 3": lambda f: write_folder(f / "sample"),
    "folder of version 2": lambda f: write_folder(f / "sample", version=2, zipped=False),
    "folder with GEO's prefix": lambda f: write_folder(f / "sample", prefix="GSM1_"),
    "the mtx of a folder": lambda f: write_folder(f / "sample") / "matrix.mtx.gz",
    "h5 of version 3": lambda f: write_h5(f / "sample.h5"),
    "h5 of version 2": lambda f: write_h5(f / "sample.h5", version=2),
    "loom": lambda f: write_loom(f / "sample.loom"),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_one_dataset_is_read_from_all_of_them(tmp_path, kind):
    expected = Dataset.from_frame(pd.DataFrame(COUNTS_GC.toarray(), GENES, CELLS), NET)
    NET.to_csv(tmp_path / "net.csv", index=False)
    path = WRITERS[kind](tmp_path)
    found = open_dataset(path, net=tmp_path / "net.csv")
    assert found.fingerprint == expected.fingerprint
    assert found.name == ("matrix" if "mtx" in kind else "sample")
    assert [problem.severity for problem in found.problems] == ["repaired"]  # normalised
    kept = open_dataset(
        path, net=tmp_path / "net.csv", matrix_options=MatrixOptions(normalize="none")
    )
    assert np.array_equal(kept.expression.toarray(), COUNTS_GC.toarray().T)


@pytest.mark.parametrize("kind", [kind for kind in WRITERS if kind != "loom"])
def test_an_edge_list_of_ensembl_ids_is_pointed_to_the_column_of_ids(tmp_path, kind):
    NET.replace(dict(zip(GENES, IDS, strict=True))).to_csv(tmp_path / "net.csv", index=False)
    path = WRITERS[kind](tmp_path)
    with pytest.raises(DataError, match='2 of them stand in the column "gene_ids"'):
        open_dataset(path, net=tmp_path / "net.csv")
    found = open_dataset(
        path, net=tmp_path / "net.csv", matrix_options=MatrixOptions(gene_names="gene_ids")
    )
    assert found.genes.tolist() == IDS


def test_features_that_are_no_genes_are_left_out_and_counted(tmp_path):
    kinds = ["Gene Expression"] * 3 + ["Antibody Capture"]
    found = read_matrix(write_h5(tmp_path / "x.h5", kinds=kinds))
    assert found.columns == GENES[:3]
    assert np.array_equal(found.values.toarray(), COUNTS_GC.toarray().T[:, :3])
    assert "1 features are no genes and were left out: Antibody Capture" in found.problems[0].found


def test_loom_has_layers_and_what_is_known_of_cells(tmp_path):
    options = MatrixOptions(layer="spliced", cells="Clusters == 1", normalize="none")
    NET.to_csv(tmp_path / "net.csv", index=False)
    path = write_loom(tmp_path / "x.loom")
    found = open_dataset(path, net=tmp_path / "net.csv", matrix_options=options)
    assert np.array_equal(found.expression.toarray(), 2 * COUNTS_GC.toarray().T[:2])


def two_matrices(folder):
    write_folder(folder / "a", prefix="one_", zipped=False)
    return write_folder(folder / "a", prefix="two_", zipped=False)


def without_barcodes(folder):
    (write_folder(folder / "a") / "barcodes.tsv.gz").unlink()
    return folder / "a"


def other_barcodes(folder):
    path = write_folder(folder / "a", zipped=False) / "barcodes.tsv"
    path.write_text("AAAC-1\n")
    return path.parent


def a_cut_matrix(folder):
    path = write_folder(folder / "a", zipped=False) / "matrix.mtx"
    path.write_text(path.read_text()[:-4])
    return path.parent


def a_cut_gzip(folder):
    path = write_folder(folder / "a") / "matrix.mtx.gz"
    path.write_bytes(path.read_bytes()[:-20])
    return path.parent


def two_genomes(folder):
    path = write_h5(folder / "x.h5", version=2)
    with h5py.File(path, "a") as file:
        file.copy("GRCh38", "mm10")
    return path


def h5_without_names(folder):
    path = write_h5(folder / "x.h5")
    with h5py.File(path, "a") as file:
        del file["matrix/features/name"]
    return path


def h5_with_a_damaged_index(folder):
    path = write_h5(folder / "x.h5")
    with h5py.File(path, "a") as file:
        file["matrix/indices"][0] = 10**6
    return path


def loom_of_groups(folder):
    with h5py.File(folder / "x.loom", "w") as file:
        for name in ("matrix", "row_attrs", "col_attrs"):
            file.create_group(name)
    return folder / "x.loom"


def folder_above(folder):
    write_folder(folder / "outs")
    return folder


BROKEN = [
    (two_matrices, "2 matrices, .* expected one"),
    (without_barcodes, r"no barcodes.tsv\[.gz\] beside it"),
    (other_barcodes, "4 genes × 3 cells, but there are 4 features and 1 barcodes"),
    (a_cut_matrix, "cannot be read as a Matrix Market file"),
    (a_cut_gzip, "cannot be read as a Matrix Market file"),
    (two_genomes, "2 matrices, of GRCh38, mm10; expected one"),
    (h5_without_names, "not as 10x writes it"),
    (h5_with_a_damaged_index, "indices must be < 4"),
    (loom_of_groups, "cannot be read as HDF5"),
    (folder_above, '1 folders inside have it. Give one of them, e.g. ".*outs"'),
]


@pytest.mark.parametrize(("write", "message"), BROKEN)
def test_what_is_incomplete_is_one_error(tmp_path, write, message):
    NET.to_csv(tmp_path / "net.csv", index=False)
    with pytest.raises(DataError, match=message):
        open_dataset(write(tmp_path), net=tmp_path / "net.csv")
