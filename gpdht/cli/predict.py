"""`gpdht predict`: a model and data in, the ranked network out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gpdht.cli.data_options import (
    DataArg,
    DataOptions,
    NetOpt,
    OrientationOpt,
    OrthologsOpt,
    OthersOpt,
    PriorsOpt,
    SymbolsOpt,
    TfsOpt,
)
from gpdht.cli.job_options import DeviceOpt
from gpdht.cli.matrix_options import takes_matrix_options
from gpdht.cli.net_options import takes_net_options
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.net_options import NetOptions

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10


@takes_net_options
@takes_matrix_options
def predict(
    model: Annotated[
        str,
        typer.Argument(help="NAME (its champion), NAME@alias, NAME/VERSION, or a model's folder."),
    ],
    data: DataArg,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The net table: .parquet, .csv[.gz], .tsv[.gz].")
    ],
    net: NetOpt = None,
    tfs: TfsOpt = None,
    symbols: SymbolsOpt = "exact",
    orientation: OrientationOpt = "auto",
    prior: PriorsOpt = None,
    orthologs: OrthologsOpt = None,
    others: OthersOpt = None,
    sources: Annotated[
        str,
        typer.Option(
            metavar="known|all|TF,TF,…",
            help="Rank the targets of TFs with a known edge, of all TFs, or of the ones named.",
        ),
    ] = "known",
    top: Annotated[int | None, typer.Option(min=1, help="Write only the best edges.")] = None,
    retrain: Annotated[
        bool,
        typer.Option(
            "--retrain",
            help="On other cells than the model's: train its configuration again on them, with "
            "its known edges.",
        ),
    ] = False,
    device: DeviceOpt = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow registry; else MLFLOW_TRACKING_URI.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    net_options: NetOptions,
    matrix_options: MatrixOptions,
) -> None:
    """Rank all TF × gene pairs of DATA: source, target, weight, rank, known."""
    from gpdht.cli.progress import EpochBar
    from gpdht.devices import on_device
    from gpdht.network.export import check_output, write_table
    from gpdht.network.predict import predict as predict_net
    from gpdht.registry import load

    check_output(output)
    loaded = load(model, tracking_uri=tracking_uri)
    options_of_data = DataOptions(
        net,
        tfs,
        symbols,
        orientation,
        prior,
        orthologs,
        others,
        net_options=net_options,
        matrix_options=matrix_options,
    )
    dataset = options_of_data.open(data, default_net=loaded.net)
    with on_device(device):
        if retrain:
            with EpochBar() as bar:
                loaded = loaded.retrained_on(dataset, progress=bar)
        edges = predict_net(loaded, dataset, tfs=_sources(sources))
    edges = edges if top is None else edges.head(top)
    write_table(edges, output)
    _show(edges, output, as_json=as_json)


def _sources(text: str) -> Literal["known", "all"] | list[str]:
    if text == "known":
        return "known"
    if text == "all":
        return "all"
    return [name.strip() for name in text.split(",") if name.strip()]


def _show(edges: pd.DataFrame, output: Path, *, as_json: bool) -> None:
    first = edges.head(SHOWN)
    if as_json:
        rows = json.loads(first.to_json(orient="records"))
        print(json.dumps({"file": str(output), "edges": len(edges), "first": rows}))
        return
    print(first.to_string(index=False, float_format=lambda value: f"{value:.4f}"))
    print(f"{len(edges)} edges in {output}, {int(edges['known'].sum())} of them known")
