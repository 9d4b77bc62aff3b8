"""`gpdht compare`: models × sets × splits × seeds, in one run that can be resumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpdht.cli.data_options import DataOptions, takes_data
from gpdht.cli.job_options import (
    AUTO,
    AddressOpt,
    CpusOpt,
    DeviceOpt,
    ExperimentOpt,
    GpusOpt,
    JsonOpt,
    MaxConcurrentOpt,
    TrackingUriOpt,
    TrialTimeoutOpt,
    parse_seconds,
    resumable,
    typed_command,
)
from gpdht.cli.settings import parse_settings, print_ignored, print_without_knowledge
from gpdht.cli.tables import print_tables, result_console

if TYPE_CHECKING:
    from gpdht.comparison.result import Comparison

MANY = typer.Argument(
    metavar="DATA...",
    help="Sets to compare on: folders, .h5ad files, matrices or toy, as for the other verbs. "
    "--net, --tfs, --symbols and --orientation hold for each of them.",
)


@takes_data
def compare(
    data: Annotated[list[str], MANY],
    *,
    out: Annotated[
        Path, typer.Option(help="Folder of the results; the same one resumes or extends them.")
    ],
    data_options: DataOptions,
    models: Annotated[
        str,
        typer.Option(
            help="Names and groups (all, label, expression, baselines, controls, peers, variants), "
            "with commas."
        ),
    ] = "gpdht,baselines",
    splits: Annotated[
        str, typer.Option(help="What a test pair has that training had not.")
    ] = "edge,target,tf,both",
    seeds: Annotated[str, typer.Option(help="Folds, weights, permutations; e.g. 0,1,2.")] = "0",
    metric: Annotated[
        str, typer.Option(help="The score that the table ranks by, e.g. auroc.")
    ] = "auprc",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="A setting; see `gpdht config`."),
    ] = None,
    cpus_per_trial: CpusOpt = 1,
    gpus_per_trial: GpusOpt = AUTO,
    device: DeviceOpt = None,
    max_concurrent: MaxConcurrentOpt = None,
    trial_timeout: TrialTimeoutOpt = None,
    address: AddressOpt = None,
    tracking_uri: TrackingUriOpt = None,
    experiment: ExperimentOpt = "gpdht",
    as_json: JsonOpt = False,
) -> None:
    """Compare models on the same folds of every set, split and seed.

    Ends with one table and tidy parquet files in the folder --out. Ctrl-C keeps what has ended;
    the same command goes on, and runs again what failed.
    """
    from gpdht.comparison.request import check_settings
    from gpdht.config import Config
    from gpdht.devices import on_device

    values = parse_settings(settings or [])
    check_settings(set(values))
    config = Config.from_flat(values)
    print_ignored(config, values)
    datasets = [data_options.open(one) for one in data]
    for dataset in datasets:
        print_without_knowledge(dataset, values)
    options = {
        "models": models,
        "splits": splits,
        "seeds": seeds,
        "config": config,
        "out": out,
        "metric": metric,
        "cpus_per_trial": cpus_per_trial,
        "gpus_per_trial": gpus_per_trial,
        "max_concurrent": max_concurrent,
        "trial_timeout_s": parse_seconds(trial_timeout, "--trial-timeout"),
        "address": address,
        "command": typed_command(),
    }
    with on_device(device):
        comparison = _compare(datasets, options, tracking_uri, experiment)
    print(json.dumps(_summary(comparison))) if as_json else _show(comparison)


def _compare(
    datasets: list, options: dict[str, Any], tracking_uri: str | None, experiment: str
) -> Comparison:
    from gpdht.comparison.request import Request
    from gpdht.comparison.run import compare
    from gpdht.execution.placement import Placement
    from gpdht.execution.sharing import check_asked
    from gpdht.tracking import open_tracker

    # before a tracker is asked for anything
    request = Request(
        *(options[name] for name in ("models", "splits", "seeds", "config", "metric"))
    )
    placement = Placement(options["cpus_per_trial"], address=options["address"])
    check_asked(placement, options["gpus_per_trial"])
    request.check(datasets, options["out"])
    opened = open_tracker(tracking_uri, experiment)
    with resumable(options["out"]):
        return compare(datasets, tracker=opened, **options)


def _show(comparison: Comparison) -> None:
    from gpdht.comparison.printed_table import LEGEND, footer, printed_tables

    console = result_console()
    print_tables(printed_tables(comparison), console)
    lines = [LEGEND, *footer(comparison), f"files: {comparison.folder}"]
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def _summary(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain data; undefined numbers are null."""
    names = ("results", "summary", "ranks", "tests")
    return {
        "folder": str(comparison.folder),
        "metric": comparison.metric,
        **comparison.about,
        **{name: _rows(getattr(comparison, name)) for name in names},
    }


def _rows(table: Any) -> list[dict[str, Any]]:
    return json.loads(table.to_json(orient="records", double_precision=15))
