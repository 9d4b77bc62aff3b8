"""Edge lists and TF lists in every usual dialect."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from gpdht.data.matrices import read_parquet
from gpdht.data.problems import Problem
from gpdht.data.symbols import Symbols, spell
from gpdht.data.tables import exact_numbers, read_strings
from gpdht.errors import DataError

SOURCES = ("source", "tf", "gene1", "regulator", "regulatorygene", "from")
TARGETS = ("target", "gene2", "targetgene", "gene", "to")
WEIGHTS = ("weight", "importance", "edgeweight", "score", "type", "mor", "sign")
TF_COLUMNS = (*SOURCES, "tfs", "gene", "symbol", "name", "gene_symbol")
SIGNS = {"+": "1", "-": "-1"}
ACCEPTED = (
    "source,target[,weight] (decoupler), TF,target[,importance] (arboreto) or "
    "Gene1,Gene2[,Type|Score|EdgeWeight] (BEELINE)"
)

Net: TypeAlias = str | Path | pd.DataFrame


@dataclass(frozen=True, eq=False)
class Labels:
    """Known edges and listed TFs as they were given, before they meet a matrix.

    Parameters
    ----------
    edges : `source, target[, weight]`.
    tfs : names of the TF list, each once; None without a list.
    where : what messages call the edge list.
    problems : what was doubtful about the weights.
    """

    edges: pd.DataFrame
    tfs: list[str] | None
    where: str
    problems: list[Problem]

    @property
    def genes(self) -> set[str]:
        """Both ends of all edges."""
        return {*self.edges["source"], *self.edges["target"]}


def read_labels(
    net: Net,
    tfs: str | Path | Iterable[str] | None,
    known_names: Collection[str],
    *,
    symbols: Symbols = "exact",
) -> Labels:
    """Edges and TFs of files, or of tables and names in memory, spelt as `symbols` says.

    Raises
    ------
    DataError
        As `read_edges` and `read_tfs`.
    """
    edges, problems = read_edges(net, known_names)
    if symbols == "upper":
        edges = edges.assign(**{end: edges[end].str.upper() for end in ("source", "target")})
    listed = None
    if tfs is not None:
        names = read_tfs(Path(tfs)) if isinstance(tfs, str | Path) else map(str, tfs)
        listed = list(dict.fromkeys(spell(names, symbols)))
    return Labels(edges, listed, _name(net), problems)


def read_edges(net: Net, known_names: Collection[str]) -> tuple[pd.DataFrame, list[Problem]]:
    """`source, target[, weight]` as the net has them, and what was doubtful about the weights.

    Parameters
    ----------
    net : a file, or a table with the columns of one.
    known_names : names of the matrix; a net without a header is accepted only if both names of
        its first line are among them (in any case).

    Raises
    ------
    DataError
        If the file is missing, empty or ragged, or its columns are not those of an edge list.
    """
    in_memory = isinstance(net, pd.DataFrame)
    table = _as_text(net) if in_memory else _read_table(Path(net))
    where = "the net" if in_memory else net
    first = table.iloc[0].tolist() if len(table) else []
    header = [name.lower() for name in first]
    source, target, weight = (_find(header, names) for names in (SOURCES, TARGETS, WEIGHTS))
    if source is None or target is None:
        known = {name.upper() for name in known_names}
        if len(first) not in (2, 3) or not {name.upper() for name in first[:2]} <= known:
            raise DataError(
                f'{where}: the header "{_shorten(first)}" is not that of an edge list; '
                f"expected {ACCEPTED}. Rename the columns or add a header line."
            )
        source, target, weight = 0, 1, 2 if len(first) == 3 else None
    else:
        table = table.iloc[1:]
    if table.empty:
        raise DataError(f"{where}: 0 edges after the header; expected one line per edge.")
    table = table.reset_index(drop=True)
    edges = pd.DataFrame({"source": table[source], "target": table[target]}, dtype=object)
    if weight is None:
        return edges, []
    return _with_weight(edges, table[weight], _name(net))


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
    return (
        _as_text(read_parquet(path)) if path.suffix in (".parquet", ".pq") else read_strings(path)
    )


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The same of a table in memory; numbered columns are no header, a named index is a column."""
    numbered = isinstance(frame.columns, pd.RangeIndex)
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index(allow_duplicates=True)
    body = frame.astype(str).where(frame.notna(), "").set_axis(range(frame.shape[1]), axis=1)
    header = pd.DataFrame([[str(name) for name in frame.columns]])
    return pd.concat([body] if numbered else [header, body], ignore_index=True)


def _name(net: Net) -> str:
    """What messages call a net."""
    return "the net" if isinstance(net, pd.DataFrame) else Path(net).name


def _shorten(header: list[str]) -> str:
    """The header as one text, cut where it is long."""
    return textwrap.shorten(", ".join(header), 80, placeholder=" …")


def _find(header: list[str], names: Collection[str]) -> int | None:
    """Position of the first of `names` that the header has."""
    return next((header.index(name) for name in names if name in header), None)


def _with_weight(
    edges: pd.DataFrame, text: pd.Series, where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    weight = exact_numbers(text.replace(SIGNS))
    bad = np.isnan(weight)
    if not bad.any():
        return edges.assign(weight=weight), []
    found = f'{where}: {bad.sum()} weights are no numbers, e.g. "{text[bad].iloc[0]}"'
    remedy = "All weights were left out; edges count as known at any weight."
    return edges, [Problem("warning", found, remedy)]
