"""`gpdht trials`: how the trials of a study stand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpdht.cli.tables import print_tables, result_console

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from gpdht.search.study import Study


def trials(
    study: Annotated[str, typer.Argument(help="A study's name or folder.")],
    *,
    studies: Annotated[Path, typer.Option(help="Folder of all studies.")] = Path("studies"),
    top: Annotated[int, typer.Option(min=1, help="How many of the best to show.")] = 10,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object with all trials.")
    ] = False,
) -> None:
    """Show a study's best trials, the label-only baseline beside them, and every failure."""
    from gpdht.search.study import open_study

    opened = open_study(study, studies)
    if as_json:
        print(json.dumps(summary_of(opened)))
        return
    console = result_console()
    print_leaderboard(opened, top=top, console=console)
    table = opened.trials()
    for _, row in table[table["error"].notna()].iterrows():
        console.print(f"trial {row['number']} {row['state']}: {row['error']}", markup=False)


def print_leaderboard(study: Study, *, top: int = 10, console: Console) -> None:
    """Print the best complete trials, then how all trials ended."""
    from gpdht.search.leaderboard import (
        pareto_table,
        say_broken,
        say_endings,
        say_sets,
        sets_tables,
        trial_table,
    )
    from gpdht.search.ledger import say_cost
    from gpdht.search.study_tables import StudyTables
    from gpdht.search.verdict_words import say_verdict, verdict_tables

    tables = StudyTables(study)
    console.print(
        f"{study.name}: {study.record['dataset']['name']}, split {tables.split}", markup=False
    )
    if len(tables.ranked):
        front = [pareto_table(tables)] if len(tables.pareto_front) else []
        board = [trial_table(tables, top), *sets_tables(tables), *front]
        print_tables([*board, *verdict_tables(tables.verdict)], console)
    verdict = say_verdict(tables.verdict) if tables.verdict else ""
    ends = (say_broken(tables), say_endings(tables), say_cost(tables.ledger))
    said = (say_sets(tables), verdict, *ends)
    for sentence in filter(None, said):
        console.print(sentence, markup=False, soft_wrap=True)


def summary_of(study: Study) -> dict[str, Any]:
    """The study as plain data: protocol, winner, trials."""
    from gpdht.search.study_tables import StudyTables

    tables = StudyTables(study)
    done = tables.winner is not None
    return {
        "study": study.name,
        "folder": str(study.folder),
        "objective": study.space.objective.metric,
        "mode": study.space.objective.mode,
        "total": study.space.trials,
        "protocol": study.record["protocol"],
        "ended": study.record.get("ended"),
        "winner": _plain(study.winner()[1]) if done else None,
        "baseline_models": tables.baseline_models,
        "sets": json.loads(tables.by_set.to_json(orient="records", double_precision=15)),
        "verdict": tables.verdict and tables.verdict.plain() | {"paid": tables.verdict.paid},
        "pareto_front": [int(number) for number in tables.pareto_front["trial"]],
        "cost": tables.ledger.plain(),
        "trials": [_plain(row) for _, row in tables.trials.iterrows()],
    }


def _plain(row: pd.Series) -> dict[str, Any]:
    """A row as JSON has it: no NaN, Python's own numbers."""
    values = {
        str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()
    }
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }
