"""The options that say how an edge list is read, the same for every verb that opens data."""

from __future__ import annotations

from typing import Annotated

import typer

from gpdht.cli.bundled_options import bundle
from gpdht.data.net_options import NetOptions


def _options(
    *,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="tf=NAME,…",
            help="Columns of the edge list, tf=NAME,target=NAME[,weight=NAME][,label=NAME]: names, "
            "or numbers from 1; weight=none and label=none leave one unread.",
        ),
    ] = None,
    label_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The edge list's column that says whether a row is an edge (1/0, true/false, "
            "yes/no).",
        ),
    ] = None,
    min_weight: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Rows of the edge list whose weight is smaller, whatever its sign, are no edges.",
        ),
    ] = None,
    only_tfs: Annotated[
        bool,
        typer.Option("--only-tfs", help="Drop the edges of TFs that the TF list does not have."),
    ] = False,
) -> None:
    """The options of `NetOptions`, each by its name there."""


takes_net_options = bundle(_options, NetOptions, "net_options")
"""Gives a verb an option for each field of `NetOptions`, which it gets as `net_options`."""
