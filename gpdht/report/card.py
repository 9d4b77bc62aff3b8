"""The model card of a registered winner as parts of a page."""

from __future__ import annotations

import shlex

from gpdht.registry.card import best_trial, card_tables, facts, sentences
from gpdht.report.page import Command, Facts, Paragraph, Part
from gpdht.report.registered import Registered
from gpdht.search.replicates import read_replicates
from gpdht.search.study import Study


def card_parts(found: Registered | str, study: Study, winner: int | None) -> list[Part]:
    """The card; without one a sentence, and the command that registers the winner."""
    if isinstance(found, str):
        if winner is None:
            return [Paragraph(found)]
        command = shlex.join(["gpdht", "register", str(study.folder), "--name", study.name])
        return [
            Paragraph(
                f"{found} This registers the winner: it is scored again on fresh folds, trained "
                "on all pairs, and kept with its card."
            ),
            Command(command),
        ]
    card, parts = found.card, [Paragraph(_standing(found))]
    if winner is not None and best_trial(card) != winner:
        parts.append(
            Paragraph(
                f"The study went on since: trial {winner} is best now, not {best_trial(card)}."
            )
        )
    return [*parts, *card_tables(card), *map(Paragraph, sentences(card)), Facts(facts(card))]


def winners_gains(
    found: Registered | str, study: Study, winner: int | None
) -> dict[str, list[float]]:
    """The gain with each fresh seed, by score; empty unless it is the winner that is registered.

    The card is of one set; where the study has several, these are the means over them.
    """
    if isinstance(found, str) or winner is None or found.winner != winner:
        return {}
    if study.sets:
        kept = [one.result.metrics for one in read_replicates(study, winner).values()]
        shared = [m for m in found.card["gain"] if all(f"gain/{m}" in one for one in kept)]
        return {metric: [one[f"gain/{metric}"] for one in kept] for metric in shared if kept}
    return {metric: list(gain["per_seed"]) for metric, gain in found.card["gain"].items()}


def _standing(found: Registered) -> str:
    called = f", called {' and '.join(found.aliases)}" if found.aliases else ""
    reason = f" ({found.reason})" if found.reason else ""
    return f"Trial {found.winner} is registered as {found.ref}{called}{reason}."
