"""Edge lists and TF lists in every usual dialect."""

from __future__ import annotations

import textwrap
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from gpdht.data.dataset import Problem
from gpdht.data.matrices import read_parquet
from gpdht.data.tables import read_strings
from gpdht.errors import DataError

SOURCES = ("source", "tf", "gene1", "regulator", "regulatorygene", "from")
TARGETS = ("target", "gene2", "targetgene", "gene", "to")
WEIGHTS = ("weight", "importance", "edgeweight", "score", "type", "mor", "sign")
TF_COLUMNS = (*SOURCES, "tfs", "gene", "symbol", "name", "gene_symbol")
SIGNS = {"+": 1.0, "-": -1.0}
ACCEPTED = (
    "source,target[,weight] (decoupler), TF,target[,importance] (arboreto) or "
    "Gene1,Gene2[,Type|Score|EdgeWeight] (BEELINE)"
)


def read_edges(path: Path, known_names: Collection[str]) -> tuple[pd.DataFrame, list[Problem]]:
    """`source, target[, weight]` as the file has them, and what was doubtful about the weights.

    Parameters
    ----------
    known_names : names of the matrix; a file without a header is accepted only if both names of
        its first line are among them (in any case).

    Raises
    ------
    DataError
        If the file is missing, empty or ragged, or its columns are not those of an edge list.
    """
    table = _read_table(path)
    header = [name.lower() for name in table.iloc[0]]
    source, target, weight = (_find(header, names) for names in (SOURCES, TARGETS, WEIGHTS))
    if source is None or target is None:
        first = table.iloc[0].tolist()
        known = {name.upper() for name in known_names}
        if len(first) not in (2, 3) or not {name.upper() for name in first[:2]} <= known:
            raise DataError(
                f'{path}: the header "{_shorten(first)}" is not that of an edge list; '
                f"expected {ACCEPTED}. Rename the columns or add a header line."
            )
        source, target, weight = 0, 1, 2 if len(first) == 3 else None
    else:
        table = table.iloc[1:]
    if table.empty:
        raise DataError(f"{path}: 0 edges after the header; expected one line per edge.")
    edges = pd.DataFrame(
        {"source": table[source].astype(object), "target": table[target].astype(object)}
    ).reset_index(drop=True)
    if weight is None:
        return edges, []
    return _with_weight(edges, table[weight].reset_index(drop=True), path)


def read_tfs(path: Path) -> list[str]:
    """The names of a TF list: one per line, or the TF column of a table.

    Raises
    ------
    DataError
        If the file is missing or empty, or has several columns none of which is known.
    """
    table = _read_table(path)
    header = [name.lower() for name in table.iloc[0]]
    column = _find(header, TF_COLUMNS)
    if column is None and len(header) > 1:
        raise DataError(
            f'{path}: no column of TFs in the header "{_shorten(table.iloc[0].tolist())}"; '
            'expected one name per line, or a column "TF".'
        )
    names = table[column].iloc[1:] if column is not None else table[0]
    found = [name for name in dict.fromkeys(names.tolist()) if name]
    if not found:
        raise DataError(f"{path}: 0 TFs after the header; expected one name per line.")
    return found


def _read_table(path: Path) -> pd.DataFrame:
    """All rows as text; the first may be a header."""
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected {ACCEPTED}.")
    if path.suffix not in (".parquet", ".pq"):
        return read_strings(path)
    frame = read_parquet(path)
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    header = pd.DataFrame([[str(name) for name in frame.columns]])
    body = frame.astype(str).set_axis(range(frame.shape[1]), axis=1)
    return pd.concat([header, body], ignore_index=True)


def _shorten(header: list[str]) -> str:
    """The header as one text, cut where it is long."""
    return textwrap.shorten(", ".join(header), 80, placeholder=" …")


def _find(header: list[str], names: Collection[str]) -> int | None:
    """Position of the first of `names` that the header has."""
    return next((header.index(name) for name in names if name in header), None)


def _with_weight(
    edges: pd.DataFrame, text: pd.Series, path: Path
) -> tuple[pd.DataFrame, list[Problem]]:
    weight = pd.Series([_as_number(item) for item in text], dtype=float)
    bad = weight.isna()
    if not bad.any():
        return edges.assign(weight=weight), []
    found = f'{path.name}: {bad.sum()} weights are no numbers, e.g. "{text[bad].iloc[0]}"'
    remedy = "All weights were left out; edges count as known whatever their weight."
    return edges, [Problem("warning", found, remedy)]


def _as_number(text: str) -> float:
    """NaN for what is none; Python's own parser, for pandas' may be off in the last digit."""
    try:
        return SIGNS[text] if text in SIGNS else float(text)
    except ValueError:
        return float("nan")
