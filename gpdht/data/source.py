"""Opening data of any supported kind as a `Dataset`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gpdht.data.dataset import Dataset, Names
from gpdht.data.edges import NO_LABELS, Net
from gpdht.data.folders import Sources, edge_list, locate
from gpdht.data.matrices import Orientation
from gpdht.data.matrix_files import matrix_in_memory, read_matrix
from gpdht.data.matrix_options import AS_STORED, MatrixOptions
from gpdht.data.net_options import AS_FOUND, NetOptions
from gpdht.data.options_of_data import SET, advise, advising
from gpdht.data.others import with_others
from gpdht.data.priors import translation
from gpdht.data.problems import check_choice, check_file, check_places
from gpdht.data.symbols import Symbols
from gpdht.data.toy import toy
from gpdht.errors import DataError

if TYPE_CHECKING:
    import anndata


def open_dataset(
    data: str | Path | anndata.AnnData | pd.DataFrame,
    *,
    net: Net | None = None,
    tfs: Names = None,
    symbols: Symbols = "exact",
    orientation: Orientation = "auto",
    name: str | None = None,
    species: str | None = None,
    priors: Sequence[str | Path] = (),
    orthologs: str | Path | None = None,
    others: Sequence[str | Path] = (),
    default_net: pd.DataFrame | None = None,
    net_options: NetOptions = AS_FOUND,
    matrix_options: MatrixOptions = AS_STORED,
    needs_net: bool = True,
) -> Dataset:
    """The dataset at a place or in memory, checked and cleaned; equal data are read equally.

    Parameters
    ----------
    data : ``toy`` (or ``toy:genes=300,cells=500,seed=1``), a folder in the ``BL--``, BEELINE or
        10x layout, an ``.h5ad``, 10x's ``.h5``, a loom file, or a csv, tsv or parquet matrix of
        genes × cells or cells × genes; or an AnnData, or a DataFrame with the names of genes and
        cells.
        ``mouse:PLACE`` says its species.
    net : edge list, a file or a DataFrame; needed beside a matrix, and taken instead of a folder's
        own.
    tfs : TF list, a file or names; instead of a folder's own.
    symbols : ``upper`` writes all gene names in upper case before they are compared.
    orientation : what a matrix file's rows are; ``auto`` looks for the edge list's genes.
    species : of the data; only needed to translate priors of another.
    priors : networks that models may see beside the labels: edge lists, or folders of datasets,
        which give their labels. ``human:PLACE`` says its species; another than the data's needs
        `orthologs`. Of networks of several species with one name, each set takes its own's.
    orthologs : table with a column ``{species}_symbol`` for each species, one-to-one pairs.
    others : other sets to learn from, as `data`, each with an edge list of its own; see
        `gpdht.data.others.with_others`.
    default_net : `source, target`; the known edges where no edge list is given or found, e.g.
        those of a model that is asked about new cells.
    net_options : what is to be said of the edge list: its columns, which of its rows are edges.
    matrix_options : layer, cells, gene names, duplicates and normalisation of the matrix;
        duplicates and normalisation hold for `others` too.
    needs_net : False opens expression without known edges too, if nothing is said of other
        networks; it can be looked at, and nothing trained on it.

    Raises
    ------
    DataError
        With what was found, what was expected and what to do.

    Examples
    --------
    >>> import gpdht as gp
    >>> dataset = gp.open_dataset("toy:genes=40,tfs=5,cells=30")
    >>> dataset.num_genes, dataset.num_cells, dataset.known_tfs.tolist()
    (40, 30, ['TF01', 'TF02', 'TF03', 'TF04', 'TF05'])

    Of an AnnData, with known edges in a table:

    >>> adata, edges = dataset.adata, dataset.net
    >>> mine = gp.open_dataset(adata, net=edges, name="mine", species="mouse")
    >>> mine.fingerprint == dataset.fingerprint
    True
    """
    check_choice("symbols", symbols, Symbols)
    check_places("priors", priors, in_memory="A table goes to Dataset.with_priors.")
    check_places("others", others, in_memory="A dataset goes to gpdht.data.others.with_others.")
    check_file("orthologs", orthologs)
    named, place = split_species(data) if isinstance(data, str | Path) else (None, data)
    dataset = _open_labelled(
        place,
        net=net,
        tfs=tfs,
        symbols=symbols,
        orientation=orientation,
        name=name,
        species=species or named,
        default_net=default_net,
        net_options=net_options,
        matrix_options=matrix_options,
        needs_net=needs_net or bool(priors or others) or net_options != AS_FOUND,
    )
    dataset = _add_priors(dataset, priors, orthologs, symbols) if priors else dataset
    if not others:
        return dataset
    said = matrix_options.of_other_sets()
    return _add_others(dataset, others, priors, orthologs, symbols=symbols, matrix_options=said)


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
    data: str | Path | anndata.AnnData | pd.DataFrame,
    *,
    net: Net | None,
    tfs: Names,
    symbols: Symbols,
    orientation: Orientation,
    name: str | None,
    species: str | None,
    default_net: pd.DataFrame | None,
    net_options: NetOptions,
    matrix_options: MatrixOptions,
    needs_net: bool,
) -> Dataset:
    if not isinstance(data, str | Path):
        where = type(data).__name__
        found, read = Sources(Path(where), None, None, where), partial(matrix_in_memory, data)
    elif str(data).partition(":")[0] == "toy" and not Path(data).exists():
        if net is not None or tfs is not None or net_options != AS_FOUND:
            raise DataError(
                "toy brings its own network and TFs; leave out --net, --tfs and their options."
            )
        if matrix_options.is_partial:
            raise DataError(
                "toy is as large as it is told; leave out --max-genes and --max-cells, and write "
                "e.g. toy:genes=300,cells=500."
            )
        simulated = toy(**_parse_settings(str(data)))
        return replace(simulated, name=name or simulated.name, species=species)
    else:
        where, found = str(data), locate(Path(data))
        read = partial(read_matrix, found.matrix)
    edges = next((place for place in (net, found.net, default_net) if place is not None), None)
    if edges is None and needs_net:
        raise DataError(
            f"{where}: no edge list beside the expression matrix; expected TF → target edges. "
            f"Pass --net FILE with the columns source,target. {NO_LABELS}"
        )
    tfs, matrix = found.tfs if tfs is None else tfs, read(matrix_options)
    if edges is None and tfs is None and (orientation, matrix.rows_are) == ("auto", "auto"):
        raise DataError(
            f"{where}: no edge list beside the expression matrix; without it or a TF list nothing "
            "tells genes from cells. Pass --net FILE, or --orientation genes (rows are genes) or "
            "--orientation cells."
        )
    return Dataset.from_matrix(
        matrix,
        edges,
        tfs=tfs,
        orientation=orientation,
        symbols=symbols,
        net_options=net_options,
        matrix_options=matrix_options,
        name=name or found.name,
        species=species,
    )


def _add_priors(
    dataset: Dataset,
    priors: Sequence[str | Path],
    orthologs: str | Path | None,
    symbols: Symbols,
) -> Dataset:
    nets: dict[str, str | Path | pd.DataFrame] = {}
    tables = {}
    for name, (species, place) in _by_name(priors, dataset.species).items():
        nets[name] = edge_list(place)[0]
        what = f"prior {species}:{place}"
        table = translation(species, dataset.species, orthologs, symbols=symbols, what=what)
        if table is not None:
            tables[name] = table
    return dataset.with_priors(nets, symbols=symbols, orthologs=tables)


def _by_name(priors: Sequence[str | Path], own: str | None) -> dict[str, tuple[str | None, Path]]:
    """Species and place of each prior by its name; of networks of several species that are called
    alike, the one of the dataset's own."""
    found: dict[str, list[tuple[str | None, Path]]] = {}
    for species, place in map(split_species, priors):
        found.setdefault(edge_list(Path(place))[1], []).append((species or own, Path(place)))
    for name, places in found.items():
        if len({species for species, _ in places}) < len(places):
            both = " and ".join(str(place) for _, place in places)
            same = len({place.resolve() for _, place in places}) < len(places)
            remedy = "Give each once" if same else "Rename one"
            raise DataError(f'two priors are called "{name}": {both}. {remedy}.')
    return {
        name: next((one for one in places if one[0] == own), places[0])
        for name, places in found.items()
    }


def _add_others(
    dataset: Dataset,
    places: Sequence[str | Path],
    priors: Sequence[str | Path],
    orthologs: str | Path | None,
    *,
    symbols: Symbols,
    matrix_options: MatrixOptions,
) -> Dataset:
    opened: list[Dataset] = []
    tables = {}
    for species, place in map(split_species, places):
        with advising(SET):
            other = open_dataset(
                place,
                symbols=symbols,
                species=species or dataset.species,
                matrix_options=matrix_options,
            )
        if other.name in {one.name for one in opened}:
            raise DataError(f'two other sets are called "{other.name}": {place}. Leave one out.')
        for own, prior in _by_name(priors, other.species).values():
            # a network that says nothing of these genes is no mistake: it was given for the dataset
            with suppress(DataError):
                said = prior if own is None else f"{own}:{prior}"
                other = _add_priors(other, [said], orthologs, symbols)
        what = f"set {species}:{place}"
        table = translation(species, dataset.species, orthologs, symbols=symbols, what=what)
        if table is not None:
            tables[other.name] = table
        opened.append(other)
    notes = [
        replace(problem, found=f"other set {other.name}: {problem.found}")
        for other in opened
        for problem in advise(other.problems, SET)
    ]
    joined = with_others(dataset, opened, orthologs=tables)
    return replace(joined, problems=(*joined.problems, *notes))


def _parse_settings(data: str) -> dict:
    """Arguments of `toy` from ``toy:genes=300,cells=500``."""
    given = inspect.signature(toy).parameters
    defaults = {key: one.default for key, one in given.items() if one.default is not None}
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
