"""What kind of file this is, by its first bytes, and what to do with kinds that are no table."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Literal

from gpdht.errors import DataError

Kind = Literal["text", "hdf5", "parquet", "mtx"]

HDF5, PARQUET, MARKET = b"\x89HDF\r\n\x1a\n", rb"PAR1[^ -~\s]", b"%%MatrixMarket"
GZIP = b"\x1f\x8b"
HEAD, TAR_AT = 4096, 257
GZIP_BITS = 31  # zlib's number for gzip
R_REMEDY = "in R, write it with write.csv(as.matrix(x)) or zellkonverter::writeH5AD"
PYTHON_REMEDY = "in Python, write it with pandas.DataFrame.to_csv or adata.write_h5ad"
DECOMPRESS = "decompress it, or compress it by gzip"
FOREIGN = (
    (rb"PK\x03\x04", "a spreadsheet or zip archive", "save it as csv, tsv or parquet"),
    (rb"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as csv or tsv"),
    (rb"RD[XA][23]\n", "an R workspace (.RData)", R_REMEDY),
    (rb"X\n\x00\x00\x00", "an R object (.rds)", R_REMEDY),
    (rb"BZh\d1AY&SY", "compressed by bzip2", DECOMPRESS),
    (rb"\xfd7zXZ\x00", "compressed by xz", DECOMPRESS),
    (rb"\x28\xb5\x2f\xfd", "compressed by zstd", DECOMPRESS),
    (rb"\x93NUMPY", "a NumPy array without names", PYTHON_REMEDY),
    (rb"\x80[\x02-\x05]", "a Python pickle", PYTHON_REMEDY),
    (rb"ARROW1\x00\x00", "an Arrow (feather) table", "write it as parquet"),
    (rb"%PDF-", "a PDF", "take the table's own file"),
    (rb"\s*<(!DOCTYPE|html)", "a web page", "download the file that it links to"),
)
R_NAMES = (".rds", ".rdata", ".rda", ".robj")


def kind_of(path: Path) -> tuple[Kind, bool]:
    """What a file holds, and whether it is gzipped; the name decides only what bytes cannot.

    Raises
    ------
    DataError
        If it cannot be read, or is of a kind that no reader here knows; with its name.
    """
    head = _first_bytes(path)
    gzipped = head.startswith(GZIP)
    if gzipped:
        head = _unzipped(head)
    kind: Kind | None = None
    if head.startswith(HDF5):
        kind = "hdf5"
    elif re.match(PARQUET, head):
        kind = "parquet"
    if kind is not None:
        if gzipped:
            raise _not_read(path, f"a gzipped {kind} file", f"decompress it: gunzip {path}")
        return kind, False
    if head.startswith(MARKET):
        return "mtx", gzipped
    if head[TAR_AT : TAR_AT + 5] == b"ustar":
        raise _not_read(path, "a tar archive", "unpack it and give one of its files or folders")
    if path.name.lower().removesuffix(".gz").endswith(R_NAMES):
        raise _not_read(path, "an R file by its name", R_REMEDY)
    for magic, what, remedy in FOREIGN:
        if re.match(magic, head, re.IGNORECASE):
            raise _not_read(path, what, remedy)
    return "text", gzipped


def is_zarr(path: Path) -> bool:
    """Whether a folder is an array store of zarr's."""
    return any((path / name).is_file() for name in (".zgroup", "zarr.json"))


def _not_read(path: Path, what: str, remedy: str) -> DataError:
    return DataError(f"{path}: {what}; {remedy}.")


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from error


def _unzipped(head: bytes) -> bytes:
    """The first bytes inside; empty where they are damaged, which reading the file will say."""
    try:
        return zlib.decompressobj(wbits=GZIP_BITS).decompress(head, HEAD)
    except zlib.error:
        return b""
