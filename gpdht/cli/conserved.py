"""`gpdht conserved`: which regulation two species share, by their networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from gpdht.cli.data_options import SymbolsOpt
from gpdht.cli.job_options import JsonOpt
from gpdht.errors import DataError

if TYPE_CHECKING:
    from gpdht.network.conservation import Conservation
    from gpdht.network.gene_modules import ModuleEdges

NetArg = Annotated[
    str,
    typer.Argument(
        metavar="NET",
        help="Out-of-fold scores of `gpdht fit --scores`, or a net of `gpdht predict`; human:NET "
        "says its species.",
    ),
]


def conserved(
    one: NetArg,
    other: NetArg,
    *,
    orthologs: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Table (csv, tsv, parquet) of orthologs (human_symbol,mouse_symbol); one-to-one "
            "count.",
        ),
    ],
    pair: Annotated[
        list[str] | None,
        typer.Option(
            metavar="A=B", help="A pair of orthologs that FILE lacks. May be given several times."
        ),
    ] = None,
    symbols: SymbolsOpt = "exact",
    beyond: Annotated[
        str,
        typer.Option(
            metavar="tf|both",
            help="What scores are cleared of: the TF's rate, or the target's popularity too.",
        ),
    ] = "tf",
    fdr: Annotated[float, typer.Option(help="Largest q-value of a call.")] = 0.1,
    high: Annotated[float, typer.Option(help="Least score of an edge that is called.")] = 0.8,
    low: Annotated[float, typer.Option(help="Largest score of an absent edge.")] = 0.5,
    by: Annotated[
        str,
        typer.Option(
            metavar="chance|probability",
            help="Hold pairs against matching at random, or ask how probable both edges are.",
        ),
    ] = "chance",
    module: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|pluripotency|GENE,GENE,…",
            help="Genes between which all edges are shown, in both species.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Table of all pairs: .parquet, .csv[.gz], .tsv[.gz]."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="The chart: .svg, .png, .pdf, .html, .json.")
    ] = None,
    page: Annotated[Path | None, typer.Option(help="One html page of it all.")] = None,
    as_json: JsonOpt = False,
) -> None:
    """Show which regulation the networks of two species share, and which only one has."""
    from gpdht.network.conservation import conserved as find_conserved
    from gpdht.network.gene_modules import edges_among, module_genes

    _check_places(output, plot, page)
    genes = None if module is None else module_genes(module)
    found = find_conserved(
        one,
        other,
        orthologs=orthologs,
        pairs=[_split(text) for text in pair or ()],
        symbols=cast(Any, symbols),
        beyond=cast(Any, beyond),
        fdr=fdr,
        high=high,
        low=low,
        by=cast(Any, by),
    )
    edges = None if genes is None else edges_among(found, *genes, symbols=cast(Any, symbols))
    _write(found, edges, output=output, plot=plot, page=page)
    if as_json:
        print(json.dumps(_summary(found, edges)))
    else:
        _show(found, edges, [path for path in (output, plot, page) if path is not None])


def _check_places(output: Path | None, plot: Path | None, page: Path | None) -> None:
    from gpdht.network.export import check_output
    from gpdht.plots.save import check_chart_path
    from gpdht.report.page import check_page_path

    checks = ((output, check_output), (plot, check_chart_path), (page, check_page_path))
    for path, check in checks:
        if path is not None:
            check(path)


def _split(text: str) -> tuple[str, str]:
    one, _, other = (part.strip() for part in text.partition("="))
    if not one or not other:
        raise DataError(f'--pair "{text}": expected A=B, in the order of the networks.')
    return one, other


def _write(
    found: Conservation,
    module: ModuleEdges | None,
    *,
    output: Path | None,
    plot: Path | None,
    page: Path | None,
) -> None:
    from gpdht import plots
    from gpdht.network.export import write_table
    from gpdht.report.conservation import agreement_chart, write_conservation

    if output is not None:
        write_table(found.table(), output)
    if plot is not None:
        plots.save(agreement_chart(found), plot)
    if page is not None:
        write_conservation(found, page, module)


def _show(found: Conservation, module: ModuleEdges | None, files: list[Path]) -> None:
    from gpdht.cli.tables import print_tables, result_console
    from gpdht.report.conservation_words import sentences, tables, warning

    console = result_console()
    print_tables(tables(found, module), console)
    warned = [f"WARNING: {warning(found)}"] if warning(found) else []
    for sentence in [*warned, *sentences(found, module)]:
        console.print(sentence, markup=False)
    if files:
        console.print(f"Written: {', '.join(map(str, files))}", markup=False)


def _summary(found: Conservation, module: ModuleEdges | None) -> dict[str, Any]:
    """What was found as plain data; undefined numbers are null."""
    from gpdht.network.conservation_hubs import conserved_targets, conserved_tfs, known_in
    from gpdht.network.conservation_reach import reach
    from gpdht.report.conservation_words import sentences, warning

    return {
        "networks": [
            {
                "species": side.species,
                "file": side.name,
                "out_of_fold": side.table.out_of_fold,
                "split": side.table.split,
                "counts": dict(side.counts),
            }
            for side in found.sides
        ],
        "warning": warning(found) or None,
        "rules": vars(found.rules),
        "classes": found.counts(),
        "known": _rows(known_in(found)),
        "reach": _rows(reach(found)) if found.rules.by == "chance" else None,
        "tfs": _rows(conserved_tfs(found)),
        "targets": _rows(conserved_targets(found)),
        "module": None
        if module is None
        else {
            "name": module.name,
            "edges": _rows(module.edges),
            "genes": _rows(module.genes),
            "unknown": list(module.unknown),
        },
        "text": sentences(found, module),
    }


def _rows(table: Any) -> list[dict[str, Any]]:
    return json.loads(table.to_json(orient="records", double_precision=15))
