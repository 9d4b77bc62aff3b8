"""`gpdht evaluate`: BEELINE's scores of a predicted network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gpdht.cli.job_options import JsonOpt
from gpdht.cli.tables import print_tables, result_console
from gpdht.presentation import Table

UNIVERSES = {
    "beeline_all": "all pairs of the true network's genes (BEELINE's default)",
    "beeline_tf": "the true network's TFs × its genes",
    "beeline_listed": "the predicted pairs alone, so what was missed costs nothing",
}
SCORES = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "auprc_ratio": "AUPRC / chance",
    "early_precision": "early precision",
    "early_precision_ratio": "early precision / chance",
    "early_precision_k": "early: the first",
}


def evaluate(
    predicted: Annotated[
        Path,
        typer.Argument(
            metavar="PREDICTED", help="A net of `gpdht predict`, or an edge list with weights."
        ),
    ],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="The true edges: an edge list.")],
    *,
    as_json: JsonOpt = False,
) -> None:
    """Score a predicted network as BEELINE does, to compare with its literature.

    Its scores depend on which pairs they are about, severalfold; so there are three of each.
    """
    from gpdht.network.evaluate import evaluate as evaluate_network

    found = evaluate_network(predicted, truth)
    if as_json:
        print(json.dumps(found))
        return
    rows = tuple(
        (title, *(_cell(found.get(f"{universe}/{name}"), name) for universe in UNIVERSES))
        for name, title in SCORES.items()
    )
    note = "\n".join(f"{name}: {meaning}." for name, meaning in UNIVERSES.items())
    note += (
        "\nAUPRC is by trapezoids, as in BEELINE; the rest of gpdht reports average precision. "
        "Edges that the model was trained on count as found."
    )
    console = result_console()
    print_tables(
        [Table(f"{predicted.name} against {truth.name}", ("", *UNIVERSES), rows, note)], console
    )


def _cell(value: float | None, name: str) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if name.endswith("_k") else f"{value:.3f}"
