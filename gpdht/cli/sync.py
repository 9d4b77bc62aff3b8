"""`gpdht sync`: what MLflow missed of a study, added from the study's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def sync(
    study: Annotated[str, typer.Argument(help="A study's name or folder.")],
    *,
    studies: Annotated[Path, typer.Option(help="Folder of all studies.")] = Path("studies"),
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow server or database; else where the study was.")
    ] = None,
    experiment: Annotated[
        str | None, typer.Option(help="MLflow experiment; else the study's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Add to MLflow what it missed of a study while it was away; what it has is not touched."""
    from gpdht.errors import StudyError
    from gpdht.search.study import open_study
    from gpdht.search.tracked import sync_study
    from gpdht.tracking import open_tracker
    from gpdht.tracking.connection import tracked_at

    opened = open_study(study, studies)
    uri, name = tracked_at(opened.record["tracking"], tracking_uri, experiment)
    if uri is None:
        raise StudyError(
            f'study "{opened.name}" was tracked nowhere. To add it to a server or a database, name '
            "it: --tracking-uri, or MLFLOW_TRACKING_URI."
        )
    missing = sync_study(opened, open_tracker(uri, name))
    if as_json:
        print(json.dumps({"study": opened.name, "missing": missing}))
    elif not missing:
        print(f"MLflow shows study {opened.name} as its folder has it.")
    if missing:
        raise typer.Exit(2)
