"""Which files of a folder are a dataset's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gpdht.data.formats import is_zarr
from gpdht.data.tenx import find_market
from gpdht.errors import DataError
from gpdht.presentation import count

ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
MARKET_ENDINGS = (".mtx", ".mtx.gz")
BL_MATRIX, BL_NET = "BL--ExpressionData", "BL--network"
BEELINE_MATRIX, BEELINE_NETS = "ExpressionData", ("GroundTruthNetwork", "refNetwork")
WITH_EXPRESSION = "Specific Dataset"


@dataclass(frozen=True)
class Sources:
    """The files of a dataset and what to call it; `net` is None if the folder has none."""

    matrix: Path
    net: Path | None
    tfs: Path | None
    name: str


def locate(path: Path) -> Sources:
    """The files that a folder or a file stands for."""
    if path.is_dir() and not is_zarr(path):
        return _find_sources(path)
    if not path.exists():
        raise DataError(
            f"{path}: no such file or folder. Give a folder, an .h5ad, .h5, loom, csv, tsv or "
            'parquet matrix, or "toy".'
        )
    return Sources(path, None, None, path.name.partition(".")[0])


def edge_list(place: Path) -> tuple[Path, str]:
    """The edge list at a place, and what to call it."""
    if not place.is_dir():
        return place, place.name.partition(".")[0]
    name = "/".join(place.resolve().parts[-3:])
    net = find_table(place, BL_NET) or _find_sources(place).net
    if net is None:
        raise DataError(f"{place}: no edge list in this folder; give a file of TF → target edges.")
    return net, name


def _find_sources(folder: Path) -> Sources:
    """The files of a folder in the ``BL--`` layout, in BEELINE's own, or as 10x writes it.

    A ``BL--`` folder without expression (STRING, Non-Specific, Lofgof) takes the matrix of the
    same cell type and size under ``Specific Dataset``; genes are joined by name later. BEELINE's
    known edges may lie beside ``ExpressionData.csv`` or one folder up.

    Raises
    ------
    DataError
        If the folder has none of these layouts, or the matrix is nowhere.
    """
    net, matrix = find_table(folder, BL_NET), find_table(folder, BL_MATRIX)
    if net is not None or matrix is not None:
        name = "/".join(folder.resolve().parts[-3:])
        return Sources(matrix or _sibling_matrix(folder), net, find_table(folder, "TF"), name)
    matrix = find_table(folder, BEELINE_MATRIX)
    if matrix is None and (market := find_market(folder)) is not None:
        return Sources(market, None, None, folder.resolve().name)
    if matrix is None:
        raise DataError(_no_layout(folder))
    places = (folder, folder.resolve().parent)
    nets = [find_table(place, stem) for place in places for stem in BEELINE_NETS]
    net = next((path for path in nets if path is not None), None)
    return Sources(matrix, net, None, "/".join(folder.resolve().parts[-2:]))


def find_table(folder: Path, stem: str) -> Path | None:
    """The table of that name, with any of the known endings."""
    return next((path for end in ENDINGS if (path := folder / f"{stem}{end}").is_file()), None)


def point_inside(folder: Path, pattern: str, *, endings: Sequence[str] = ENDINGS) -> str | None:
    """Where such a table lies further down, as the end of a message; None if nowhere near."""
    inside = [
        path.parent
        for depth in range(1, 5)
        for end in endings
        for path in sorted(folder.glob(f"{'*/' * depth}{pattern}{end}"))
    ]
    if not inside:
        return None
    return f'{len(inside)} folders inside have it. Give one of them, e.g. "{inside[0]}".'


def _sibling_matrix(folder: Path) -> Path:
    *_, cell, size = folder.resolve().parts
    home = folder.resolve().parents[2] / WITH_EXPRESSION / cell / size
    matrix = find_table(home, BL_MATRIX)
    if matrix is None:
        raise DataError(
            f"{folder}: {BL_NET} without {BL_MATRIX}, and none in {home}. Put "
            f"{BL_MATRIX}.csv (genes × cells, log-normalised) into one of the two folders."
        )
    return matrix


def _no_layout(folder: Path) -> str:
    found = f"{folder}: {count(len(list(folder.iterdir())), 'entry', 'entries')} but no expression"
    if (pointer := point_inside(folder, f"*{BEELINE_MATRIX}")) is not None:
        return f"{found}; {pointer}"
    if (pointer := point_inside(folder, "*matrix", endings=MARKET_ENDINGS)) is not None:
        return f"{found}; {pointer}"
    return (
        f"{found}; expected {BL_MATRIX}.csv and {BL_NET}.csv, or {BEELINE_MATRIX}.csv and "
        f"{BEELINE_NETS[0]}.csv. Give such a folder, one of 10x's (matrix.mtx, features.tsv, "
        "barcodes.tsv) with --net, or a matrix file with --net."
    )
