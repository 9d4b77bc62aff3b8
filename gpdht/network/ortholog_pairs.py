"""Two networks of two species, joined pair by pair through one-to-one orthologs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gpdht.data.priors import read_orthologs
from gpdht.data.source import split_species
from gpdht.data.symbols import Symbols, spell
from gpdht.data.text_tables import read_named
from gpdht.errors import DataError
from gpdht.network.edge_tables import EdgeTable, read_edge_table
from gpdht.presentation import count

ENDS = ["source", "target"]
FIRST = {"source": "tf_1", "target": "target_1", "weight": "weight_1", "known": "known_1"}
SECOND = {"source": "tf_2", "target": "target_2", "weight": "weight_2", "known": "known_2"}
CLEAR = 2
"""A network is of the species that has this many times as many of its names as any other."""


@dataclass(frozen=True, eq=False)
class Side:
    """One of two networks that are compared.

    Parameters
    ----------
    name : its file.
    counts : what became of its pairs: `pairs`, `no ortholog` (of TF or target), `no TF` and
        `no target` (the other network does not have the ortholog as a TF, or has it not as a
        candidate of this TF), `compared`. The last four sum to the first.
    """

    species: str
    name: str
    table: EdgeTable
    counts: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Joined:
    """What two networks say of the pairs that both have.

    Parameters
    ----------
    pairs : `tf_1, target_1, tf_2, target_2, weight_1, weight_2, known_1, known_2`, by name.
    orthologs : names of the first species to those of the second.
    """

    sides: tuple[Side, Side]
    pairs: pd.DataFrame
    orthologs: Mapping[str, str]


def join(
    one: str | Path,
    other: str | Path,
    *,
    orthologs: Path,
    pairs: Iterable[tuple[str, str]] = (),
    symbols: Symbols = "exact",
) -> Joined:
    """The pairs of two networks whose TF and target both have one-to-one orthologs.

    Parameters
    ----------
    one, other : files of `gpdht predict` or `gpdht fit --scores`; ``human:NET`` says the species,
        else the names of the genes must tell it.
    pairs : orthologs that the table does not have, in the order of the networks.

    Raises
    ------
    DataError
        If a file cannot be read, a species cannot be told, a pair contradicts the table, or no
        pair is in both networks.
    """
    if not orthologs.is_file():
        raise DataError(
            f"{orthologs}: no such file; expected a csv of one-to-one orthologs with a column "
            "SPECIES_symbol for each species. Give one to --orthologs."
        )
    said, places = zip(*map(split_species, (one, other)), strict=True)
    written = [read_edge_table(Path(place)) for place in places]
    species = [
        name or _species_of(table, orthologs, place)
        for name, table, place in zip(said, written, places, strict=True)
    ]
    if species[0] == species[1]:
        raise DataError(
            f"both networks are of the species {species[0]}; expected two. Say which, "
            f"e.g. human:{places[0]} mouse:{places[1]}."
        )
    tables = [_spelt(table, place, symbols) for table, place in zip(written, places, strict=True)]
    there = read_orthologs(orthologs, source=species[0], target=species[1], symbols=symbols)
    there = _with_pairs(there, [tuple(spell(pair, symbols)) for pair in pairs], orthologs)
    back = {name: ortholog for ortholog, name in there.items()}
    both = _merged(tables, there)
    if both.empty:
        raise DataError(_nothing_common(tables, places, there))
    sides = (
        Side(species[0], Path(places[0]).name, tables[0], _counts(tables[0], tables[1], there)),
        Side(species[1], Path(places[1]).name, tables[1], _counts(tables[1], tables[0], back)),
    )
    return Joined(sides, both, there)


def _spelt(table: EdgeTable, place: str, symbols: Symbols) -> EdgeTable:
    """The table with names in upper case if `symbols` says so."""
    if symbols not in ("exact", "upper"):
        raise DataError(f'symbols "{symbols}": expected exact or upper.')
    if symbols == "exact":
        return table
    edges = table.edges.assign(**{end: table.edges[end].str.upper() for end in ENDS})
    twice = edges.duplicated(ENDS)
    if twice.any():
        pair = edges[twice].iloc[0]
        raise DataError(
            f"{place}: in upper case {count(twice.sum(), 'pair')} more than once, "
            f"e.g. {pair['source']} → {pair['target']}; expected each once. "
            "Leave out --symbols upper, or rename them."
        )
    return EdgeTable(edges, table.out_of_fold, table.split)


def _species_of(table: EdgeTable, orthologs: Path, place: str) -> str:
    """The species that has clearly the most of the network's names."""
    names = {*table.edges["source"], *table.edges["target"]}
    known = read_named(orthologs)
    found = {
        column.removesuffix("_symbol"): len(names & set(known[column]))
        for column in known
        if column.endswith("_symbol")
    }
    best, *rest = sorted(found.items(), key=lambda item: -item[1]) or [("", 0)]
    if best[1] == 0 or any(best[1] < CLEAR * number for _, number in rest):
        counts = ", ".join(f"{number} of {name}" for name, number in found.items()) or "–"
        raise DataError(
            f"{place}: of its {len(names)} genes {orthologs.name} has {counts}, which does not "
            f"tell the species. Say it: e.g. {best[0] or 'human'}:{place}. (Names of another case "
            "than the table's need --symbols upper, too.)"
        )
    return best[0]


def _with_pairs(
    there: Mapping[str, str], pairs: Iterable[tuple[str, ...]], orthologs: Path
) -> dict[str, str]:
    """The orthologs with further pairs; a gene keeps the one it has."""
    known = dict(there)
    back = {name: ortholog for ortholog, name in known.items()}
    for one, other in pairs:
        taken = [f"{one} and {known.get(one, other)}", f"{back.get(other, one)} and {other}"]
        if known.setdefault(one, other) != other or back.setdefault(other, one) != one:
            clash = next(text for text in taken if text != f"{one} and {other}")
            raise DataError(
                f"pair {one}={other}: {clash} are orthologs already ({orthologs.name} or a pair "
                "before); expected genes without one. Leave the pair out, or change the file."
            )
    return known


def _merged(tables: list[EdgeTable], there: Mapping[str, str]) -> pd.DataFrame:
    one, other = (table.edges[[*ENDS, "weight", "known"]] for table in tables)
    first, second = one.rename(columns=FIRST), other.rename(columns=SECOND)
    first = first.assign(tf_2=first["tf_1"].map(there), target_2=first["target_1"].map(there))
    both = first.dropna(subset=["tf_2", "target_2"]).merge(second, on=["tf_2", "target_2"])
    columns = [
        *("tf_1", "target_1", "tf_2", "target_2"),
        *("weight_1", "weight_2", "known_1", "known_2"),
    ]
    return both[columns].sort_values(["tf_1", "target_1"], ignore_index=True)


def _counts(table: EdgeTable, other: EdgeTable, orthologs: Mapping[str, str]) -> dict[str, int]:
    ends = [table.edges[end].map(orthologs) for end in ENDS]
    mapped = pd.DataFrame(dict(zip(ENDS, ends, strict=True))).dropna()
    has_tf = mapped["source"].isin(set(other.edges["source"]))
    candidates = pd.MultiIndex.from_frame(other.edges[ENDS])
    compared = int(pd.MultiIndex.from_frame(mapped).isin(candidates).sum())
    return {
        "pairs": len(table.edges),
        "no ortholog": len(table.edges) - len(mapped),
        "no TF": int((~has_tf).sum()),
        "no target": int(has_tf.sum()) - compared,
        "compared": compared,
    }


def _nothing_common(tables: list[EdgeTable], places: tuple, there: Mapping[str, str]) -> str:
    one, other = (set(table.edges["source"]) for table in tables)
    mapped = {there[name] for name in one if name in there}
    return (
        f"{places[0]} and {places[1]}: 0 pairs are in both; of {len(one)} and {len(other)} TFs "
        f"{len(mapped)} of the first have a one-to-one ortholog and {len(mapped & other)} of these "
        f'are TFs of the second (e.g. "{min(one)}" and "{min(other)}"; the orthologs have '
        f'"{next(iter(there), "–")}"). Check the species, and whether all spell names alike '
        "(--symbols upper)."
    )
