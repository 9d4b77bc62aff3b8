"""`gpdht trials`: how the trials of a study stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


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
    from gpdht.cli.leaderboard import print_leaderboard, result_console, summary_of
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
