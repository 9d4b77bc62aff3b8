"""How a search went, as parts of a page: curves, settings, endings and cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gpdht.presentation import Table, count
from gpdht.report.page import Figure, Paragraph, Part
from gpdht.search.leaderboard import pareto_table, say_broken, say_endings
from gpdht.search.ledger import ledger_table, say_cost
from gpdht.search.study_tables import StudyTables
from gpdht.search.verdict_words import say_verdict, verdict_tables

_NUMBERS_SHOWN = 12


def search_parts(tables: StudyTables, charts: Mapping[str, Any]) -> list[Part]:
    """Learning curves, settings and their importance, endings with reasons, and cost."""
    return [
        *_curves(tables, charts),
        *_front(tables, charts),
        *_settings(tables, charts),
        *_importances(tables, charts),
        *_endings(tables),
        *_failures(tables),
    ]


def verdict_parts(tables: StudyTables) -> list[Part]:
    """The winner beside the reference: three scores each, and what they allow to say."""
    if tables.verdict is None:
        return [
            Paragraph(
                "There is no complete trial of the space’s own default to hold the winner against."
            )
        ]
    return [Paragraph(say_verdict(tables.verdict)), *verdict_tables(tables.verdict)]


def _curves(tables: StudyTables, charts: Mapping[str, Any]) -> list[Part]:
    if "learning_curves" not in charts:
        return [Paragraph("No trial has reported an epoch yet, so there are no learning curves.")]
    objective = tables.study.space.objective.metric
    chosen = "" if tables.winner is None else f"; the bold one is trial {tables.winner}"
    return [
        Figure(
            "Learning curves",
            charts["learning_curves"],
            f"A line is a trial, its height the selection score ({objective}) after each epoch"
            f"{chosen}; a line that ends early was given up or failed.",
        )
    ]


def _front(tables: StudyTables, charts: Mapping[str, Any]) -> list[Part]:
    excluded = [Paragraph(text) for text in [say_broken(tables)] if text]
    if "pareto_front" not in charts:
        return list(excluded)
    return [
        *excluded,
        Figure(
            "What a better score costs",
            charts["pareto_front"],
            "A dot is a complete trial. The line joins the trials that no other beats in score and "
            "cost at once: anything below it costs more for less.",
        ),
        pareto_table(tables),
    ]


def _settings(tables: StudyTables, charts: Mapping[str, Any]) -> list[Part]:
    if not tables.study.space.params:
        return [Paragraph("No setting was searched: the space has one point.")]
    if "parallel_coordinates" not in charts:
        return [Paragraph("Settings can be compared once two trials are complete.")]
    return [
        Figure(
            "Settings of the complete trials",
            charts["parallel_coordinates"],
            "A line is a trial and crosses each axis at its value of that setting; the colour is "
            "the selection score. Where the best lines meet on an axis, that value matters.",
        )
    ]


def _importances(tables: StudyTables, charts: Mapping[str, Any]) -> list[Part]:
    _, note = tables.importances
    if "importances" not in charts:
        return [Paragraph(f"Importance of the settings: {note}")] if note else []
    figure = Figure(
        "Importance of the settings",
        charts["importances"],
        "The longer a bar, the larger the share of the differences between trials that goes with "
        "this setting (functional ANOVA over the complete trials). It says what mattered within "
        "these ranges, not which value is best.",
    )
    return [figure, Paragraph(note)] if note else [figure]


def _endings(tables: StudyTables) -> list[Part]:
    if tables.endings.empty:
        return [Paragraph("No trial has been asked for yet.")]
    said = [say_endings(tables), say_cost(tables.ledger)]
    return [*(Paragraph(text) for text in said if text), ledger_table(tables.ledger)]


def _failures(tables: StudyTables) -> list[Part]:
    if tables.failures.empty:
        return [Paragraph("No trial failed.")] if tables.ended else []
    rows = [
        (_numbers(row.trials), row.state.replace("_", " "), row.error)
        for row in tables.failures.itertuples()
    ]
    caption = (
        f"{count(sum(map(len, tables.failures['trials'])), 'trial')} failed, for these reasons."
    )
    return [Table(caption, ("trials", "end", "reason"), rows, words=(0, 1, 2))]


def _numbers(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:_NUMBERS_SHOWN]))
    more = len(numbers) - _NUMBERS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
