"""The options that say how a matrix is read, the same for every verb that opens data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gpdht.cli.bundled_options import bundle
from gpdht.data.matrix_options import MatrixOptions


def _options(
    *,
    layer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A layer of an AnnData or loom file, in place of X."),
    ] = None,
    use_raw: Annotated[
        bool, typer.Option("--use-raw", help="AnnData's raw values in place of X.")
    ] = False,
    gene_names: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="A column beside the genes (AnnData's var) with their names, e.g. symbols.",
        ),
    ] = None,
    cells: Annotated[
        str | None,
        typer.Option(
            metavar="QUERY",
            help="Only cells for which this holds, over AnnData's obs: 'cell_type == \"HSC\"'.",
        ),
    ] = None,
    duplicates: Annotated[
        str,
        typer.Option(
            metavar="error|sum|first",
            help="What becomes of genes of one name: refused, summed (counts), or the first kept.",
        ),
    ] = "error",
    normalize: Annotated[
        str,
        typer.Option(
            metavar="auto|none|log1p",
            help="auto: counts become 10,000 per cell, then log1p; none keeps all values; log1p "
            "normalises any.",
        ),
    ] = "auto",
    max_genes: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Keep N genes: the TFs of the edge list that are expressed, then those of highest "
            "variance after normalisation. Files are read in blocks.",
        ),
    ] = None,
    max_cells: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Keep N cells, drawn uniformly (the same ones each time). Files are read in "
            "blocks.",
        ),
    ] = None,
) -> None:
    """The options of `MatrixOptions`, each by its name there."""


def of_record(record: Mapping[str, Any]) -> MatrixOptions:
    """What a record of data options says of the matrix; older ones kept every value."""
    return MatrixOptions(**record.get("matrix_options") or {"normalize": "none"})


takes_matrix_options = bundle(_options, MatrixOptions, "matrix_options")
"""Gives a verb an option for each field of `MatrixOptions`, which it gets as `matrix_options`."""
