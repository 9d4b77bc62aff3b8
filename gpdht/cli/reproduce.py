"""`gpdht reproduce`: the tables and figures of the paper, beside what it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from gpdht.cli.compare import MANY
from gpdht.cli.data_options import DataOptions, takes_own_data
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
    resumable,
    typed_command,
)
from gpdht.cli.tables import print_tables, result_console

if TYPE_CHECKING:
    from gpdht.reproduction.run import Reproduction


@takes_own_data
def reproduce(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="table1, table2, figure2, …, figure5.")
    ],
    data: Annotated[list[str], MANY],
    *,
    data_options: DataOptions,
    out: Annotated[
        Path, typer.Option(help="Folder of the results; the same one runs nothing twice.")
    ] = Path("reproduction"),
    setting: Annotated[
        str, typer.Option(help="Of GP-DHT: published, or default (ours: quicker and better).")
    ] = "published",
    seeds: Annotated[str, typer.Option(help="Folds and weights; e.g. 0,1,2.")] = "0",
    cpus_per_trial: CpusOpt = 1,
    gpus_per_trial: GpusOpt = AUTO,
    device: DeviceOpt = None,
    max_concurrent: MaxConcurrentOpt = None,
    address: AddressOpt = None,
    tracking_uri: TrackingUriOpt = None,
    experiment: ExperimentOpt = "gpdht",
    as_json: JsonOpt = False,
) -> None:
    """Make a table or figure of the paper again, beside what it prints.

    table1: TFs and pairs. table2: uniform against cumulative levels. figure2: GP-DHT and the
    models that its paper compares with. figure3: precision-recall curves. figure4: the 100 best
    edges and their hubs. figure5: TFs × targets. All share their jobs in --out; Ctrl-C keeps what
    has ended, and the same command goes on. table1 trains nothing: only DATA and --out matter to
    it. figure2 has both settings.
    """
    from gpdht.devices import on_device
    from gpdht.reproduction.run import COMPARISON, check_choice, models_of, reproduce
    from gpdht.tracking import open_tracker

    check_choice(what, setting)
    datasets = [data_options.open(one) for one in data]
    options: dict[str, Any] = {"out": out, "setting": setting, "command": typed_command()}
    if models_of(what, setting):
        options |= {
            "seeds": seeds,
            "tracker": open_tracker(tracking_uri, experiment),
            "cpus_per_trial": cpus_per_trial,
            "gpus_per_trial": gpus_per_trial,
            "max_concurrent": max_concurrent,
            "address": address,
        }
    with on_device(device), resumable(out / COMPARISON):
        made = reproduce(cast(Any, what), datasets, **options)
    if as_json:
        print(json.dumps(_plain(made)))
        return
    console = result_console()
    print_tables(made.tables, console)
    lines = [*made.about, f"files: {', '.join(str(path) for path in made.files)}"]
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def _plain(made: Reproduction) -> dict[str, Any]:
    """A reproduction as plain data; undefined numbers are null."""
    rows = json.loads(made.table.to_json(orient="records", double_precision=15))
    files = [str(path) for path in made.files]
    return {"what": made.what, "table": rows, "about": list(made.about), "files": files}
