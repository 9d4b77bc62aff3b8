"""Files of other kinds: each is named, with what to do."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import shutil
import tarfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pyarrow.feather
import pytest

from gpdht.data.formats import kind_of
from gpdht.data.matrix_files import read_matrix
from gpdht.data.source import open_dataset
from gpdht.data.tables import read_strings
from gpdht.errors import DataError


def zipped(folder: Path, _) -> Path:
    with zipfile.ZipFile(folder / "matrix.xlsx", "w") as file:
        file.writestr("xl/workbook.xml", "<x/>")
    return folder / "matrix.xlsx"


def gzipped_h5ad(folder: Path, small) -> Path:
    small.adata.write_h5ad(folder / "cells.h5ad")
    path = folder / "cells.h5ad.gz"
    path.write_bytes(gzip.compress((folder / "cells.h5ad").read_bytes()))
    return path


def gzipped_parquet(folder: Path, small) -> Path:
    small.net.to_parquet(folder / "net.parquet")
    path = folder / "matrix.csv.gz"
    path.write_bytes(gzip.compress((folder / "net.parquet").read_bytes()))
    return path


def of_bytes(name: str, content: bytes):
    def write(folder: Path, _) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def numpy_array(folder: Path, _) -> Path:
    np.save(folder / "matrix.npy", np.eye(3))
    return folder / "matrix.npy"


def arrow(folder: Path, small) -> Path:
    pyarrow.feather.write_feather(small.net, folder / "matrix.feather")
    return folder / "matrix.feather"


def archive(folder: Path, _) -> Path:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as file:
        file.addfile(tarfile.TarInfo("x"))
    return of_bytes("GSE1_RAW.tar.gz", data.getvalue())(folder, None)


def other_hdf5(folder: Path, _) -> Path:
    with h5py.File(folder / "model.h5", "w") as file:
        file["weights"] = [1, 2]
    return folder / "model.h5"


def seurat(folder: Path, _) -> Path:
    with h5py.File(folder / "cells.h5seurat", "w") as file:
        file.create_group("assays/RNA")
    return folder / "cells.h5seurat"


def lone_market(folder: Path, _) -> Path:
    text = b"%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 4\n"
    return of_bytes("matrix.mtx", text)(folder, None)


CASES = [
    (zipped, "a spreadsheet or zip archive; save it as csv, tsv or parquet"),
    (gzipped_h5ad, "a gzipped hdf5 file; decompress it: gunzip "),
    (gzipped_parquet, "a gzipped parquet file; decompress it"),
    (of_bytes("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1"), "an old Excel workbook; save it as csv"),
    (of_bytes("x.rds", gzip.compress(b"X\n\x00\x00\x00\x03")), r"an R file .* in R, write it with"),
    (of_bytes("x.csv", gzip.compress(b"X\n\x00\x00\x00\x03")), r"an R object \(\.rds\); in R"),
    (of_bytes("x.dat", gzip.compress(b"RDX3\nX\n\x00")), r"an R workspace \(\.RData\); in R"),
    (of_bytes("x.RData", b"anything"), "an R file by its name; in R"),
    (of_bytes("x.csv.bz2", bz2.compress(b"a,b\n1,2")), "compressed by bzip2; decompress it"),
    (of_bytes("x.csv.xz", lzma.compress(b"a,b\n1,2")), "compressed by xz; decompress it"),
    (of_bytes("x.pkl", pickle.dumps([1, 2])), "a Python pickle; in Python, write it with"),
    (of_bytes("x.csv", b"\n<!doctype html><html>"), "a web page; download the file"),
    (of_bytes("x.pdf", b"%PDF-1.7"), "a PDF; take the table's own file"),
    (numpy_array, "a NumPy array without names; in Python"),
    (arrow, r"an Arrow \(feather\) table; write it as parquet"),
    (archive, "a tar archive; unpack it"),
    (other_hdf5, 'an HDF5 file with "weights"; expected the contents of an .h5ad, of 10x'),
    (seurat, "a Seurat file .*zellkonverter"),
    (lone_market, r"no features.tsv or genes.tsv\[.gz\] beside it; .* three files into one folder"),
]


@pytest.mark.parametrize(("write", "message"), CASES)
def test_a_file_of_another_kind_is_named_with_what_to_do(tmp_path, small, write, message):
    with pytest.raises(DataError, match=message) as error:
        read_matrix(write(tmp_path, small))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("write", "message"), CASES[:16])
def test_an_edge_list_of_another_kind_is_named_too(tmp_path, small, write, message):
    with pytest.raises(DataError, match=message):
        read_strings(write(tmp_path, small))


@pytest.mark.parametrize("first", ["PKNOX1", "PK", "BZHIP", "RDX", "X", "A", "PAR1", "FEA1"])
def test_genes_whose_names_begin_like_a_format_are_text(tmp_path, first):
    path = tmp_path / "tfs.txt"
    path.write_text(f"{first}\nSTAT1\n")
    assert kind_of(path) == ("text", False)
    assert read_strings(path)[0].tolist() == [first, "STAT1"]


@pytest.mark.parametrize("name", ["cells.hdf5", "cells.h5", "cells", "cells.csv"])
def test_an_anndata_file_is_read_whatever_its_name(tmp_path, small, name):
    small.adata.write_h5ad(tmp_path / "cells.h5ad")
    shutil.move(tmp_path / "cells.h5ad", tmp_path / name)
    small.net.to_csv(tmp_path / "net.csv", index=False)
    found = open_dataset(tmp_path / name, net=tmp_path / "net.csv")
    assert (found.fingerprint, found.problems) == (small.fingerprint, ())


def test_a_parquet_file_is_read_whatever_its_name(tmp_path, small, frame):
    frame.to_parquet(tmp_path / "matrix.pqt")
    found = read_matrix(tmp_path / "matrix.pqt")
    assert np.array_equal(found.values, frame.to_numpy())


@pytest.mark.filterwarnings("ignore:Writing zarr v2")
def test_a_zarr_store_is_read(tmp_path, small):
    pytest.importorskip("zarr")
    small.adata.write_zarr(tmp_path / "cells.zarr")
    small.net.to_csv(tmp_path / "net.csv", index=False)
    found = open_dataset(tmp_path / "cells.zarr", net=tmp_path / "net.csv")
    assert (found.fingerprint, found.name) == (small.fingerprint, "cells")
