"""`gpdht space`: look at a search space before it costs anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

space_app = typer.Typer(help="List, show, check and sample search spaces.", no_args_is_help=True)

SpaceFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A YAML search space, or a shipped one by name.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]


@space_app.command()
def check(file: SpaceFile, as_json: JsonFlag = False) -> None:
    """Check a space: every problem at once, with its path."""
    from gpdht.presentation import count
    from gpdht.search.space import load_space

    space = load_space(file)
    share, notes = space.feasible_share(), space.unread_notes()
    if as_json:
        found = {"hash": space.hash, "feasible_share": share, "notes": notes}
        print(json.dumps(space.content() | found))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{file}: {count(space.trials, 'trial')}, {space.sampler.name}, {space.scheduler.name}, "
        f"objective {space.objective.metric} ({space.objective.mode}), hash {space.hash}"
    )
    table = Table(box=None, pad_edge=False)
    for column in ("setting", "searched", "only if", "prior"):
        table.add_column(column)
    for param in space.params:
        table.add_row(param.path, str(param), param.condition, param.belief)
    for path, value in space.fixed.items():
        table.add_row(path, f"fixed at {value}", "", "")
    console.print(table)
    if share < 1:
        console.print(
            f"{1 - share:.0%} of random points are not valid configurations; each costs a trial."
        )
    for note in notes:
        console.print(note)


@space_app.command("list")
def list_spaces(as_json: JsonFlag = False) -> None:
    """List the shipped spaces."""
    from gpdht.files import opening_sentence
    from gpdht.published import shipped_spaces

    spaces = {name: opening_sentence(path) for name, path in shipped_spaces().items()}
    if as_json:
        print(json.dumps(spaces))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("space", "what it is for"):
        table.add_column(column)
    for name, text in spaces.items():
        table.add_row(name, text)
    Console(highlight=False).print(table)


@space_app.command()
def show(file: SpaceFile) -> None:
    """Print a space as it is written: `gpdht space show wide > mine.yaml` is a start to edit."""
    from gpdht.published import find_space
    from gpdht.search.space import load_space

    load_space(file)
    print(find_space(file).read_text(encoding="utf-8"), end="")


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


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
