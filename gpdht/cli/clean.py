"""`gpdht clean`: remove studies and nothing else."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Annotated

import typer


def clean(
    names: Annotated[list[str], typer.Argument(metavar="STUDY...", help="Names or folders.")],
    *,
    runs: Annotated[
        bool, typer.Option("--runs", help="Also the runs in MLflow, with their artifacts.")
    ] = False,
    cache: Annotated[
        bool, typer.Option("--cache", help="Also what this machine's cache holds of them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    studies: Annotated[Path, typer.Option(help="Folder of all studies.")] = Path("studies"),
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow server or database; else where each is tracked.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout; needs --yes.")
    ] = False,
) -> None:
    """Remove studies for good, after listing what goes; refuse what is in use.

    A study that a driver runs, and one whose winner is a registered model's source, stay.
    """
    from gpdht.errors import StudyError
    from gpdht.registry.removal import find_removable, remove
    from gpdht.search.study import open_study

    if as_json and not yes:
        raise StudyError("--json cannot ask whether to go on; add --yes.")
    with contextlib.ExitStack() as locks:
        found = []
        for name in dict.fromkeys(names):
            # checked before the lock, which writes into the folder, and again under it
            removal = find_removable(name, studies, tracking_uri=tracking_uri)
            locks.enter_context(open_study(removal.study.folder).locked())
            removal = find_removable(
                name, studies, runs=runs, cache=cache, tracking_uri=tracking_uri
            )
            found.append(removal)
            if not as_json:
                print(removal)
        if not yes and not typer.confirm("Remove this for good?"):
            raise typer.Exit(1)
        for removal in found:
            remove(removal)
    if as_json:
        print(json.dumps({"removed": [str(removal.study.folder) for removal in found]}))
    else:
        print(f"Removed {len(found)} {'study' if len(found) == 1 else 'studies'}.")
