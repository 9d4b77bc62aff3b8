"""A study as a page."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from gpdht.presentation import Table, count
from gpdht.report.card import card_parts, winners_gains
from gpdht.report.gain_parts import gain_parts
from gpdht.report.page import Command, Facts, Figure, Folded, Page, Paragraph, Part, Section
from gpdht.report.pairs import HONEST, network_parts
from gpdht.report.registered import Registered
from gpdht.report.search_parts import search_parts, verdict_parts
from gpdht.report.study_words import (
    say_again,
    say_gain,
    say_overlap,
    say_pairs,
    say_progress,
    say_selection,
    say_split,
)
from gpdht.report.words import made, title
from gpdht.search.charts import study_charts
from gpdht.search.leaderboard import say_sets, sets_tables, trial_table
from gpdht.search.study import Study
from gpdht.search.study_tables import StudyTables


def study_page(study: Study, registered: Registered | str) -> Page:
    """The page of a study, finished or not.

    Parameters
    ----------
    registered : see `find_registered`.
    """
    tables = StudyTables(study)
    charts = study_charts(study, tables=tables)
    return Page(
        title=study.name,
        subtitle="A search for the best settings of a gene-regulatory-network model (study)",
        notice=say_progress(tables),
        sections=[
            Section("What the scores show", _summary(tables, registered)),
            Section("What was done", [*_facts(tables), *_space(tables)]),
            Section("Leaderboard", _leaderboard(tables, charts)),
            Section("Whether the search paid", verdict_parts(tables)),
            Section("Gain over labels alone", gain_parts(tables, charts, registered)),
            Section("Precision and recall", _curves(tables, charts)),
            Section("Network", _network(tables, charts)),
            Section("The search", search_parts(tables, charts)),
            Section("Model card", card_parts(registered, study, tables.winner)),
        ],
        made=made(),
    )


def _summary(tables: StudyTables, registered: Registered | str) -> list[Part]:
    verdict, *rest = say_gain(tables)
    again = say_again(tables, winners_gains(registered, tables.study, tables.winner))
    texts = [*rest, say_sets(tables), say_overlap(tables), again, say_split(tables)]
    texts += [say_selection(tables), say_pairs(tables)]
    return [Paragraph(verdict, lead=True), *(Paragraph(text) for text in texts if text)]


def _facts(tables: StudyTables) -> list[Part]:
    study = tables.study
    record, space, protocol = study.record, study.space, study.record["protocol"]
    sets = record.get("sets") or [record["dataset"]]
    fixed = space.config({}).flat() if not space.params else {**space.fixed}
    seeds = f"folds {protocol.get('cv.seed', 0)}, weights {fixed.get('train.seed', 0)}"
    pairs = [
        *(
            pair
            for one in sets
            for pair in (
                ("Dataset", f"{one['name']}: {one['genes']} genes, {one['cells']} cells"),
                ("Fingerprint", one["fingerprint"]),
            )
        ),
        ("Candidate pairs", str(protocol.get("universe", "unknown"))),
        ("Negatives", _negatives(protocol)),
        ("Split", tables.split),
        (
            "Folds",
            f"{protocol.get('cv.folds', 1)}, with {protocol.get('cv.validation', 0):.0%} of "
            "each training part for validation",
        ),
        ("Seeds", f"{seeds}, proposals {space.sampler.seed}"),
        ("Objective", f"{space.objective.metric}, {_better(space.objective.mode)} is better"),
        *((f"Constraint on {name}", limit) for name, limit in space.constraints.items()),
        (
            "Search",
            f"{count(space.trials, 'trial')}, sampler {space.sampler.name}, scheduler "
            f"{space.scheduler.name}",
        ),
        ("Versions", f"gpdht {record['gpdht']}"),
    ]
    if tables.period:
        start, end = (f"{at:%Y-%m-%d %H:%M}" for at in tables.period)
        pairs.append(("When", f"{start} to {end}"))
    return [Facts(pairs)]


def _better(mode: str) -> str:
    return "higher" if mode == "max" else "lower"


def _negatives(protocol: Mapping[str, Any]) -> str:
    kind = protocol.get("pairs.negatives", "unknown")
    if kind == "all":
        return "all candidate pairs that are not known edges"
    return f"{kind}, {protocol.get('pairs.ratio')} for each known edge"


def _space(tables: StudyTables) -> list[Part]:
    study = tables.study
    rows = [(param.path, str(param), param.condition) for param in study.space.params]
    parts: list[Part] = []
    if rows:
        header = ("setting", "range or choices", "searched if")
        table = Table("Searched settings.", header, rows, words=(0, 1, 2))
        parts.append(Folded("Searched settings", [table]))
    if study.space.fixed:
        fixed = [(path, str(value)) for path, value in study.space.fixed.items()]
        parts.append(Folded("Settings that all trials share", [Facts(fixed)]))
    source = study.record.get("source") or {}
    if source.get("data"):
        place = str(study.folder / "space.yaml")
        data = [source["data"], *source.get("together", ())]
        command = ["gpdht", "search", *data, "--space", place, "--name", f"{study.name}-again"]
        command += ["--trials", str(study.space.trials)]
        parts += [Paragraph("The same search again:"), Command(shlex.join(command))]
    return parts


def _leaderboard(tables: StudyTables, charts: Mapping[str, Any]) -> list[Part]:
    if tables.leaderboard().empty:
        return [Paragraph("No complete trial has a test score yet, so there is no leaderboard.")]
    return [
        Figure(
            f"Test {title(tables.metric)} of the best trials",
            charts["leaderboard"],
            "A dot is a trial’s score on the tested pairs, the best on top, and the bar its 95 % "
            "interval; where bars overlap widely, the order of the trials may be chance.",
        ),
        trial_table(tables),
        *sets_tables(tables),
    ]


def _curves(tables: StudyTables, charts: Mapping[str, Any]) -> list[Part]:
    if "precision_recall" not in charts:
        return [Paragraph(_no_scores(tables))]
    return [
        Figure(
            f"Precision and recall of trial {tables.winner}{_on_first(tables)}",
            charts["precision_recall"],
            "Going down the ranking, recall is the share of the known edges found so far, "
            "precision the share of known edges among the pairs taken; the higher the line the "
            "better, and the dashed line is a random order. Bands: 95 %, point by point.",
        )
    ]


def _network(tables: StudyTables, charts: Mapping[str, Any]) -> list[Part]:
    if tables.network.empty:
        return [Paragraph(_no_scores(tables))]
    first = [Paragraph(f"The network{_on_first(tables)}.")] if tables.study.sets else []
    return [*first, Paragraph(HONEST), *network_parts(tables.network, charts)]


def _on_first(tables: StudyTables) -> str:
    """Which of several sets a picture is of."""
    return f" on {tables.study.sets[0]}, the first set" if tables.study.sets else ""


def _no_scores(tables: StudyTables) -> str:
    if tables.winner is None:
        return "No trial is complete yet."
    return (
        f"The out-of-fold scores of trial {tables.winner} are not in the study’s folder "
        f"(scores/trial-{tables.winner:05d}.parquet), so they cannot be shown."
    )
