"""`gpdht activity`: how active each TF is in each cell, by a predicted network."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console

from gpdht.cli.data_options import DataArg, DataOptions, print_problems, takes_own_data
from gpdht.cli.edge_options import takes_edge_options
from gpdht.cli.job_options import JsonOpt
from gpdht.cli.predict import check_calibrated, say
from gpdht.data.problems import check_choice
from gpdht.network.edge_choice import EdgeChoice

if TYPE_CHECKING:
    import anndata
    import pandas as pd

    from gpdht.data.dataset import Dataset
    from gpdht.metrics.calibration import Platt

TOP_PER_TF = 100
UNSIGNED = (
    "the network's weights have no sign: targets that a TF represses count as activated. --sign "
    "correlation takes signs from the cells, --sign known from the known edges."
)


@takes_edge_options
@takes_own_data
def activity(
    network: Annotated[
        str,
        typer.Argument(
            metavar="MODEL|NETWORK",
            help="A model (NAME, NAME@alias, NAME/VERSION, its folder), or a file of edges with "
            "weights, of `gpdht predict` say.",
        ),
    ],
    data: DataArg,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="DATA with the activities in obsm (.h5ad), or cells × TFs (.parquet, .csv[.gz], "
            ".tsv[.gz]).",
        ),
    ],
    data_options: DataOptions,
    method: Annotated[
        str, typer.Option(metavar="ulm|mlm|waggr|zscore|viper", help="The method of decoupler.")
    ] = "ulm",
    min_targets: Annotated[
        int, typer.Option(min=1, help="Leave out TFs with fewer targets among the genes of DATA.")
    ] = 5,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow registry; else MLFLOW_TRACKING_URI.")
    ] = None,
    as_json: JsonOpt = False,
    choice: EdgeChoice,
) -> None:
    """Estimate how active each TF is in each cell of DATA, by decoupler on a network.

    Of a model, the best 100 edges of each TF are taken unless --top, --top-per-tf or
    --min-precision says another number. DATA may be other cells than the model's.
    """
    from gpdht.data.own_names import as_own, in_own_names
    from gpdht.network.activity import Method, estimate_activities, load_decoupler
    from gpdht.network.export import FORMATS, check_output, write_file, write_part

    check_choice("--method", method, Method)
    check_output(output, (".h5ad", *FORMATS))
    load_decoupler()
    edges, known, calibration, choice = _network(network, choice, tracking_uri)
    dataset = _open(data_options, data, known)
    edges = choice.of(edges, dataset=dataset, calibration=calibration, say=say)
    if not (edges["weight"] < 0).any():
        say(UNSIGNED)
    edges, dataset = in_own_names(edges, dataset), as_own(dataset)
    scored = estimate_activities(dataset, edges, method=cast(Any, method), min_targets=min_targets)
    scores = scored.obsm[f"score_{method}"]
    if output.suffix == ".h5ad":
        write_file(output, _whole(data, scored, method).write_h5ad)
    else:
        table = scores.rename_axis("cell").reset_index()
        write_file(output, lambda part: write_part(table, part, output))
    _show(scores, edges, output, as_json=as_json)


def _network(
    place: str, choice: EdgeChoice, tracking_uri: str | None
) -> tuple[pd.DataFrame, pd.DataFrame | None, Platt | None, EdgeChoice]:
    """The network, its known edges if it says them, its calibration, and what to take of it."""
    from gpdht.network.activity import read_network
    from gpdht.network.predict import own_network
    from gpdht.registry import load

    if Path(place).is_file():
        edges, problems = read_network(Path(place))
        print_problems(problems, Console(stderr=True, highlight=False, soft_wrap=True))
        return edges, None, None, choice
    model = load(place, tracking_uri=tracking_uri)
    check_calibrated(model, choice)
    if choice.top is choice.top_per_tf is choice.min_precision is None:
        choice = replace(choice, top_per_tf=TOP_PER_TF)
    return own_network(model), model.net, model.calibration, choice


def _open(options: DataOptions, data: str, known: pd.DataFrame | None) -> Dataset:
    """The cells; that nothing can be trained without known edges does not matter here."""
    from gpdht.data.edges import NO_NET

    dataset = options.open(data, show_problems=False, default_net=known, needs_net=False)
    problems = tuple(problem for problem in dataset.problems if problem != NO_NET)
    print_problems(problems, Console(stderr=True, highlight=False, soft_wrap=True))
    return dataset


def _whole(data: str, scored: anndata.AnnData, method: str) -> anndata.AnnData:
    """DATA's own AnnData with the activities, or the cells as they were read from another file."""
    import anndata

    from gpdht.data.source import split_species

    _, place = split_species(data)
    if not place.endswith(".h5ad"):
        return scored
    own = anndata.read_h5ad(place)
    cells = scored.obs_names  # --cells may have taken a part
    if not (own.obs_names.is_unique and cells.isin(own.obs_names).all()):
        say(
            f"{place}: its cells were renamed in reading, so only matrix and activities are written"
        )
        return scored
    own = own if own.obs_names.equals(cells) else own[cells].copy()
    for key in (f"score_{method}", f"padj_{method}"):
        if key in scored.obsm:
            own.obsm[key] = scored.obsm[key]
    return own


def _show(scores: pd.DataFrame, edges: pd.DataFrame, output: Path, *, as_json: bool) -> None:
    left_out = edges["source"].nunique() - scores.shape[1]
    empty = int(scores.isna().all(axis=1).sum())
    if as_json:
        found = {"file": str(output), "cells": len(scores), "tfs": list(scores)}
        print(json.dumps(found | {"edges": len(edges), "left_out": left_out, "empty": empty}))
        return
    text = f"activities of {scores.shape[1]} TFs in {len(scores):,} cells in {output}"
    text += f"; {left_out} TFs with too few targets left out" if left_out else ""
    print(text + (f"; {empty} cells without expression have none" if empty else ""))
