"""Prior knowledge that installed packages ship, as the tables that everything here reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gpdht.data.gene_names import read_names
from gpdht.data.omnipath import name_genes
from gpdht.data.package_files import InstalledFile, find_file
from gpdht.data.prior_catalogue import NAMES, PRIORS, ShippedPrior, prior_named
from gpdht.data.priors import Orthologs, read_orthologs, translated
from gpdht.data.problems import Problem
from gpdht.errors import DataError


@dataclass(frozen=True, eq=False)
class LoadedPrior:
    """A shipped network or table of orthologs.

    Parameters
    ----------
    table : `source, target, weight`, each edge once, or `human_symbol, mouse_symbol`, one-to-one.
    problems : what was left out, and what is not as it was when the catalogue was written.
    """

    entry: ShippedPrior
    found: InstalledFile
    species: tuple[str, ...]
    evidence: int
    table: pd.DataFrame
    problems: tuple[Problem, ...]


def load_shipped(
    name: str,
    *,
    species: str | None = None,
    evidence: int | None = None,
    orthologs: Path | None = None,
    names: Path | None = None,
) -> LoadedPrior:
    """A network, or a table of orthologs, that an installed package ships.

    The package is not imported, and nothing is fetched.

    Parameters
    ----------
    name : of `gpdht.data.prior_catalogue.PRIORS`.
    species : of the genes of a network; another than its own translates it by one-to-one orthologs.
    evidence : edges or pairs with less are left out; None is the entry's own choice.
    orthologs : to translate with; None takes those that are installed.
    names : an HGNC table that names genes given by UniProt accession; None takes the installed one.

    Raises
    ------
    DataError
        For an unknown name, species or file, a package that is not installed, a file that is not
        what was installed, and if nothing is left.
    """
    entry = prior_named(name)
    _check_species(entry, species)
    found = find_file(entry.file)
    least = entry.evidence if evidence is None else evidence
    table = entry.read(found.path, least)
    problems = [] if found.checked else [_unchecked(entry, found)]
    if entry.kind == "network":
        table, more = _named(table, names)
        problems += more
        if species not in (None, *entry.species):
            table, more = _translated(table, entry, str(species), orthologs)
            problems += more
    if table.empty:
        raise DataError(f"{name}: nothing is left with evidence of at least {least}; ask for less.")
    here = entry.species if species is None else (species,)
    return LoadedPrior(entry, found, here, least, table, tuple(problems))


def _check_species(entry: ShippedPrior, species: str | None) -> None:
    known = ("human", "mouse")
    if species is not None and entry.kind == "orthologs":
        raise DataError(
            f"{entry.name} holds orthologs of {' and '.join(known)}; leave species out."
        )
    if species not in (None, *known):
        raise DataError(f'species "{species}" is unknown; use one of {", ".join(known)}.')


def _unchecked(entry: ShippedPrior, found: InstalledFile) -> Problem:
    what = f"{entry.file.package} {found.version} ships another edition of {entry.file.file}"
    return Problem(
        "warning",
        f"{what} than {entry.file.version}, which was looked into; its columns fit",
        f"Look at it with `gpdht priors show {entry.name}`, or {entry.file.install}",
    )


def _named(edges: pd.DataFrame, names: Path | None) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges under gene symbols, those of HGNC's table where there is one."""
    if names is None and NAMES.installed is not None:
        names = find_file(NAMES).path
    remedy = (
        f"{NAMES.install} brings their symbols; or give HGNC's hgnc_complete_set.txt by --names."
        if names is None
        else "Nothing to do: the table of names does not have them."
    )
    return name_genes(edges, {} if names is None else read_names(names), remedy=remedy)


def _translated(
    edges: pd.DataFrame, entry: ShippedPrior, species: str, orthologs: Path | None
) -> tuple[pd.DataFrame, list[Problem]]:
    pairs = (
        _shipped_orthologs(species)
        if orthologs is None
        else read_orthologs(orthologs, source=entry.species[0], target=species)
    )
    return translated(edges, pairs, entry.name)


def _shipped_orthologs(species: str) -> Orthologs:
    """The orthologs of the first table that is installed.

    Raises
    ------
    DataError
        If none is.
    """
    tables = [entry for entry in PRIORS if entry.kind == "orthologs"]
    for entry in tables:
        if entry.file.installed is not None:
            return dict(load_shipped(entry.name).table.itertuples(index=False, name=None))
    raise DataError(
        f"no table of orthologs is installed to translate to {species}; {tables[0].file.install}, "
        "or give one by --orthologs."
    )
