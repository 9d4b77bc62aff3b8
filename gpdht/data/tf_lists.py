"""TF lists: one name per line, or a table of TFs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gpdht.data.problems import Problem
from gpdht.data.text_tables import find, plain, read_text, says_no, shorten
from gpdht.errors import DataError

TF_COLUMNS = (
    *("source", "tf", "gene1", "regulator", "regulatorgene", "from"),
    *("tfs", "gene", "symbol", "name", "genesymbol", "hgncsymbol", "mgisymbol", "genename"),
)
IS_TF = ("istf", "tfornot", "label")


def read_tfs(path: Path) -> tuple[list[str], list[Problem]]:
    """The names of a TF list, each once, and how many genes it says are no TFs.

    Raises
    ------
    DataError
        If the file is missing or empty, has several columns none of which is known, or one that
        should say whether a gene is a TF says something else.
    """
    table = read_text(path, expected="one name per line")
    first = table.iloc[0].tolist()
    header = [plain(name) for name in first]
    column = find(header, TF_COLUMNS)
    if column is None and len(header) > 1:
        raise DataError(
            f'{path}: no column of TFs in the header "{shorten(first)}"; '
            'expected one name per line, or a column "TF".'
        )
    names = table[0] if column is None else table[column].iloc[1:]
    problems: list[Problem] = []
    label = None if column is None else find(header, IS_TF)
    if label is not None:
        names, problems = _tfs_alone(names, table[label].iloc[1:].rename(first[label]), path)
    found = [name for name in dict.fromkeys(names.tolist()) if name]
    if not found:
        raise DataError(f"{path}: 0 TFs after the header; expected one name per line.")
    return found, problems


def _tfs_alone(names: pd.Series, label: pd.Series, path: Path) -> tuple[pd.Series, list[Problem]]:
    """The names whose label says that they are TFs."""
    remedy = "Remove or rename the column."
    no = says_no(label, str(path), what="a TF", remedy=remedy)
    if not no.any():
        return names, []
    found = (
        f'{path.name}: {no.sum()} of {len(names)} genes are no TFs by the column "{label.name}", '
        f'e.g. "{names[no].iloc[0]}"'
    )
    return names[~no], [Problem("repaired", found, "Nothing to do: they were left out.")]
