"""`gpdht cluster`: the cluster files that gpdht ships, without a checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gpdht.cli.job_options import JsonOpt

cluster_app = typer.Typer(
    help="Files that start a cluster: AWS, Google Cloud, machines of your own, Slurm, Kubernetes.",
    no_args_is_help=True,
)


@cluster_app.command("list")
def list_files(*, as_json: JsonOpt = False) -> None:
    """List the shipped cluster files."""
    from gpdht.cli.tables import print_tables, result_console
    from gpdht.execution.project_files import cluster_files
    from gpdht.presentation import Table

    files = cluster_files()
    if as_json:
        print(json.dumps(files))
        return
    header = ("file", "what it is")
    print_tables([Table("", header, tuple(files.items()), words=(0, 1))], result_console())


@cluster_app.command()
def export(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A new folder, or an empty one.")
    ],
) -> None:
    """Write the cluster files to edit, and beside them what they send to the nodes."""
    from gpdht.execution.project_files import export_project

    export_project(folder)
    print(f"{folder}/cluster: edit what you use; {folder}/cluster/README.md says how to begin.")
