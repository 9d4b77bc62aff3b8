"""`gpdht predict`: a model and data in, the ranked network out."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gpdht.cli.data_options import DataArg, DataOptions, takes_data
from gpdht.cli.edge_options import takes_edge_options
from gpdht.cli.job_options import DeviceOpt
from gpdht.errors import DataError
from gpdht.network.edge_choice import NO_CALIBRATION, EdgeChoice

if TYPE_CHECKING:
    import pandas as pd

    from gpdht.registry.model import Model

SHOWN = 10
MODES = {
    "same data": "scored on the data of training",
    "new data": "scored on new data by their features, without training",
    "retrained": "scored by the model's configuration, trained again on these data",
}
UNTESTED = (
    "--min-precision is by scores on the cells that the model was registered with, so it says "
    "nothing {}; choose by --top or --top-per-tf."
)
UNSIGNED = (
    "weights are probabilities without a sign: decoupler reads every edge as activation. --sign "
    "known or --sign correlation gives signed ones."
)


@takes_edge_options
@takes_data
def predict(
    model: Annotated[
        str,
        typer.Argument(help="NAME (its champion), NAME@alias, NAME/VERSION, or a model's folder."),
    ],
    data: DataArg,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The network: a table (.parquet, .csv[.gz], .tsv[.gz]), .graphml, .sif, .cyjs or "
            ".h5ad.",
        ),
    ],
    data_options: DataOptions,
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="table, decoupler, arboreto, celloracle, beeline, genernib, graphml, sif, "
            "cytoscape or h5ad; else by the ending.",
        ),
    ] = None,
    sources: Annotated[
        str,
        typer.Option(
            metavar="known|all|TF,TF,…",
            help="Rank the targets of TFs with a known edge, of all TFs, or of the ones named.",
        ),
    ] = "known",
    retrain: Annotated[
        bool,
        typer.Option(
            "--retrain",
            help="On other cells than the model's: train its configuration again on them, with "
            "its known edges. Without, a model with encoder.features reads them as they are.",
        ),
    ] = False,
    device: DeviceOpt = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow registry; else MLFLOW_TRACKING_URI.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    choice: EdgeChoice,
) -> None:
    """Rank all TF × gene pairs of DATA: source, target, weight, rank, known.

    The weight is the probability of an edge; it has a sign only by --sign.
    """
    from gpdht.cli.progress import EpochBar
    from gpdht.data.own_names import in_own_names
    from gpdht.devices import on_device
    from gpdht.network.edge_signs import check_signs
    from gpdht.network.formats import NETWORK_FORMATS, check_network_output, write_network
    from gpdht.network.predict import check_calibrated_tfs
    from gpdht.network.predict import predict as predict_net
    from gpdht.network.scores_elsewhere import say_score_elsewhere
    from gpdht.registry import load

    signed = choice.sign != "none"
    format_name = check_network_output(output, format_name, signed=signed, top=choice.top)
    if choice.top is None:
        choice = replace(choice, top=NETWORK_FORMATS[format_name].limit)
    if retrain and choice.min_precision is not None:
        raise DataError(UNTESTED.format("after --retrain"))
    loaded = load(model, tracking_uri=tracking_uri)
    check_calibrated(loaded, choice)
    dataset = data_options.open(data, default_net=loaded.net)
    if choice.sign == "known":
        check_signs(dataset)
    tfs = _sources(sources, data_options.symbols)
    known = loaded.is_of(dataset)
    if choice.min_precision is not None:
        if not known:
            loaded.check_fits(dataset)
            raise DataError(UNTESTED.format("of others"))
        check_calibrated_tfs(loaded, dataset, tfs)
    model_there = loaded
    with on_device(device):
        if retrain:
            with EpochBar() as bar:
                model_there = loaded.retrained_on(dataset, progress=bar)
        edges = predict_net(model_there, dataset, tfs=tfs)
    mode = "retrained" if retrain and not known else edges.attrs["mode"]
    for sentence in edges.attrs["notices"]:
        say(sentence)
    if not known:
        say(say_score_elsewhere(loaded.card, loaded.data["name"]))
    calibration = loaded.calibration if known else None
    edges = choice.of(edges, dataset=dataset, calibration=calibration, say=say)
    if format_name == "decoupler" and not signed:
        say(UNSIGNED)
    write_network(edges, output, format=format_name, dataset=dataset)
    _show(in_own_names(edges, dataset), output, mode=mode, as_json=as_json)


def check_calibrated(model: Model, choice: EdgeChoice) -> None:
    """Refuse a least precision of a model without a calibration, before the work."""
    if choice.min_precision is not None and model.calibration is None:
        raise DataError(NO_CALIBRATION)


def say(sentence: str) -> None:
    """A sentence on stderr."""
    print(sentence, file=sys.stderr)


def _sources(text: str, symbols: str) -> Literal["known", "all"] | list[str]:
    """The choice of TFs, those that are named spelt as the data's are."""
    if text == "known":
        return "known"
    if text == "all":
        return "all"
    names = text.upper() if symbols == "upper" else text
    return [name.strip() for name in names.split(",") if name.strip()]


def _show(edges: pd.DataFrame, output: Path, *, mode: str, as_json: bool) -> None:
    first = edges.head(SHOWN)
    if as_json:
        rows = json.loads(first.to_json(orient="records"))
        about = {"file": str(output), "mode": mode, "edges": len(edges)}
        print(json.dumps({**about, "first": rows}))
        return
    print(first.to_string(index=False, float_format=lambda value: f"{value:.4f}"))
    print(
        f"{len(edges)} edges in {output}, {int(edges['known'].sum())} of them known; {MODES[mode]}"
    )
