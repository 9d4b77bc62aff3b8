"""Human and mouse orthologs out of the tables of Ensembl's BioMart and of HCOP."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gpdht.data.priors import one_to_one
from gpdht.data.tables import read_columns
from gpdht.errors import DataError

SYMBOLS = ["human_symbol", "mouse_symbol"]
UNNAMED = ("", "-")


def read_biomart(path: Path, evidence: int) -> pd.DataFrame:
    """`human_symbol, mouse_symbol`: what Ensembl calls one-to-one, and is so by symbol too.

    Parameters
    ----------
    path : human genes with their mouse orthologs, as BioMart exports them.
    evidence : 1 takes the pairs of high confidence alone, 0 all.

    Raises
    ------
    DataError
        If it is no table, or has other columns.
    """
    kind, confidence = "Mouse homology type", "Mouse orthology confidence [0 low, 1 high]"
    table = _read(path, ["Gene name", "Mouse gene name", kind, confidence])
    kept = table[kind] == "ortholog_one2one"
    return _pairs(table[kept & (pd.to_numeric(table[confidence], errors="coerce") >= evidence)])


def read_hcop(path: Path, evidence: int) -> pd.DataFrame:
    """`human_symbol, mouse_symbol`: one-to-one pairs among those that enough databases name.

    Parameters
    ----------
    path : human genes with their mouse orthologs and the databases that name each pair.
    evidence : how many databases are enough. With few, a gene of which one database names a second
        ortholog has no one-to-one pair.

    Raises
    ------
    DataError
        If it is no table, or has other columns.
    """
    table = _read(path, ["Gene name", "Mouse gene name", "supporting_source"])
    databases = table["supporting_source"].str.split(",")
    number = databases.map(lambda names: len({name.strip() for name in names} - {""}))
    return _pairs(table[number >= evidence])


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    table = read_columns(path)
    missing = [name for name in columns if name not in table]
    if missing:
        raise DataError(
            f'{path}: no column "{missing[0]}"; expected human genes with their mouse orthologs '
            f"and the columns {', '.join(columns)}."
        )
    return table[list(columns)]


def _pairs(table: pd.DataFrame) -> pd.DataFrame:
    pairs = table[["Gene name", "Mouse gene name"]].set_axis(SYMBOLS, axis=1)
    named = pairs[~pairs.isin(UNNAMED).any(axis=1)].drop_duplicates()
    return one_to_one(named).reset_index(drop=True)
