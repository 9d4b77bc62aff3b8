"""What `gpdht modules` says: tables, and sentences on what is recovered and what is not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gpdht.presentation import Table, count, short

if TYPE_CHECKING:
    import pandas as pd

    from gpdht.network.modules import Absent, Modules

SHOWN = 10
SURE = 0.05
"""A q-value up to which an overlap is called more than the degrees explain."""

NAMED = 6
"""Edges among the regulators that a sentence names."""

EDGES = 20
"""Edges among the regulators that a table shows."""

RIGID = 0.95
"""A share of common edges from which on random networks have no room to differ."""

SPLITS = {
    "edge": "Split edge: other pairs of each TF and of each target were seen with their labels, so "
    "much of the recovery is memory of them; hold it against labels alone.",
    "target": "Split target: no pair of a tested target was seen with its label; other targets of "
    "each TF were.",
    "tf": "Split tf: no pair of a tested TF was seen with its label; other TFs of each target "
    "were.",
    "set": "Split set: no label of this set was seen, only those of other sets.",
    "both": "Split both: neither the tested TF nor the tested target was seen with a label.",
}
CIRCULAR = (
    "WARNING: these weights are not out of fold. If the model was trained on the known edges, it "
    "has seen the answers: recovery of them is circular and says nothing about other edges. Give "
    "the file of `gpdht fit --scores`."
)
HUB_NOTE = (
    "known in data: known edges of all its candidates; rank: its place by these. Rank correlation "
    "over all TFs of targets in the network and in the data: {rho}."
)
TEST_NOTE = (
    "expected, fold, z, p, q: {random} random networks with the same degrees{folds}; shared: part "
    "of the edges that they have too. any gene: expected of targets drawn from all candidates of "
    "the TF, popular or not, and p of that (hypergeometric)."
)


def tables(found: Modules) -> list[Table]:
    """Hubs, most targeted genes, recovery, tests, labels alone and circuit, as far as there are."""
    rho = "undefined" if math.isnan(found.correlation) else short(found.correlation, 2)
    folds = " in each fold" if found.table.out_of_fold else ""
    note = TEST_NOTE.format(random=f"{found.random:,}", folds=folds)
    made = [
        _hubs(found.tfs, "Hubs: TFs with most targets in the network", HUB_NOTE.format(rho=rho)),
        _hubs(found.genes, "Most targeted genes", ""),
        _recovery(found.recovery, "Recovery of known targets"),
        _tests(found.recovery, "More than the degrees explain?", note),
    ]
    if found.by_labels is not None:
        made.append(_recovery(found.by_labels, "The network of labels alone, of equal size"))
        made.append(_tests(found.by_labels, "Labels alone: more than the degrees?", ""))
    return made + ([_circuit(found)] if found.circuit["candidate"].any() else [])


def sentences(found: Modules) -> list[str]:
    """What the table is, what its network recovers, what it does not, and what is not in it."""
    table, whole = found.table, found.recovery.iloc[-1]
    said = [SPLITS[table.split] if table.split else CIRCULAR]
    if table.missing():
        said.append(
            f"{table.missing():,} pairs of the table's TFs and genes are not in it; they count as "
            "no candidates."
        )
    for by, name in (("weight", ""), ("baseline", "Labels alone: ")):
        tied, inside = table.tied(found.top, by=by) if by in table.edges else (1, 1)
        if tied > inside:
            said.append(f"{name}{tied} pairs tie at the cut; {inside} of them are in, by name.")
    said.append(
        f"{count(found.top, 'best pair')}: {whole['overlap']:,} known (precision "
        f"{short(whole['precision'])}; of all pairs {short(whole['prevalence'])} are). "
        f"{_verdict(whole, 'as a whole they recover', found.top)}"
    )
    said += [_of_tf(found, place) for place in range(len(found.recovery) - 1)]
    said += [_of_absent(one) for one in found.absent]
    return said + ([_of_circuit(found)] if len(found.circuit) else [])


def _of_tf(found: Modules, place: int) -> str:
    row = found.recovery.iloc[place]
    text = (
        f"{row['tf']}: {row['overlap']:,} of {count(row['known_in_data'], 'known target')} "
        f"recovered, in {row['predicted']:,} predicted of {row['candidates']:,}. "
    )
    text += (
        _verdict(row, "it recovers", row["predicted"])
        if row["predicted"]
        else ("It has no target in the network, so nothing of it is recovered.")
    )
    if found.by_labels is not None:
        other = found.by_labels.iloc[place]
        text += f" Labels alone: {other['overlap']:,} in {other['predicted']:,} predicted."
    return text


def _verdict(row: pd.Series, who: str, predicted: int) -> str:
    """Whether the overlap is more than random networks of the same degrees have."""
    expected = f"{row['expected']:,.1f}"
    if row["q"] <= SURE:
        return (
            f"Random networks of the same degrees have {expected}: {who} "
            f"{row['fold']:.2f} times that (q = {_p(row['q'])})."
        )
    text = (
        f"Random networks of the same degrees have {expected} (q = {_p(row['q'])}): not surely "
        "more than popular targets and busy TFs explain."
    )
    if predicted and row["shared"] >= RIGID:
        text += f" They share {row['shared']:.0%} of the edges: there was little to exchange."
    return text


def _of_absent(one: Absent) -> str:
    why = (
        "is a gene of the table, but no TF with candidate targets"
        if one.is_gene
        else ("is not in the table")
    )
    near = f" (nearest TFs: {', '.join(one.nearest)})" if one.nearest else ""
    return f"{one.name} {why}{near}: nothing can be said of its targets."


def _of_circuit(found: Modules) -> str:
    edges = found.circuit
    inside = edges[edges["in_top"]].sort_values("rank")
    names = ", ".join(f"{row.source} → {row.target}" for row in inside.head(NAMED).itertuples())
    names += ", …" if len(inside) > NAMED else ""
    return (
        f"Edges among the regulators asked about: {len(edges)} thinkable, "
        f"{edges['candidate'].sum()} candidates, {edges['known'].sum()} known; {len(inside)} in "
        f"the network, {inside['known'].sum()} of them known" + (f" ({names})." if names else ".")
    )


def _hubs(hubs: pd.DataFrame, title: str, note: str) -> Table:
    rows = tuple(
        (
            str(row[0]),
            f"{row[1]:,}",
            f"{row[2]:,}",
            short(row[3]),
            f"{row[4]:,}",
            f"{row[5]:,}",
            str(row[7]),
        )
        for row in hubs.head(SHOWN).itertuples(index=False)
    )
    header = ("", hubs.columns[1], "known", "precision", "known in data", "of candidates", "rank")
    return Table(title, header, rows, note)


def _recovery(rows: pd.DataFrame, title: str) -> Table:
    header = ("", "known", "candidates", "prevalence", "predicted", "recovered")
    names = ("known_in_data", "candidates", "prevalence", "predicted", "overlap")
    return Table(
        title,
        (*header, "precision", "recall", "AUROC"),
        tuple(_cells(row, (*names, "precision", "recall", "auroc")) for _, row in rows.iterrows()),
    )


def _tests(rows: pd.DataFrame, title: str, note: str) -> Table:
    names = ("overlap", "expected", "fold", "z", "p", "q", "shared", "expected_any", "p_any")
    header = ("", "recovered", "expected", "fold", "z", "p", "q", "shared", "any gene", "p")
    return Table(title, header, tuple(_cells(row, names) for _, row in rows.iterrows()), note)


def _circuit(found: Modules) -> Table:
    edges = found.circuit[found.circuit["candidate"]].sort_values("rank")
    labels = "baseline_rank" in edges
    rows = tuple(
        (
            f"{row.source} → {row.target}",
            "yes" if row.known else "no",
            f"{row.rank:,.0f}",
            "yes" if row.in_top else "no",
            *(
                (f"{row.baseline_rank:,.0f}", "yes" if row.baseline_in_top else "no")
                if labels
                else ()
            ),
        )
        for row in edges.head(EDGES).itertuples()
    )
    header = ("", "known", "rank", "in network") + (("labels: rank", "in network") * labels)
    note = (
        f"The best {EDGES} of {len(edges)} candidates; --json has all."
        if len(edges) > EDGES
        else ""
    )
    return Table(f"Edges among them, of {len(found.table.edges):,} pairs", header, rows, note)


def _cells(row: pd.Series, names: tuple[str, ...]) -> tuple[str, ...]:
    return (str(row["tf"]), *(_cell(name, row[name]) for name in names))


def _cell(name: str, value: float) -> str:
    if math.isnan(value):
        return "–"
    if name in ("p", "q", "p_any"):
        return _p(value)
    if name in ("expected", "expected_any", "z"):
        return f"{value:,.1f}"
    if name == "fold":
        return f"{value:.2f}"
    return short(value) if isinstance(value, float) else f"{value:,}"


def _p(value: float) -> str:
    if value < 1e-300:
        return "<1e-300"  # beyond what the sums of a p-value can hold
    return f"{value:.0e}" if value < 0.0005 else short(value)
