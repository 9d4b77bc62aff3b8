"""Edge lists in every usual dialect."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from gpdht.data.edge_columns import ACCEPTED, EdgeColumns, find_columns
from gpdht.data.edge_rows import ENDS, keep_edges, keep_listed, whole_weights
from gpdht.data.edge_weights import MINUS, PLUS, edge_weights
from gpdht.data.ensembl_versions import match_versions
from gpdht.data.net_options import AS_FOUND, NetOptions
from gpdht.data.problems import Problem
from gpdht.data.symbols import Symbols, spell
from gpdht.data.text_tables import NO, YES, read_text, says_no, text_of_frame
from gpdht.data.tf_lists import read_tfs
from gpdht.errors import DataError

OTHER_LABEL = (
    "Name its column with --label-column NAME; if all rows are edges, rename this one or pass "
    "--columns label=none."
)
NO_LABELS = (
    "No known edges of these cells? Train on a set that has some, with others and priors if you "
    "like (gpdht fit SET --with OTHER --set cv.split=set --save MODEL: its score is that of cells "
    "without labels, as SET's are left out), and train its configuration again here (gpdht predict "
    "MODEL DATA --with OTHER --retrain -o net.parquet)."
)
NO_NET = Problem(
    "warning",
    "no edge list: without known edges nothing can be trained",
    f"Pass --net FILE with the columns source,target (TF → target). {NO_LABELS}",
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
    problems : what reading dropped or doubts.
    columns : where the edge list has TF, target and weight; None without an edge list.
    options : what was said of it.
    """

    edges: pd.DataFrame
    tfs: list[str] | None
    where: str
    problems: list[Problem]
    columns: EdgeColumns | None
    options: NetOptions

    @property
    def genes(self) -> set[str]:
        """Both ends of all edges, or the TF list without edges."""
        return {*self.edges["source"], *self.edges["target"]} or set(self.tfs or ())


def read_labels(
    net: Net | None,
    tfs: str | Path | Iterable[str] | None,
    known_names: Collection[str],
    *,
    symbols: Symbols = "exact",
    options: NetOptions = AS_FOUND,
) -> Labels:
    """Edges and TFs of files, or of tables and names in memory, spelt as `symbols` says.

    Raises
    ------
    DataError
        As `read_edges` and `read_tfs`, or if edges of listed TFs are asked for and there are none.
    """
    columns, problems = None, [NO_NET]
    edges = pd.DataFrame(columns=ENDS, dtype=object)
    if net is not None:
        edges, columns, problems = _read_and_keep(net, known_names, options)
    if symbols == "upper":
        edges = edges.assign(**{end: edges[end].str.upper() for end in ENDS})
    where, listed = "the net" if net is None else _name(net), None
    edges, matched = _in_known_versions(edges, known_names, where)
    problems = problems + matched
    if tfs is not None:
        if isinstance(tfs, str | Path):
            names, left_out = read_tfs(Path(tfs))
            problems = problems + left_out
        else:
            names = [str(tf) for tf in tfs]
        versions, matched = match_versions(spell(names, symbols), known_names, "TF list")
        problems = problems + matched
        listed = list(dict.fromkeys(versions.get(tf, tf) for tf in spell(names, symbols)))
    if options.only_tfs and net is not None:
        edges, outside = keep_listed(edges, listed, where)
        problems = problems + outside
    return Labels(edges, listed, where, problems, columns, options)


def _in_known_versions(
    edges: pd.DataFrame, known_names: Collection[str], where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges with Ensembl ids in the version that the matrix has."""
    versions, problems = match_versions([*edges["source"], *edges["target"]], known_names, where)
    if not versions:
        return edges, []
    return edges.assign(**{end: edges[end].replace(versions) for end in ENDS}), problems


def read_edges(
    net: Net, known_names: Collection[str], options: NetOptions = AS_FOUND
) -> tuple[pd.DataFrame, list[Problem]]:
    """`source, target[, weight]` of the rows that are edges, and what was dropped or doubtful.

    Rows whose label says no are none, nor are those of weight 0 or below `options.min_weight`.

    Parameters
    ----------
    net : a file, or a table with the columns of one.
    known_names : names of the matrix; a net without a header is accepted only if the names of its
        first line are among them (in any case).

    Raises
    ------
    DataError
        If the file is missing, empty or ragged, its columns are not those of an edge list, a label
        is neither yes nor no, or no row is an edge.
    """
    edges, _, problems = _read_and_keep(net, known_names, options)
    return edges, problems


def read_ranking(net: Net) -> tuple[pd.DataFrame, list[Problem]]:
    """`source, target[, weight]` of all rows of a predicted network, whatever labels stand beside.

    Raises
    ------
    DataError
        If the file is missing, empty or ragged, or its columns are not those of an edge list.
    """
    rows, _, problems = _read(net, (), NetOptions(columns="label=none"))
    edges, warned = whole_weights(rows, _name(net))
    return edges, problems + warned


def _name(net: Net) -> str:
    """What messages call a net."""
    return "the net" if isinstance(net, pd.DataFrame) else Path(net).name


def _read_and_keep(
    net: Net, known_names: Collection[str], options: NetOptions
) -> tuple[pd.DataFrame, EdgeColumns, list[Problem]]:
    rows, columns, problems = _read(net, known_names, options)
    edges, dropped = keep_edges(rows, options, _name(net))
    edges, warned = whole_weights(edges, _name(net))
    return edges, columns, [*problems, *dropped, *warned]


def _read(
    net: Net, known_names: Collection[str], options: NetOptions
) -> tuple[pd.DataFrame, EdgeColumns, list[Problem]]:
    """All rows as `source, target[, weight][, no]`, weight NaN where it is no number."""
    in_memory = isinstance(net, pd.DataFrame)
    table = text_of_frame(net) if in_memory else read_text(Path(net), expected=ACCEPTED)
    where = "the net" if in_memory else str(net)
    columns = find_columns(table, known_names, options, where)
    if columns.has_header:
        table = table.iloc[1:]
    if table.empty:
        raise DataError(f"{where}: 0 edges after the header; expected one line per edge.")
    table = table.reset_index(drop=True).set_axis(columns.names, axis=1)

    def column(position: int | None) -> pd.Series | None:
        return None if position is None else table.iloc[:, position]

    weight, problems = edge_weights(column(columns.weight), column(columns.sign), _name(net))
    label = column(columns.label)
    found = {
        "source": column(columns.source),
        "target": column(columns.target),
        "weight": weight,
        "no": None if label is None else says_no(label, where, what="an edge", remedy=OTHER_LABEL),
    }
    rows = pd.DataFrame({name: values for name, values in found.items() if values is not None})
    return rows, columns, [*problems, *_doubt_unread(table, columns, options, _name(net))]


def _doubt_unread(
    table: pd.DataFrame, columns: EdgeColumns, options: NetOptions, where: str
) -> list[Problem]:
    """Warnings about columns that may be meant as label or sign."""
    unread, problems = table.iloc[:, columns.unread], []
    flag, sign = _with_both(unread, YES, NO), _with_both(unread, PLUS, MINUS)
    if flag and columns.label is None and "label" not in options.chosen:
        found = f'{where}: the column "{flag}" says yes or no of each row and was not read'
        remedy = f"If no means that a row is no edge, pass --label-column {flag}."
        problems.append(Problem("warning", found, remedy))
    if sign and columns.weight is None and columns.sign is None and "weight" not in options.chosen:
        found = f'{where}: the column "{sign}" says activation or repression and was not read'
        problems.append(Problem("warning", found, f"Pass --columns weight={sign}."))
    return problems


def _with_both(table: pd.DataFrame, one: Collection[str], other: Collection[str]) -> str | None:
    """The first column with a name that holds words of both kinds and nothing else."""
    for i, name in enumerate(table):
        words = set(table.iloc[:, i].str.lower())
        if name and words <= {*one, *other} and words & {*one} and words & {*other}:
            return name
    return None
