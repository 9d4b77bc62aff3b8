"""How every verb is told about data: shared options, and opening what they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console

if TYPE_CHECKING:
    import pandas as pd

    from gpdht.data.dataset import Dataset
    from gpdht.data.problems import Problem

DataArg = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A folder (BL-- or BEELINE layout), an .h5ad, a csv, tsv or parquet matrix, or toy "
        "(toy:genes=300,cells=500,seed=1 for another size).",
    ),
]
NetOpt = Annotated[
    Path | None,
    typer.Option("--net", metavar="FILE", help="Edge list TF → target; needed beside a matrix."),
]
TfsOpt = Annotated[
    Path | None, typer.Option("--tfs", metavar="FILE", help="TF list, one name per line.")
]
SymbolsOpt = Annotated[
    str,
    typer.Option(
        "--symbols",
        metavar="exact|upper",
        help="upper: write all gene names in upper case before they are compared.",
    ),
]
OrientationOpt = Annotated[
    str,
    typer.Option(
        "--orientation",
        metavar="auto|genes|cells",
        help="What the rows of a matrix file are; auto looks for the edge list's genes.",
    ),
]


def open_from_cli(
    data: str,
    net: Path | None,
    tfs: Path | None,
    symbols: str,
    orientation: str,
    *,
    show_problems: bool = True,
    default_net: pd.DataFrame | None = None,
) -> Dataset:
    """The dataset that the shared options name; its problems go to stderr if they are shown."""
    from gpdht.data.source import open_dataset

    dataset = open_dataset(
        data,
        net=net,
        tfs=tfs,
        symbols=cast(Any, symbols),  # open_dataset refuses what it does not know
        orientation=cast(Any, orientation),
        default_net=default_net,
    )
    if show_problems:
        print_problems(dataset.problems, Console(stderr=True, highlight=False, soft_wrap=True))
    return dataset


def print_problems(problems: tuple[Problem, ...], console: Console) -> None:
    """Each problem with its remedy below it."""
    for problem in problems:
        console.print(f"{problem.severity}: {problem.found}", markup=False)
        console.print(f"  → {problem.remedy}", markup=False)
