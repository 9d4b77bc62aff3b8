"""`gpdht sync`: what MLflow missed of a study, added from the study's folder."""

from __future__ import annotations

import json
import os
import sys
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

    opened = open_study(study, studies)
    known = opened.record["tracking"]
    uri = tracking_uri or known.get("uri") or os.environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        raise StudyError(
            f'study "{opened.name}" does not say where it was tracked (an address with a password '
            "is not kept). Name the server: --tracking-uri, or MLFLOW_TRACKING_URI."
        )
    tracker = open_tracker(uri, experiment or known.get("experiment") or "gpdht")
    missing = sync_study(opened, tracker)
    if as_json:
        print(json.dumps({"study": opened.name, "missing": missing}))
    elif not missing:
        print(f"MLflow shows study {opened.name} as its folder has it.")
    if missing:
        sys.exit(2)
