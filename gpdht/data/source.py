"""Opening data of any supported kind as a `Dataset`."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import pandas as pd

from gpdht.data.dataset import Dataset
from gpdht.data.folders import Sources, find_sources
from gpdht.data.matrices import Orientation, read_matrix
from gpdht.data.problems import check_choice
from gpdht.data.symbols import Symbols
from gpdht.data.toy import toy
from gpdht.errors import DataError


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
    check_choice("symbols", symbols, Symbols)
    if str(data).partition(":")[0] == "toy" and not Path(data).exists():
        if net is not None or tfs is not None:
            raise DataError("toy brings its own network and TFs; leave out --net and --tfs.")
        simulated = toy(**_parse_settings(str(data)))
        return replace(simulated, name=name or simulated.name, species=species)
    found = _locate(Path(data))
    edges = next((place for place in (net, found.net, default_net) if place is not None), None)
    if edges is None:
        raise DataError(
            f"{data}: no edge list beside the expression matrix; expected TF → target edges. "
            "Pass --net FILE with the columns source,target."
        )
    return Dataset.from_matrix(
        read_matrix(found.matrix),
        edges,
        tfs=found.tfs if tfs is None else tfs,
        orientation=orientation,
        symbols=symbols,
        name=name or found.name,
        species=species,
    )


def _locate(path: Path) -> Sources:
    if path.is_dir():
        return find_sources(path)
    if not path.exists():
        raise DataError(
            f"{path}: no such file or folder. Give a folder, an .h5ad, a csv, tsv or parquet "
            'matrix, or "toy".'
        )
    return Sources(path, None, None, path.name.partition(".")[0])


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
