"""The options that say which edges of a predicted network are taken, and with what sign."""

from __future__ import annotations

from typing import Annotated

import typer

from gpdht.cli.bundled_options import bundle
from gpdht.network.edge_choice import EdgeChoice


def _options(
    *,
    new: Annotated[bool, typer.Option("--new", help="Only edges that are not known.")] = False,
    sign: Annotated[
        str,
        typer.Option(
            metavar="none|known|correlation",
            help="The weight is the probability of an edge, without a sign. known: times the sign "
            "of the known edge; correlation: times that of TF and target over the cells. Edges "
            "without a sign are left out.",
        ),
    ] = "none",
    min_precision: Annotated[
        float | None,
        typer.Option(
            metavar="P",
            help="Only edges whose weight, out of fold, is right so often (by the model's "
            "calibration; adds the column precision).",
        ),
    ] = None,
    top_per_tf: Annotated[
        int | None, typer.Option(metavar="N", help="Only the best N edges of each TF.")
    ] = None,
    top: Annotated[int | None, typer.Option(metavar="K", help="Only the best K edges.")] = None,
) -> None:
    """The options of `EdgeChoice`, each by its name there."""


takes_edge_options = bundle(_options, EdgeChoice, "choice")
"""Gives a verb an option for each field of `EdgeChoice`, which it gets as `choice`."""
