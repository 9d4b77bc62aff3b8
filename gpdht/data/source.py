"""Opening data of any supported kind as a `Dataset`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from gpdht.data.dataset import Dataset
from gpdht.data.matrices import Orientation, read_matrix
from gpdht.data.priors import read_orthologs
from gpdht.data.problems import check_choice
from gpdht.data.symbols import Symbols
from gpdht.data.toy import toy
from gpdht.errors import DataError

ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
BL_MATRIX, BL_NET = "BL--ExpressionData", "BL--network"
BEELINE_MATRIX, BEELINE_NETS = "ExpressionData", ("GroundTruthNetwork", "refNetwork")
WITH_EXPRESSION = "Specific Dataset"


@dataclass(frozen=True)
class _Sources:
    """The files of a dataset and what to call it; `net` is None if the folder has none."""

    matrix: Path
    net: Path | None
    tfs: Path | None
    name: str


def open_dataset(
    data: str | Path,
    *,
    net: str | Path | None = None,
    tfs: str | Path | None = None,
    symbols: Symbols = "exact",
    orientation: Orientation = "auto",
    name: str | None = None,
    species: str | None = None,
    priors: Sequence[str | Path] = (),
    orthologs: str | Path | None = None,
    default_net: pd.DataFrame | None = None,
) -> Dataset:
    """The dataset at a place, checked and cleaned.

    Parameters
    ----------
    data : ``toy`` (or ``toy:genes=300,cells=500,seed=1``), a folder in the ``BL--`` or BEELINE
        layout, an ``.h5ad``, or a csv, tsv or parquet matrix of genes × cells or cells × genes.
        ``mouse:PLACE`` says its species.
    net : edge list; needed beside a matrix file, and taken instead of a folder's own.
    tfs : TF list, instead of a folder's own.
    symbols : ``upper`` writes all gene names in upper case before they are compared.
    orientation : what a matrix file's rows are; ``auto`` looks for the edge list's genes.
    species : of the data; only needed to translate priors of another.
    priors : networks that models may see beside the labels: edge lists, or folders of datasets,
        which give their labels. ``human:PLACE`` says its species; another than the data's needs
        `orthologs`.
    orthologs : csv with a column ``{species}_symbol`` for each species, one-to-one pairs.
    default_net : `source, target`; the known edges where no edge list is given or found, e.g.
        those of a model that is asked about new cells.

    Raises
    ------
    DataError
        With what was found, what was expected and what to do.
    """
    check_choice("symbols", symbols, Symbols)
    named, place = split_species(data)
    dataset = _open_labelled(
        place,
        net=net,
        tfs=tfs,
        symbols=symbols,
        orientation=orientation,
        name=name,
        species=species or named,
        default_net=default_net,
    )
    return _add_priors(dataset, priors, orthologs, symbols) if priors else dataset


def split_species(text: str | Path) -> tuple[str | None, str]:
    """Species (None if it is not said) and place of ``mouse:PLACE`` or ``PLACE``."""
    found = re.fullmatch(r"(?!toy:)(\w{2,}):(.+)", str(text))
    return (None, str(text)) if found is None or Path(text).exists() else (found[1], found[2])


def absolute(text: str | Path) -> str:
    """The same place, readable from any folder; species and names of simulations stay."""
    species, place = split_species(text)
    path = str(Path(place).absolute()) if Path(place).exists() else place
    return path if species is None else f"{species}:{path}"


def _open_labelled(
    data: str | Path,
    *,
    net: str | Path | None,
    tfs: str | Path | None,
    symbols: Symbols,
    orientation: Orientation,
    name: str | None,
    species: str | None,
    default_net: pd.DataFrame | None,
) -> Dataset:
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


def _locate(path: Path) -> _Sources:
    if path.is_dir():
        return _find_sources(path)
    if not path.exists():
        raise DataError(
            f"{path}: no such file or folder. Give a folder, an .h5ad, a csv, tsv or parquet "
            'matrix, or "toy".'
        )
    return _Sources(path, None, None, path.name.partition(".")[0])


def _add_priors(
    dataset: Dataset,
    priors: Sequence[str | Path],
    orthologs: str | Path | None,
    symbols: Symbols,
) -> Dataset:
    nets: dict[str, str | Path | pd.DataFrame] = {}
    tables = {}
    for species, place in map(split_species, priors):
        path, name = _edge_list(Path(place))
        if name in nets:
            raise DataError(f'two priors are called "{name}": {nets[name]} and {path}. Rename one.')
        nets[name] = path
        if species is None or species == dataset.species:
            continue
        if orthologs is None or dataset.species is None:
            raise DataError(
                f"prior {species}:{place} is of another species than the data; translating it "
                "takes a table of orthologs and the species of the data. Pass --orthologs FILE and "
                "write e.g. mouse:DATA."
            )
        tables[name] = read_orthologs(
            Path(orthologs), source=species, target=dataset.species, symbols=symbols
        )
    return dataset.with_priors(nets, symbols=symbols, orthologs=tables)


def _edge_list(place: Path) -> tuple[Path, str]:
    """The edge list at a place, and what to call it."""
    if not place.is_dir():
        return place, place.name.partition(".")[0]
    name = "/".join(place.resolve().parts[-3:])
    net = find_table(place, BL_NET) or _find_sources(place).net
    if net is None:
        raise DataError(f"{place}: no edge list in this folder; give a file of TF → target edges.")
    return net, name


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


def _find_sources(folder: Path) -> _Sources:
    """The files of a folder in the ``BL--`` layout or in BEELINE's own.

    A ``BL--`` folder without expression (STRING, Non-Specific, Lofgof) takes the matrix of the
    same cell type and size under ``Specific Dataset``; genes are joined by name later. BEELINE's
    known edges may lie beside ``ExpressionData.csv`` or one folder up.

    Raises
    ------
    DataError
        If the folder has neither layout, or the matrix is nowhere.
    """
    net, matrix = find_table(folder, BL_NET), find_table(folder, BL_MATRIX)
    if net is not None or matrix is not None:
        name = "/".join(folder.resolve().parts[-3:])
        return _Sources(matrix or _sibling_matrix(folder), net, find_table(folder, "TF"), name)
    matrix = find_table(folder, BEELINE_MATRIX)
    if matrix is None:
        raise DataError(_no_layout(folder))
    places = (folder, folder.resolve().parent)
    nets = [find_table(place, stem) for place in places for stem in BEELINE_NETS]
    net = next((path for path in nets if path is not None), None)
    return _Sources(matrix, net, None, "/".join(folder.resolve().parts[-2:]))


def find_table(folder: Path, stem: str) -> Path | None:
    """The table of that name, with any of the known endings."""
    return next((path for end in ENDINGS if (path := folder / f"{stem}{end}").is_file()), None)


def point_inside(folder: Path, pattern: str) -> str | None:
    """Where such a table lies further down, as the end of a message; None if nowhere near."""
    inside = [
        path.parent
        for depth in range(1, 5)
        for end in ENDINGS
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
    found = f"{folder}: {sum(1 for _ in folder.iterdir())} entries but no expression"
    if (pointer := point_inside(folder, f"*{BEELINE_MATRIX}")) is not None:
        return f"{found}; {pointer}"
    return (
        f"{found}; expected {BL_MATRIX}.csv and {BL_NET}.csv, or {BEELINE_MATRIX}.csv and "
        f"{BEELINE_NETS[0]}.csv. Give such a folder, or a matrix file with --net."
    )
