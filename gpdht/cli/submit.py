"""`gpdht submit`: a search on a cluster, from this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpdht.cli.job_options import parse_seconds
from gpdht.cli.search import search

if TYPE_CHECKING:
    from gpdht.execution.submission import Arguments

SCRIPT = Path(__file__).with_name("tune.py").resolve()  # Ray uploads a link as a link


def submit(
    cluster: Annotated[
        str,
        typer.Argument(
            metavar="CLUSTER",
            help="A cluster file; or the address of a Ray dashboard (http://HOST:8265); or auto, "
            "for a Ray on this machine.",
        ),
    ],
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="SEARCH",
            help="Behind --, what `gpdht search` takes: -- DATA --space FILE ...",
        ),
    ],
    *,
    shared: Annotated[
        bool, typer.Option("--shared", help="Paths that exist here are the same on the cluster.")
    ] = False,
    no_update: Annotated[
        bool,
        typer.Option(
            "--no-update",
            help="Take the cluster as it runs: do not start it, do not send its folders again.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the command lines; run none.")
    ] = False,
) -> None:
    """Run `gpdht search` on a cluster; submit the same line again to resume it.

    Its options are checked here before anything is sent. A space's file goes along; data must be in
    a folder that the cluster file mounts, or where the cluster sees them.
    """
    from gpdht.execution.submission import plan_submission

    arguments = checked_arguments(words)
    plan = plan_submission(cluster, arguments, script=SCRIPT, shared=shared, update=not no_update)
    if dry_run:
        print(*plan.lines(), sep="\n")
        return
    code = plan.run()
    if code:
        raise typer.Exit(code)


def checked_arguments(words: list[str]) -> Arguments:
    """What was given to `gpdht search`, read by that command itself, which is not run.

    Raises
    ------
    GpdhtError
        If the space or a time cannot be used; a wrong option ends as it does there.
    """
    from gpdht.search.space import load_space

    only = typer.Typer(add_completion=False)
    only.command()(search)
    command = typer.main.get_command(only)
    context = command.make_context("gpdht search", list(words))
    load_space(context.params["space"])
    for name in ("trial_timeout", "time_budget", "gpu_budget"):
        parse_seconds(context.params[name], f"--{name.replace('_', '-')}")
    arguments: Arguments = []
    for parameter in command.params:
        name = str(parameter.name)
        if getattr(context.get_parameter_source(name), "name", "") != "COMMANDLINE":
            continue
        option = "DATA" if name == "data" else parameter.opts[0]
        value = context.params[name]
        if isinstance(value, bool):
            arguments.append((option if value else parameter.secondary_opts[0], None))
        else:
            several = value if isinstance(value, list | tuple) else [value]
            arguments += [(option, str(one)) for one in several]
    return arguments
