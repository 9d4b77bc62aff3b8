"""`gpdht space`: look at a search space before it costs anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

space_app = typer.Typer(help="Check and sample search spaces.", no_args_is_help=True)

SpaceFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A YAML search space, or a shipped one by name.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]


@space_app.command()
def check(file: SpaceFile, as_json: JsonFlag = False) -> None:
    """Check a space: every problem at once, with its path."""
    from gpdht.search.space import load_space

    space = load_space(file)
    share = space.feasible_share()
    if as_json:
        print(json.dumps({**space.content(), "hash": space.hash, "feasible_share": share}))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{file}: {space.trials} trials, {space.sampler.name}, {space.scheduler.name}, "
        f"objective {space.objective.metric} ({space.objective.mode}), hash {space.hash}"
    )
    table = Table(box=None, pad_edge=False)
    for column in ("setting", "searched", "only if"):
        table.add_column(column)
    for param in space.params:
        spec = param.content()
        when = spec.pop("when", {})
        table.add_row(
            param.path, _words(spec), " and ".join(f"{p} in {v}" for p, v in when.items())
        )
    for path, value in space.fixed.items():
        table.add_row(path, f"fixed at {value}", "")
    console.print(table)
    if share < 1:
        console.print(
            f"{1 - share:.0%} of random points are not valid configurations; each costs a trial."
        )


@space_app.command()
def sample(
    file: SpaceFile,
    number: Annotated[int, typer.Option("-n", min=1, help="How many points.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds draw equal points.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Draw random points from a space."""
    import numpy as np

    from gpdht.search.space import load_space

    space = load_space(file)
    rng = np.random.default_rng(seed)
    points = [space.sample(rng) for _ in range(number)]
    if as_json:
        print(json.dumps({"points": points}))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("setting")
    for i in range(number):
        table.add_column(str(i), justify="right")
    for param in space.params:
        cells = [_cell(point.get(param.path, "–")) for point in points]
        table.add_row(param.path, *cells)
    Console(highlight=False).print(table)


def _words(spec: dict) -> str:
    if "choice" in spec:
        return ", ".join(str(value) for value in spec["choice"])
    kind = "int" if "int" in spec else "float"
    low, high = spec[kind]
    extra = " log" if spec.get("log") else f" step {spec['step']}" if "step" in spec else ""
    return f"{low:g} … {high:g}{extra}"


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
