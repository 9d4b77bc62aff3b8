"""`gpdht report`: a study or a comparison as one html page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def report(
    what: Annotated[
        str,
        typer.Argument(
            metavar="STUDY|COMPARISON",
            help="A study's name or folder, or the folder of a comparison.",
        ),
    ],
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The page: a file whose name ends in .html.")
    ] = Path("report.html"),
    studies: Annotated[Path, typer.Option(help="Folder of all studies.")] = Path("studies"),
    tracking_uri: Annotated[
        str | None,
        typer.Option(help="MLflow registry of the model card; else where the study is tracked."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write one html page about a study or a comparison; it needs no network.

    It says in words what the scores do and do not show, with tables and charts. What has not
    ended yet is left out, and the page says so.
    """
    from gpdht.report.writing import write_report

    written = write_report(what, out, studies=studies, tracking_uri=tracking_uri)
    if as_json:
        print(json.dumps(written))
        return
    unfinished = "" if written["finished"] else ", which is not finished"
    print(
        f"{written['file']}: {written['kind']} {written['name']}{unfinished}; "
        f"{written['charts']} charts, {written['bytes'] / 1e6:.1f} MB"
    )
