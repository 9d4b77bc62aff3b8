"""`gpdht studies`: several studies side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def studies(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[STUDY]...", help="Names or folders; all of --studies otherwise."),
    ] = None,
    *,
    folder: Annotated[Path, typer.Option("--studies", help="Folder of all studies.")] = Path(
        "studies"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list on stdout.")] = False,
) -> None:
    """Compare studies: the best of each, whether searching paid, cost, and settings in common."""
    from gpdht.cli.tables import print_tables, result_console
    from gpdht.errors import StudyError
    from gpdht.search.several_studies import settings_table, studies_table, study_rows
    from gpdht.search.study import open_study, study_names
    from gpdht.search.study_tables import StudyTables

    chosen = names or study_names(folder)
    if not chosen:
        raise StudyError(f"no study in {folder}; begin one with `gpdht search`, or give --studies.")
    tables = [StudyTables(open_study(name, folder)) for name in chosen]
    rows = study_rows(tables)
    if as_json:
        print(json.dumps(rows))
        return
    settings = settings_table(tables)
    print_tables([studies_table(rows), *([settings] if settings else [])], result_console())
