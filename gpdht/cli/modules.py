"""`gpdht modules`: the hubs of a network, and what it recovers of regulators' known targets."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gpdht.network.modules import Modules


def modules(
    edges: Annotated[
        Path,
        typer.Argument(
            metavar="EDGES",
            help="Out-of-fold scores of `gpdht fit --scores`, or a net of `gpdht predict`.",
        ),
    ],
    *,
    tfs: Annotated[str, typer.Option(help="Regulators to ask about, e.g. POU5F1,NANOG,SOX2.")] = "",
    top: Annotated[
        int | None,
        typer.Option(min=1, help="Best edges that make the network; else as many as are known."),
    ] = None,
    random: Annotated[
        int, typer.Option(min=1, help="Random networks with the same degrees.")
    ] = 1000,
    seed: Annotated[int, typer.Option(help="Draw of the random networks.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write the recovery table here: .parquet, .csv[.gz], .tsv[.gz]."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show a network's hubs, and whether it recovers regulators' targets beyond its degrees."""
    from gpdht.network.edge_tables import read_edge_table
    from gpdht.network.export import check_output, write_table

    if output is not None:
        check_output(output)
    names = [name.strip() for name in tfs.split(",") if name.strip()]
    found = _find(read_edge_table(edges), names, {"top": top, "random": random, "seed": seed})
    if output is not None:
        write_table(found.recoveries(), output)
    print(json.dumps(_summary(found, edges))) if as_json else _show(found, edges)


def _find(table: Any, names: list[str], options: dict[str, Any]) -> Modules:
    from rich.console import Console
    from rich.progress import Progress

    from gpdht.network.modules import find_modules

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("random networks", total=options["random"])

        def report(network: str, done: int) -> None:
            what = "random networks" + (" of labels alone" if network == "labels" else "")
            progress.update(task, description=what, completed=done)

        return find_modules(table, names, **options, report=report)


def _show(found: Modules, path: Path) -> None:
    from gpdht.cli.module_text import sentences, tables
    from gpdht.cli.tables import print_tables, result_console

    edges = found.table.edges
    sort = "scores out of fold" if found.table.out_of_fold else "a predicted net"
    console = result_console()
    console.print(
        f"{path.name}: {sort}; {len(edges):,} pairs of {edges['source'].nunique()} TFs and "
        f"{edges['target'].nunique()} targets, {found.table.num_known:,} known. The network: the "
        f"{found.top:,} best.\n",
        markup=False,
    )
    print_tables(tables(found), console)
    for sentence in sentences(found):
        console.print(sentence, markup=False)


def _summary(found: Modules, path: Path) -> dict[str, Any]:
    """The modules as plain data; undefined numbers are null."""
    from gpdht.cli.module_text import CIRCULAR, sentences

    table = found.table
    by_labels = None if found.by_labels is None else _rows(found.by_labels)
    return {
        "file": str(path),
        "out_of_fold": table.out_of_fold,
        "split": table.split,
        "warning": None if table.out_of_fold else CIRCULAR,
        "pairs": len(table.edges),
        "known": table.num_known,
        "missing": table.missing(),
        "top": found.top,
        "random": found.random,
        "hub_correlation": None if math.isnan(found.correlation) else found.correlation,
        "hubs": _rows(found.tfs),
        "targets": _rows(found.genes),
        "recovery": _rows(found.recovery),
        "labels_alone": by_labels,
        "circuit": _rows(found.circuit),
        "absent": [vars(one) | {"nearest": list(one.nearest)} for one in found.absent],
        "text": sentences(found),
    }


def _rows(table: Any) -> list[dict[str, Any]]:
    return json.loads(table.to_json(orient="records", double_precision=15))
