"""`gpdht data`: fetch BEELINE's raw files, and make benchmark sets of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console

from gpdht.cli.data_options import (
    SymbolsOpt,
    print_problems,
)
from gpdht.cli.job_options import JsonOpt
from gpdht.cli.net_options import takes_net_options
from gpdht.data.net_options import NetOptions
from gpdht.errors import DataError
from gpdht.presentation import count

if TYPE_CHECKING:
    from gpdht.data.benchmark_set import BenchmarkSet

data_app = typer.Typer(
    help="Fetch BEELINE's raw files, and make benchmark sets of them.", no_args_is_help=True
)


@data_app.command()
@takes_net_options
def select(
    raw: Annotated[
        Path,
        typer.Argument(
            metavar="RAW",
            help="A cell type's raw folder: GeneOrdering.csv and ExpressionData.csv (or .csv.gz).",
        ),
    ],
    *,
    net: Annotated[
        Path,
        typer.Option("--network", "--net", metavar="FILE", help="The whole network: TF → target."),
    ],
    tfs: Annotated[Path, typer.Option("--tfs", metavar="FILE", help="The species' TF list.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="The set; must not exist yet.")
    ],
    genes: Annotated[
        int, typer.Option("--genes", min=0, help="How many genes besides the TFs.")
    ] = 500,
    p_value: Annotated[
        float, typer.Option(help="Genes pass below this, divided by the number of genes.")
    ] = 0.01,
    symbols: SymbolsOpt = "exact",
    expression: Annotated[
        bool,
        typer.Option(
            "--expression/--no-expression",
            help="Without, only genes and edges are written, and RAW needs no ExpressionData.csv.",
        ),
    ] = True,
    as_json: JsonOpt = False,
    net_options: NetOptions,
) -> None:
    """Make a BL-- benchmark set: the TFs that vary, and the N most variable other genes.

    A gene varies if its VGAMpValue is below --p-value divided by the number of genes; edges
    between two different genes of the set are kept, each once.
    """
    from gpdht.data.benchmark_set import check_vacant, select_set, write_set

    check_vacant(output)
    chosen = select_set(
        raw,
        net,
        tfs,
        number=genes,
        p_value=p_value,
        symbols=cast(Any, symbols),  # select_set refuses what it does not know
        expression=expression,
        net_options=net_options,
    )
    write_set(chosen, output)
    _warn(chosen, genes)
    figures = _figures(chosen, output)
    if as_json:
        print(json.dumps(figures))
        return
    console = Console(highlight=False, soft_wrap=True)
    for key, value in _describe(chosen, figures).items():
        console.print(f"{key:<12}{value}", markup=False)


@data_app.command()
def download(
    what: Annotated[str, typer.Argument(metavar="beeline", help="The dataset: beeline.")],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where its files go.")
    ] = Path("beeline"),
    record: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            help="A version by its Zenodo record, e.g. 3701939; else the folder's own, or the "
            "newest.",
        ),
    ] = None,
    as_json: JsonOpt = False,
) -> None:
    """Fetch BEELINE's data and networks (10.5281/zenodo.3378975), check and unpack them.

    Checksums are those of the Zenodo record. Run it again to go on after an interruption; what is
    complete is not fetched twice.
    """
    if what != "beeline":
        raise DataError(f'"{what}" is no dataset to download; expected beeline.')
    from gpdht.cli.progress import ByteBar
    from gpdht.data.download import download as fetch

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        with ByteBar() as bar:
            pinned, paths = fetch(output, record=record, on_progress=bar)
    except KeyboardInterrupt:
        console.print("Interrupted; the same command goes on from here.")
        raise
    if as_json:
        print(json.dumps({**asdict(pinned), "paths": [str(path) for path in paths]}))
        return
    version = f", version {pinned.version}" if pinned.version else ""
    console.print(f"{pinned.doi}{version}: complete", markup=False)
    for path in paths:
        print(path)


def _warn(chosen: BenchmarkSet, wanted: int) -> None:
    """Say on stderr what the user may not expect."""
    warnings = []
    if lost := chosen.without_expression:
        warnings.append(
            f'without expression, so not counted: {count(len(lost), "gene")}, e.g. "{lost[0]}"'
        )
    if (others := len(chosen.selection.others)) < wanted:
        warnings.append(
            f"only {count(others, 'gene passes', 'genes pass')} the threshold besides the TFs, not "
            f"{wanted}; all were taken"
        )
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for text in warnings:
        console.print(f"warning: {text}", markup=False)
    print_problems(chosen.problems, console)


def _figures(chosen: BenchmarkSet, folder: Path) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "genes": chosen.selection.genes,
        "tfs": chosen.tfs,
        "selected_tfs": len(chosen.selection.tfs),
        "selected_others": len(chosen.selection.others),
        "passing": chosen.selection.passing,
        "threshold": chosen.selection.threshold,
        "edges": len(chosen.net),
        "cells": None if chosen.matrix is None else len(chosen.matrix.columns),
    }


def _describe(chosen: BenchmarkSet, figures: dict[str, Any]) -> dict[str, str]:
    """The figures in words."""
    cells, sources = figures["cells"], chosen.net["source"].nunique()
    return {
        "folder": figures["folder"],
        "genes": f"{len(figures['genes']):,}: {figures['selected_tfs']:,} TFs and "
        f"{figures['selected_others']:,} others, of {figures['passing']:,} with "
        f"p < {figures['threshold']:.3g}",
        "cells": "none (without expression)" if cells is None else f"{cells:,}",
        "edges": f"{figures['edges']:,} from {sources:,} TFs",
    }
