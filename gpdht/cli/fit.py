"""`gpdht fit`: one configuration, cross-validated, without Ray."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpdht.cli.data_options import DataArg, DataOptions, takes_data
from gpdht.cli.job_options import DeviceOpt
from gpdht.cli.progress import EpochBar
from gpdht.cli.settings import parse_settings, print_ignored, print_without_knowledge

if TYPE_CHECKING:
    from gpdht.config import Config
    from gpdht.data.dataset import Dataset
    from gpdht.trial import TrialResult


@takes_data
def fit(
    data: DataArg,
    *,
    data_options: DataOptions,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="A setting; see `gpdht config`."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Draw of folds, weights and batches.")] = 0,
    device: DeviceOpt = None,
    scores: Annotated[
        Path | None, typer.Option(help="Write out-of-fold scores here (.parquet, .csv, .tsv).")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Refit on all pairs and write the model to this new folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Cross-validate one configuration; every score stands beside the label-only baseline."""
    from gpdht.config import Config
    from gpdht.data.own_names import in_own_names
    from gpdht.devices import on_device
    from gpdht.models.catalogue import check_can_be_kept
    from gpdht.network.export import check_output, write_table
    from gpdht.registry.fit import account_of, check_complete
    from gpdht.registry.folder import check_new_folder

    if scores is not None:
        check_output(scores)
    if save is not None:
        check_new_folder(save)
    values = parse_settings(settings or [])
    config = Config.from_flat({"cv.seed": seed, "train.seed": seed, **values})
    if save is not None:
        check_can_be_kept(config)
    print_ignored(config, values)
    dataset = data_options.open(data)
    print_without_knowledge(dataset, values)
    with on_device(device):
        result = _run(config, dataset)
        check_complete(result)
        if scores is not None:
            write_table(in_own_names(result.scores, dataset), scores)
        if save is not None:
            _keep(config, dataset, result, save)
    print(json.dumps(account_of(config, dataset, result))) if as_json else _show(config, result)


def _run(config: Config, dataset: Dataset) -> TrialResult:
    from gpdht.trial import run_trial

    with EpochBar() as bar:

        def report(epoch: int, metrics: dict[str, float]) -> None:
            note = f"val AP {metrics['val/auprc']:.3f}"
            bar("cross-validation", epoch, config.train.epochs, note)

        return run_trial(config, dataset, report=report)


def _keep(config: Config, dataset: Dataset, result: TrialResult, folder: Path) -> None:
    from gpdht.registry.fit import train_on_all
    from gpdht.registry.folder import save_model

    with EpochBar() as bar:

        def report(epoch: int, _: dict[str, float]) -> None:
            bar("final fit", epoch, result.best_epoch or 1)

        model = train_on_all(config, dataset, result, report=report)
    save_model(folder, model)


def _show(config: Config, result: TrialResult) -> None:
    from gpdht.cli.tables import print_tables, result_console
    from gpdht.metrics.low_overlap import say_low_overlap
    from gpdht.metrics.names import HEADLINE
    from gpdht.models.catalogue import title_of
    from gpdht.presentation import Table, number, spread, with_interval

    def value(name: str) -> float:
        # no TF of some fold may have both classes
        return result.metrics.get(name, math.nan)

    shown = [metric for metric in HEADLINE if f"gain/{metric}" in result.metrics]
    models = {metric: title_of(result.baseline_models[metric]) for metric in shown}
    alike = len(set(models.values())) == 1
    label_only = f"label-only ({models[shown[0]]})" if alike else "label-only"
    rows = [
        (
            _title(metric),
            number(value(f"test/{metric}")),
            spread(value(f"test/{metric}_mean"), value(f"test/{metric}_sd")),
            number(value(f"baseline/{metric}")) + ("" if alike else f" ({models[metric]})"),
            with_interval(
                *(value(f"gain/{metric}{end}") for end in ("", "_low", "_high")), sign=True
            ),
        )
        for metric in shown
    ]
    overlap = "".join(f"{text}\n" for text in [say_low_overlap(result.metrics)] if text)
    note = (
        f"pairs: {result.universe}; prevalence {value('test/prevalence'):.3f}\n"
        f"{overlap}"
        f"best epoch {result.best_epoch} of {result.epochs} · {result.seconds:.0f} s · "
        f"peak {result.peak_memory_mb:.0f} MiB"
    )
    folds = config.applied().get("cv.folds")
    split = "set left out" if folds is None else f"{folds}-fold {config.cv.split} split"
    title = f"{split}, seed {config.cv.seed}"
    header = ("", title_of(config), "mean ± sd over folds", label_only, "gain (95 % interval)")
    print_tables([Table(title, header, rows, note)], result_console())


def _title(metric: str) -> str:
    from gpdht.metrics.names import TITLES

    return TITLES[metric] + ("" if metric.endswith("_per_tf") else ", pooled")
