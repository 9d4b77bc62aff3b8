"""Whether a search paid, as a table and a sentence."""

from __future__ import annotations

from gpdht.metrics.names import TITLES
from gpdht.presentation import Table, between, count, number, signed
from gpdht.search.verdict import Beside, Verdict


def verdict_table(verdict: Verdict) -> Table:
    """The three scores of the winner and of the reference, and the differences."""
    seeds = count(len(verdict.seeds), "seed")
    named = (
        (f"selection score, {verdict.objective}", verdict.selection),
        ("corrected for selection", verdict.corrected),
        (f"on fresh folds, {seeds}" if verdict.seeds else "on fresh folds", verdict.replicated),
    )
    rows = [(name, *_cells(beside)) for name, beside in named]
    winner = f"trial {verdict.winner}"
    return Table(
        "The winner beside the reference, the space's default",
        ("", winner, f"trial {verdict.reference}", "difference", "95 % interval"),
        rows,
        f"Selection score: the best of {count(verdict.trials, 'complete trial')}, so biased "
        f"upward. The others: {TITLES[verdict.metric]} out of fold, pooled over folds. Corrected: "
        "what the trial that is best on targets drawn with replacement scores on those not drawn, "
        "mean over draws (BBC-CV); the reference on the same. Fresh folds: both trained again with "
        "seeds that the search has not used. Intervals: of the difference, over draws of the "
        f"targets.{_over(verdict)}",
    )


def _over(verdict: Verdict) -> str:
    return f" All are means over {', '.join(verdict.sets)}." if verdict.sets else ""


def _cells(beside: Beside | None) -> tuple[str, str, str, str]:
    if beside is None:
        return "–", "–", "–", "–"
    return (
        number(beside.winner),
        number(beside.reference),
        signed(beside.difference),
        between(beside.low, beside.high, sign=True) or "–",
    )


def verdict_tables(verdict: Verdict | None) -> list[Table]:
    """`verdict_table`, where there are two trials to compare."""
    return [] if verdict is None or verdict.paid == "same" else [verdict_table(verdict)]


def say_verdict(verdict: Verdict) -> str:
    """Whether searching paid, in words made of the numbers."""
    score, against = TITLES[verdict.metric], f"the reference (trial {verdict.reference})"
    if verdict.trials == 1:
        return f"Nothing can be said of the search: {against} is the only complete trial."
    if verdict.paid == "same":
        return (
            f"The default was enough: {against} is itself the best of "
            f"{count(verdict.trials, 'complete trial')}, so searching found nothing better."
        )
    gain = verdict.selection.difference
    if verdict.replicated is None:
        return (
            f"Trial {verdict.winner} is {number(abs(gain))} better than {against} in "
            f"{verdict.objective}, by which it was chosen. Whether that holds on fresh folds has "
            "not been measured: resume the search (with --replicates 1 or more), or register it."
        )
    found = verdict.replicated
    figures = (
        f"on fresh folds ({count(len(verdict.seeds), 'seed')}) trial {verdict.winner} is "
        f"{number(abs(found.difference))} {'above' if found.difference >= 0 else 'below'} "
        f"{against} in {score} (95 % interval {between(found.low, found.high, sign=True)})"
    )
    return {
        "better": f"Searching paid: {figures}.",
        "worse": f"Searching did not pay: {figures}. Use the reference.",
        "unclear": f"Searching is not shown to have paid: {figures}, so the two may be equally "
        "good.",
    }[verdict.paid]
