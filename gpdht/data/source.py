"""Opening data of any supported kind as a `Dataset`."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from gpdht.data.checks import make_dataset
from gpdht.data.dataset import Dataset
from gpdht.data.edges import read_edges, read_tfs
from gpdht.data.folders import Sources, find_sources
from gpdht.data.matrices import Matrix, Orientation, read_matrix
from gpdht.data.orientation import orient
from gpdht.data.toy import toy
from gpdht.errors import DataError

Symbols = Literal["exact", "upper"]


def open_dataset(
    data: str | Path,
    *,
    net: str | Path | None = None,
    tfs: str | Path | None = None,
    symbols: Symbols = "exact",
    orientation: Orientation = "auto",
    name: str | None = None,
    species: str | None = None,
    default_net: pd.DataFrame | None = None,
) -> Dataset:
    """The dataset at a place, checked and cleaned.

    Parameters
    ----------
    data : ``toy`` (or ``toy:genes=300,cells=500,seed=1``), a folder in the ``BL--`` or BEELINE
        layout, an ``.h5ad``, or a csv, tsv or parquet matrix of genes × cells or cells × genes.
    net : edge list; needed beside a matrix file, and taken instead of a folder's own.
    tfs : TF list, instead of a folder's own.
    symbols : ``upper`` writes all gene names in upper case before they are compared.
    orientation : what a matrix file's rows are; ``auto`` looks for the edge list's genes.
    default_net : `source, target`; the known edges where no edge list is given or found, e.g.
        those of a model that is asked about new cells.

    Raises
    ------
    DataError
        With what was found, what was expected and what to do.
    """
    if symbols not in get_args(Symbols):
        raise DataError(
            f'symbols "{symbols}" is unknown; use one of {", ".join(get_args(Symbols))}.'
        )
    if str(data).partition(":")[0] == "toy" and not Path(data).exists():
        return _open_toy(str(data), net=net, tfs=tfs, name=name, species=species)
    found = _locate(Path(data))
    net_path = Path(net) if net is not None else found.net
    if net_path is None and default_net is None:
        raise DataError(
            f"{data}: no edge list beside the expression matrix; expected TF → target edges. "
            "Pass --net FILE with the columns source,target."
        )
    tfs_path = Path(tfs) if tfs is not None else found.tfs
    matrix = read_matrix(found.matrix)
    if net_path is not None:
        edges, problems = read_edges(net_path, {*matrix.rows, *matrix.columns})
    else:
        edges, problems = pd.DataFrame(default_net), []
    listed = read_tfs(tfs_path) if tfs_path is not None else None
    if symbols == "upper":
        edges = edges.assign(**{end: edges[end].str.upper() for end in ("source", "target")})
        listed = None if listed is None else list(dict.fromkeys(map(str.upper, listed)))
    matrix = _orient(matrix, edges, symbols=symbols, orientation=orientation)
    return make_dataset(
        matrix,
        edges,
        tfs=listed,
        net_name=net_path.name if net_path is not None else "the default net",
        name=name or found.name,
        species=species,
        problems=problems,
    )


def _orient(
    matrix: Matrix, edges: pd.DataFrame, *, symbols: Symbols, orientation: Orientation
) -> Matrix:
    """Cells × genes, with the genes' names (and only theirs) in the case that was asked for."""
    genes = {*edges["source"], *edges["target"]}
    if symbols == "exact":
        return orient(matrix, genes, orientation)
    upper = replace(
        matrix,
        rows=[name.upper() for name in matrix.rows],
        columns=[name.upper() for name in matrix.columns],
    )
    turned = orient(upper, genes, orientation)
    cells = matrix.rows if turned.columns == upper.columns else matrix.columns
    return replace(turned, rows=cells)


def _locate(path: Path) -> Sources:
    if path.is_dir():
        return find_sources(path)
    if not path.exists():
        raise DataError(
            f"{path}: no such file or folder. Give a folder, an .h5ad, a csv, tsv or parquet "
            'matrix, or "toy".'
        )
    return Sources(path, None, None, path.name.partition(".")[0])


def _open_toy(
    data: str,
    *,
    net: str | Path | None,
    tfs: str | Path | None,
    name: str | None,
    species: str | None,
) -> Dataset:
    if net is not None or tfs is not None:
        raise DataError("toy brings its own network and TFs; leave out --net and --tfs.")
    dataset = toy(**_parse_settings(data))
    return replace(dataset, name=name or dataset.name, species=species)


def _parse_settings(data: str) -> dict:
    """Arguments of `toy` from ``toy:genes=300,cells=500``."""
    defaults = {key: item.default for key, item in inspect.signature(toy).parameters.items()}
    settings = {}
    for item in filter(None, data.partition(":")[2].split(",")):
        key, _, text = (part.strip() for part in item.partition("="))
        if key not in defaults:
            raise DataError(f'{data}: unknown setting "{key}"; toy has {", ".join(defaults)}.')
        try:
            settings[key] = type(defaults[key])(text)
        except ValueError as error:
            raise DataError(
                f'{data}: {key}="{text}" is no number; write e.g. {key}={defaults[key]}.'
            ) from error
    return settings
