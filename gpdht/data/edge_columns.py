"""Which columns of an edge list hold TF, target, weight, sign and label."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from gpdht.data.net_options import NOT_READ, NetOptions
from gpdht.data.text_tables import find, plain, shorten
from gpdht.errors import DataError

SOURCES = (
    *("sourcegenesymbol", "source", "tf", "tfname", "tfsymbol", "transcriptionfactor"),
    *("gene1", "regulator", "regulatorgene", "regulatorygene", "from"),
)
TARGETS = (
    *("targetgenesymbol", "target", "targetname", "targetsymbol", "gene2", "targetgene"),
    *("regulatedgene", "gene", "tg", "to"),
)
BY_CONVENTION = {"gene1", "gene2"}
"""Names that say which is the TF by BEELINE's convention alone."""
WEIGHTS = ("weight", "importance", "edgeweight", "score", "value")
SIGNS = ("mor", "sign", "type", "effect", "regulation", "interaction")
LABELS = (
    *("label", "labels", "class", "isedge", "edge", "known", "isknown", "knownedge"),
    *("truth", "groundtruth", "istrue"),
)
ACCEPTED = (
    "source,target[,weight] (decoupler), TF,target[,importance] (arboreto) or "
    "Gene1,Gene2[,Type|Score|EdgeWeight] (BEELINE)"
)

Said = Literal["given", "named", "convention", "order"]


@dataclass(frozen=True)
class EdgeColumns:
    """Positions of an edge list's columns.

    Parameters
    ----------
    names : of all columns, as messages and ``--columns`` call them: the header's, or numbers.
    has_header : whether the first line is one.
    said : what tells TF from target: ``--columns``, names, BEELINE's convention, or order alone.
    """

    source: int
    target: int
    weight: int | None
    sign: int | None
    label: int | None
    names: list[str]
    has_header: bool
    said: Said

    @property
    def unread(self) -> list[int]:
        """The columns that no role has."""
        read = {self.source, self.target, self.weight, self.sign, self.label}
        return [i for i in range(len(self.names)) if i not in read]


def find_columns(
    table: pd.DataFrame, known_names: Collection[str], options: NetOptions, where: str
) -> EdgeColumns:
    """The columns that the options give, and for the other roles those that the header names.

    Parameters
    ----------
    table : all lines as text; the first may be a header.
    known_names : names of the matrix. A list without a header is accepted if it has two or three
        columns, and the names of its first line are among them (in any case).

    Raises
    ------
    DataError
        If a given column is not there, or TF or target cannot be told.
    """
    first = table.iloc[0].tolist() if len(table) else []
    header = [plain(name) for name in first]
    at = {role: _place(name, first, role, where) for role, name in options.chosen.items()}
    named = [find(header, names) for names in (SOURCES, TARGETS)]
    given = [at.get("tf"), at.get("target")]
    source, target = (
        one if one is not None else two for one, two in zip(given, named, strict=True)
    )
    if source is not None and target is not None:
        in_names = None not in named or not _names_a_gene(table, (source, target), known_names)
        convention = {header[source], header[target]} == BY_CONVENTION
        said: Said = "given" if given != [None, None] else "convention" if convention else "named"
    else:
        if given != [None, None] or not _is_edge(table, known_names):
            raise DataError(_no_header(first, known_names, where))
        source, target, in_names, said = 0, 1, False, "order"
    if source == target:
        raise DataError(
            f"{where}: TF and target are the same column, {source + 1} of {len(first)}; expected "
            "two. Pass --columns tf=NAME,target=NAME."
        )
    others = [
        name if in_names and i not in (source, target) else "" for i, name in enumerate(header)
    ]
    label = at["label"] if "label" in at else find(others, LABELS)
    weight = at["weight"] if "weight" in at else find(others, WEIGHTS)
    if not in_names and len(first) == 3 and "weight" not in at and label is None:
        weight = 3 - source - target
    sign = find(others, SIGNS)
    return EdgeColumns(
        source,
        target,
        weight,
        sign=None if sign in at.values() or ("weight" in at and weight is None) else sign,
        label=label,
        names=first if in_names else [str(i) for i in range(1, len(first) + 1)],
        has_header=in_names,
        said=said,
    )


def _place(column: str, first: list[str], role: str, where: str) -> int | None:
    """Position of a column that was given by number or, if no column has it, by name."""
    if column == NOT_READ and role in ("weight", "label") and column not in first:
        return None
    if column.isdecimal() and 1 <= int(column) <= len(first):
        return int(column) - 1
    matches = [i for i, name in enumerate(first) if name == column]
    if len(matches) == 1:
        return matches[0]
    found = "no column" if not matches else f"{len(matches)} columns are called"
    raise DataError(
        f'{where}: {found} "{column}" for {role}; the first line has {shorten(first)}. Give one '
        f"of these names, or a number from 1 to {len(first)}."
    )


def _seen(
    table: pd.DataFrame, ends: tuple[int, int], known_names: Collection[str]
) -> tuple[list[bool], list[bool]]:
    """Whether each end of the first line is a gene of the matrix, and whether it stands below."""
    known = {name.upper() for name in known_names}
    names, below = table.iloc[0, list(ends)], table.iloc[1:, list(ends)]
    return [name.upper() in known for name in names], [
        bool((below == n).any(axis=None)) for n in names
    ]


def _names_a_gene(table: pd.DataFrame, ends: tuple[int, int], known_names: Collection[str]) -> bool:
    in_matrix, below = _seen(table, ends, known_names)
    return any(in_matrix) or any(below)


def _is_edge(table: pd.DataFrame, known_names: Collection[str]) -> bool:
    """Whether the first line of two or three columns names two genes, one of the matrix."""
    if table.shape[1] not in (2, 3) or table.empty:
        return False
    in_matrix, below = _seen(table, (0, 1), known_names)
    return any(in_matrix) and all(map(any, zip(in_matrix, below, strict=True)))


def _no_header(first: list[str], known_names: Collection[str], where: str) -> str:
    """What to do about a first line that tells neither TF and target nor an edge."""
    known = {name.upper() for name in known_names}
    genes = [i for i, name in enumerate(first, start=1) if name.upper() in known]
    if len(genes) > 3:
        return (
            f"{where}: the first line names {len(genes)} genes, as that of an adjacency matrix; "
            f"expected one line per edge: {ACCEPTED}. Melt it; lines of weight 0 are no edges."
        )
    one, two = genes if len(genes) == 2 else ("NAME", "NAME")
    return (
        f'{where}: the header "{shorten(first)}" is not that of an edge list; expected {ACCEPTED}. '
        f"Rename the columns, add a header line, or pass --columns tf={one},target={two} (names or "
        "numbers)."
    )
