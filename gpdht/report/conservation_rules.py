"""What a class of two species means, by the rules it was called by."""

from __future__ import annotations

from gpdht.network.conservation import Conservation
from gpdht.network.conservation_hubs import known_in
from gpdht.network.conservation_reach import reach
from gpdht.presentation import count, short


def rule_of(found: Conservation) -> str:
    """The rules of the classes, and what a score is."""
    rules = found.rules
    if rules.by == "probability":
        return (
            "A score is the probability of a known edge, calibrated out of fold; a class is the "
            f"likeliest of the three, with q (the mean probability of error) up to {rules.fdr:g}."
        )
    return (
        f"conserved: both scores at least {rules.high:g}; specific: one at least {rules.high:g}, "
        f"the other at most {rules.low:g}; each with q up to {rules.fdr:g}. A score is the share "
        "of the TF’s compared targets below it, those level with it counted half"
        + (", the target’s popularity taken away." if rules.beyond == "both" else ".")
    )


def meaning(found: Conservation) -> list[str]:
    """What classes show, and what they cannot."""
    return _of_probability(found) if found.rules.by == "probability" else _of_chance(found)


def _of_chance(found: Conservation) -> list[str]:
    said = [
        "Undecided is not the same as different: a class is only called where matching the TF’s "
        "targets at random would seldom give such scores, and a low score beside a high one is "
        "what most matches give.",
        *_of_reach(found),
    ]
    if found.rules.beyond == "tf":
        said.append(
            "Targets that many TFs have in both species count as conserved for each of them; "
            "--beyond both takes that away."
        )
    return said


def _of_reach(found: Conservation) -> list[str]:
    """How many known edges could be called, were both networks without an error."""
    rows = [row for row in reach(found).itertuples(index=False) if row.known]
    if not rows:
        return []
    parts = ", ".join(f"{row.called:,} of {row.known:,} {row[0]}" for row in rows)
    return [
        f"Were both networks their own known edges, {parts} pairs would be called. Where a TF "
        "shares many of its targets, matching at random gives many shared ones, too; --by "
        "probability asks how probable the edges are instead."
    ]


def _of_probability(found: Conservation) -> list[str]:
    known = known_in(found).set_index("class")
    right = zip(found.classes, ("both", "first", "second"), strict=False)
    called, true = 0, 0
    for name, where in right:
        called += int(known.loc[name].sum())
        true += int(known.loc[name, where])
    said = [
        "Undecided is not the same as different: either edge is too uncertain. What is specific "
        "is so by this kind of label: a TF with many more known targets in one species, as of a "
        "deeper experiment, has many pairs specific to it."
    ]
    if called:
        said.insert(
            0,
            f"By the known edges {short((called - true) / called, 2)} of the "
            f"{count(called, 'called pair')} are in a wrong class.",
        )
    return said
