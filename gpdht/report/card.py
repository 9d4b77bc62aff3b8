"""The model card of a registered winner as parts of a page."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from gpdht.registry.card import shown_metrics
from gpdht.report.page import Command, Facts, Paragraph, Part, Table
from gpdht.report.registered import Registered
from gpdht.report.words import count, number, seconds, signed, title
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
    if winner is not None and found.winner not in (winner, -1):
        parts.append(
            Paragraph(f"The study went on since: trial {winner} is best now, not {found.winner}.")
        )
    return [*parts, *_scores(card), *_origin(card)]


def winners_gains(found: Registered | str, winner: int | None) -> dict[str, list[float]]:
    """The gain with each fresh seed, by score; empty unless it is the winner that is registered."""
    if isinstance(found, str) or found.winner != winner:
        return {}
    return {metric: list(gain["per_seed"]) for metric, gain in found.card["gain"].items()}


def _standing(found: Registered) -> str:
    called = f", called {' and '.join(found.aliases)}" if found.aliases else ""
    reason = f" ({found.reason})" if found.reason else ""
    seeds = found.card["protocol"]["seeds"]
    return (
        f"Trial {found.winner} is registered as {found.ref}{called}{reason}: an ensemble of "
        f"{count(len(seeds), 'replicate')} of the same settings."
    )


def _scores(card: Mapping[str, Any]) -> list[Part]:
    rows = []
    for metric in shown_metrics(card):
        test, baseline = (card["replicated"][f"{kind}/{metric}"] for kind in ("test", "baseline"))
        gain = card["gain"].get(metric)
        rows.append(
            (
                title(metric),
                number(test["pooled"]),
                f"{number(test['mean'])} ± {number(test['sd'])}",
                number(baseline["pooled"]),
                _gain(gain),
            )
        )
    seeds = ", ".join(str(seed) for seed in card["protocol"]["seeds"])
    table = Table(
        f"Replicated scores: fresh folds and seeds ({seeds}) that the search has not used. "
        "Pooled: the mean over seeds of the score of all tested pairs together.",
        ("score", "test, pooled", "test, over folds", "labels only, pooled", "gain ± sd"),
        rows,
    )
    return [table, Paragraph(card["says"]), Paragraph(card["caveat"])]


def _gain(gain: Mapping[str, Any] | None) -> str:
    if gain is None:
        return "–"
    return signed(gain["mean"]) + ("" if gain["sd"] is None else f" ± {number(gain['sd'])}")


def _origin(card: Mapping[str, Any]) -> list[Part]:
    data, study = card["data"], card["study"]
    settings = ", ".join(
        f"{path} {value:.4g}" if isinstance(value, float) else f"{path} {value}"
        for path, value in study["settings"].items()
    )
    return [
        Facts(
            [
                (
                    "Trained on",
                    f"{data['name']}: {data['genes']} genes, {data['cells']} cells, "
                    f"{data['tfs']} TFs with known edges, {data['edges']} known edges",
                ),
                ("Fingerprint", data["fingerprint"]),
                ("Epochs", str(study["best_epoch"])),
                ("Settings", settings or "none searched"),
                ("Cost", ", ".join(f"{k} {seconds(v)}" for k, v in card["seconds"].items())),
                ("Versions", ", ".join(f"{k} {v}" for k, v in card["versions"].items())),
            ]
        )
    ]
