"""`gpdht promote`: a version as champion, by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer


def promote(
    name: Annotated[str, typer.Argument(help="Name of the registered model.")],
    version: Annotated[int, typer.Argument(min=1, help="The version to promote.")],
    *,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow registry; else MLFLOW_TRACKING_URI.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Make a version the champion, whatever its score."""
    from gpdht.cli.register import print_version
    from gpdht.registry.promotion import promote as promote_version

    promoted = promote_version(name, version, tracking_uri=tracking_uri)
    print(json.dumps(asdict(promoted))) if as_json else print_version(promoted)
