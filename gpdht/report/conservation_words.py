"""What is said of conserved and specific regulation: tables, and sentences on what it means."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from gpdht.network.conservation import Conservation
from gpdht.network.conservation_hubs import conserved_targets, conserved_tfs, known_in
from gpdht.network.gene_modules import NOT_COMPARED, ModuleEdges
from gpdht.presentation import Table, count, p_value, short, short_signed
from gpdht.report.conservation_rules import meaning, rule_of

SHOWN, EDGES = 10, 20
Q_VALUES = ["q_conserved", "q_specific_1", "q_specific_2"]
CIRCULAR = (
    "The {who} weights are not out of fold. A model scores the edges it was trained on high, so "
    "regulation that is in both edge lists looks conserved because it was read there. Give files "
    "of `gpdht fit --scores` to see what expression says."
)
PLACES = {
    "pairs": "in the network",
    "no ortholog": "no one-to-one ortholog",
    "no TF": "TF only here",
    "no target": "target only here",
    "compared": "compared",
}


def tables(found: Conservation, module: ModuleEdges | None = None) -> list[Table]:
    """What was compared, classes, best pairs of each class, hubs, and the edges of a module."""
    made = [_compared(found), _classes(found), *best_pairs(found), tf_table(found)]
    targets = target_table(found)
    made += [targets] if targets.rows else []
    return made + ([module_table(found, module)] if module is not None else [])


def sentences(found: Conservation, module: ModuleEdges | None = None) -> list[str]:
    """What the networks are, what is found in them, and what that does not show."""
    one, other = found.sides
    conserved, first, second, undecided = (found.counts()[name] for name in found.classes)
    tfs = conserved_tfs(found)
    said = [
        f"{count(len(found.pairs), 'ortholog pair')} of {count(len(tfs), 'TF')} in both networks: "
        f"{conserved:,} conserved, {first:,} {one.species}-specific, {second:,} "
        f"{other.species}-specific, {undecided:,} undecided (false discovery rate "
        f"{short(found.rules.fdr, 2)}).",
        _of_tfs(found, tfs),
        *meaning(found),
    ]
    if undecided == len(found.pairs):
        least = ", ".join(
            f"{name} {short(found.pairs[column].min(), 2)}"
            for name, column in zip(found.classes, Q_VALUES, strict=False)
        )
        said.insert(1, f"No pair has a class; the smallest q-values are: {least}.")
    return said + (_of_module(found, module) if module is not None else [])


def warning(found: Conservation) -> str:
    """That weights are not out of fold, if they are not; else empty."""
    seen = [side.species for side in found.sides if not side.table.out_of_fold]
    return CIRCULAR.format(who=" and ".join(seen)) if seen else ""


def best_pairs(found: Conservation) -> list[Table]:
    """The first pairs of each class that has some."""
    table = found.pairs.assign(
        q=found.pairs[Q_VALUES].min(axis=1),
        strength=(found.pairs["score_1"] - 0.5).abs() + (found.pairs["score_2"] - 0.5).abs(),
    ).sort_values(["q", "strength", "tf_1", "target_1"], ascending=[True, False, True, True])
    one, other = (side.species for side in found.sides)
    header = ("TF → target", one, other, "difference", "q", f"known: {one}", other)
    made = []
    for name in found.classes[:3]:
        part = table[table["class"] == name]
        if part.empty:
            continue
        rows = tuple(
            (
                _edge(row),
                short(row.score_1),
                short(row.score_2),
                short_signed(row.difference),
                p_value(row.q),
                _yes(row.known_1),
                _yes(row.known_2),
            )
            for row in part.head(SHOWN).itertuples()
        )
        made.append(Table(_first(f"{name}: the {len(rows)} best of {len(part):,}"), header, rows))
    return made


def tf_table(found: Conservation) -> Table:
    """The TFs with most targets in a class."""
    rows = tuple(
        (
            _both(row.tf_1, row.tf_2),
            f"{row.compared:,}",
            *(f"{number:,}" for number in row[4:8]),
            _signed(row.rho),
            p_value(row.q),
        )
        for row in conserved_tfs(found).head(SHOWN).itertuples()
    )
    note = (
        "rho: rank correlation of both scores over the TF’s targets; q: of its p-value over the "
        "TFs. Hubs are often TFs with many known targets."
    )
    header = ("TF", "compared", *found.classes, "rho", "q")
    return Table("TFs with most conserved, then specific, targets", header, rows, note)


def target_table(found: Conservation) -> Table:
    """The targets with most TFs in a class; no rows where nothing is called."""
    called = conserved_targets(found)
    called = called[called[list(found.classes[:3])].any(axis=1)]
    rows = tuple(
        (_both(row.target_1, row.target_2), *(f"{number:,}" for number in row[3:8]))
        for row in called.head(SHOWN).itertuples()
    )
    header = ("target", "TFs compared", *found.classes)
    return Table("Targets with most conserved, then specific, regulators", header, rows)


def module_table(found: Conservation, module: ModuleEdges, most: int | None = EDGES) -> Table:
    """The edges among the genes of a module; those that both networks have come first."""
    one, other = (side.species for side in found.sides)
    alone = module.edges["class"] == NOT_COMPARED
    edges = module.edges.assign(alone=alone).sort_values("alone", kind="stable")
    rows = tuple(
        (
            _edge(row),
            _score(row.score_1, row.in_1),
            _score(row.score_2, row.in_2),
            _signed(row.difference),
            _yes(row.known_1) if row.in_1 else "–",
            _yes(row.known_2) if row.in_2 else "–",
            row.called,
        )
        for row in edges.rename(columns={"class": "called"}).head(most or len(edges)).itertuples()
    )
    header = ("TF → target", one, other, "difference", f"known: {one}", other, "class")
    note = "alone: a pair of this network that the other does not have; –: no pair of it."
    if most and len(edges) > most:
        note += f" The first {most} of {len(edges)}; --json has all."
    title = f"Edges among {module.name}, of the networks’ pairs"
    return Table(title, header, rows, note, words=(0, 6))


def _compared(found: Conservation) -> Table:
    header = ("", *PLACES.values())
    rows = tuple(
        (f"{side.species} ({side.name})", *(f"{side.counts[name]:,}" for name in PLACES))
        for side in found.sides
    )
    note = (
        "only here: the ortholog is no TF of the other network, or no candidate target of it. "
        "These pairs are in no class."
    )
    return Table("What was compared: pairs of each network", header, rows, note)


def _classes(found: Conservation) -> Table:
    one, other = (side.species for side in found.sides)
    rows = tuple(
        (row[0], f"{sum(row[1:]):,}", *(f"{number:,}" for number in row[1:]))
        for row in known_in(found).itertuples(index=False, name=None)
    )
    header = ("", "pairs", "known in both", f"only {one}", f"only {other}", "in neither")
    return Table("Classes, and where their pairs are known", header, rows, rule_of(found))


def _of_tfs(found: Conservation, tfs: pd.DataFrame) -> str:
    """Which TFs' rankings are more alike than by chance, and which are opposed."""
    sure = tfs["q"] <= found.rules.fdr
    names = {
        what: tfs.loc[sure & side, "tf_1"].head(SHOWN).tolist()
        for what, side in (("alike", tfs["rho"] > 0), ("opposed", tfs["rho"] < 0))
    }
    alike = int((sure & (tfs["rho"] > 0)).sum())
    text = (
        f"{alike} of {count(len(tfs), 'TF')} rank their targets more alike in both species than by "
        f"chance (q up to {short(found.rules.fdr, 2)}; mean rank correlation "
        f"{_signed(tfs['rho'].mean())})"
    )
    said = [f"{what}: {', '.join(own)}" for what, own in names.items() if own]
    return text + (f". {_first('; '.join(said))}." if said else ".")


def _of_module(found: Conservation, module: ModuleEdges) -> list[str]:
    edges = module.edges
    compared = edges[edges["class"] != NOT_COMPARED]
    called = compared["class"].value_counts()
    parts = ", ".join(f"{called.get(name, 0)} {name}" for name in found.classes)
    said = [
        f"{_first(module.name)}: {count(len(edges), 'pair')} among "
        f"{count(len(module.genes), 'gene')} in a network, {len(compared)} in both ({parts})."
    ]
    for number, side in enumerate(found.sides, start=1):
        has = module.genes[f"tf_{number}"] | module.genes[f"target_{number}"]
        absent = module.genes.loc[~has, f"gene_{number}"].tolist()
        no_tf = module.genes.loc[has & ~module.genes[f"tf_{number}"], f"gene_{number}"].tolist()
        if absent:
            said.append(f"Not in the {side.species} network: {', '.join(absent)}.")
        if no_tf:
            said.append(f"In the {side.species} network only targets: {', '.join(no_tf)}.")
    if module.unknown:
        said.append(
            f"Without a one-to-one ortholog in the table, so in no pair: "
            f"{', '.join(module.unknown)}. Where you know it, name it: --pair NAME=NAME."
        )
    return said


def _edge(row: Any) -> str:
    return f"{_both(row.tf_1, row.tf_2)} → {_both(row.target_1, row.target_2)}"


def _both(one: str, other: str) -> str:
    """A gene's name, with that of its ortholog where it is more than another spelling."""
    return one if one.upper() == other.upper() else f"{one}/{other}"


def _score(value: float, has: bool) -> str:
    return short(value) if not math.isnan(value) else "alone" if has else "–"


def _signed(value: float) -> str:
    return "–" if pd.isna(value) else short_signed(value)


def _yes(known: bool) -> str:
    return "yes" if known else "no"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
