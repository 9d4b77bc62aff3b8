"""`gpdht status`: how a search stands, also while it runs, and whether it still runs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from gpdht.presentation import Table

EVERY_S = 2.0


def status(
    study: Annotated[str, typer.Argument(help="A study's name or folder.")],
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it anew every 2 s until its driver ends.")
    ] = False,
    studies: Annotated[Path, typer.Option(help="Folder of all studies.")] = Path("studies"),
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object; with --watch one on each line.")
    ] = False,
) -> None:
    """Show a search's trials, pace, expected end and cost, its nodes, and whether it runs.

    It reads the study's folder alone: from any machine that sees it, with Ray and MLflow or not.
    """
    from gpdht.cli.tables import result_console
    from gpdht.search.standing import standing_of
    from gpdht.search.study import open_study

    def look() -> dict[str, Any]:
        return standing_of(open_study(study, studies))

    if as_json:
        _print_lines(look, watch=watch)
    elif watch:
        _watch(look, result_console())
    else:
        show(look(), result_console())


def show(standing: dict[str, Any], console: Console) -> None:
    """Print how a study stands."""
    from gpdht.cli.tables import print_tables

    for line in say_standing(standing):
        console.print(line, markup=False, soft_wrap=True)
    if standing["running"]:
        console.print()
        print_tables([_running_table(standing)], console)


def say_standing(standing: dict[str, Any]) -> list[str]:
    """How a study stands, in sentences."""
    lines = [_say_trials(standing), _say_driver(standing), _say_pace(standing), _say_use(standing)]
    waits = standing["mlflow_waits"]
    if waits:
        lines.append(f"MLflow lags: {waits:,} entries wait for its server.")
    return [line for line in lines if line]


def _print_lines(look: Any, *, watch: bool) -> None:
    while True:
        standing = look()
        print(json.dumps(standing), flush=True)
        if not watch or standing["driver"]["state"] != "running":
            return
        time.sleep(EVERY_S)


def _watch(look: Any, console: Console) -> None:
    """On a terminal a view that is kept up to date; the last one stays."""
    from rich.live import Live
    from rich.text import Text

    with Live(console=console, auto_refresh=False) as live:
        while True:
            standing = look()
            live.update(Text.from_ansi(_text(standing, console)), refresh=True)
            if standing["driver"]["state"] != "running":
                return
            time.sleep(EVERY_S)


def _text(standing: dict[str, Any], console: Console) -> str:
    from rich.console import Console

    aside = Console(width=console.width, force_terminal=console.is_terminal, highlight=False)
    with aside.capture() as captured:
        show(standing, aside)
    return captured.get()


def _say_trials(standing: dict[str, Any]) -> str:
    ended = standing["ended"]
    counts = ", ".join(f"{many} {state}" for state, many in ended.items())
    text = f"{standing['study']}: {sum(ended.values())} of {standing['total']} trials ended"
    running = len(standing["running"])
    return f"{text} ({counts or 'none'})" + (f", {running} running." if running else ".")


def _say_driver(standing: dict[str, Any]) -> str:
    from gpdht.presentation import seconds

    driver, command = standing["driver"], standing["command"]
    again = f"Go on with:\n  {command}" if command else "Go on with --resume, or resume=True."
    if driver["state"] == "unknown":
        return "No driver has left a sign here."
    who = f"process {driver['pid']} on {driver['host']}"
    sign = seconds(max(0.0, driver["last_sign_s"]))
    if driver["state"] == "running":
        return f"Its driver runs: {who}, last sign {sign} ago."
    if driver["state"] == "gone":
        return f"Its driver is gone: {who}, last sign {sign} ago. What ended is kept. {again}"
    why = standing["why"] or "stopped"
    return f"No driver runs it; the last search ended: {why}." + (
        "" if why in ("complete", "flat") else f" {again}"
    )


def _say_pace(standing: dict[str, Any]) -> str:
    from gpdht.presentation import seconds

    parts = []
    if standing["per_hour"]:
        parts.append(f"{standing['per_hour']:.3g} trials per hour")
    if standing["ends_at"] is not None and standing["left_s"] > 0:
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(standing["ends_at"]))
        parts.append(f"the last one ends in about {seconds(standing['left_s'])}, at {at}")
    cost = [
        f"{title} {say(standing['spent'][name])} so far, about {say(standing['expected'][name])} "
        "in all"
        for name, (title, say) in {
            "price": ("price", "{:.2f}".format),
            "gpu_seconds": ("GPU", seconds),
            "cpu_seconds": ("CPU", seconds),
        }.items()
        if standing["spent"].get(name)
    ]
    parts += cost[:1]
    return f"Pace: {'; '.join(parts)}." if parts else ""


def _say_use(standing: dict[str, Any]) -> str:
    from gpdht.presentation import count

    use = standing["use"]
    if not use:
        return ""
    names = ", ".join(node["name"] for node in use["nodes"])
    gpus = f", {use['gpus_in_use']:g} of {use['gpus']:g} GPUs" if use["gpus"] else ""
    return (
        f"In use: {use['cpus_in_use']:g} of {use['cpus']:g} CPUs{gpus} on "
        f"{count(len(use['nodes']), 'node')} ({names})."
    )


def _running_table(standing: dict[str, Any]) -> Table:
    from gpdht.execution.progress import short_values
    from gpdht.presentation import Table, number, seconds

    rows = [
        (
            f"trial {one['number']}",
            one["node"] or "–",
            str(one["epoch"]),
            "–" if one["value"] is None else number(one["value"], 4),
            seconds(max(0.0, one["silent_s"])),
            short_values(one["values"]),
        )
        for one in standing["running"]
    ]
    header = ("running", "node", "epoch", "objective", "silent for", "settings")
    return Table("", header, rows, words=(0, 1, 5))
