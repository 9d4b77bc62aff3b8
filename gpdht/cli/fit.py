"""`gpdht fit`: one configuration, cross-validated, without Ray."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpdht.cli.data_options import PLACES, DataOptions, takes_data
from gpdht.cli.job_options import DeviceOpt
from gpdht.cli.progress import EpochBar
from gpdht.cli.settings import parse_settings, print_ignored, print_without_knowledge

if TYPE_CHECKING:
    import pandas as pd

    from gpdht.config import Config
    from gpdht.data.dataset import Dataset
    from gpdht.presentation import Table
    from gpdht.trial import TrialResult


MANY = typer.Argument(
    metavar="DATA...", help=f"{PLACES} Several: each is cross-validated, then their means."
)


@takes_data
def fit(
    data: Annotated[list[str], MANY],
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
    from gpdht.data.together import each_alone
    from gpdht.devices import on_device
    from gpdht.models.catalogue import check_can_be_kept
    from gpdht.network.export import check_output, write_table
    from gpdht.registry.fit import account_of, check_complete, check_one_set
    from gpdht.registry.folder import check_new_folder

    if scores is not None:
        check_output(scores)
    if save is not None:
        check_one_set(data)
        check_new_folder(save)
    values = parse_settings(settings or [])
    config = Config.from_flat({"cv.seed": seed, "train.seed": seed, **values})
    if save is not None:
        check_can_be_kept(config)
    print_ignored(config, values)
    dataset = data_options.open_together(data)
    for one in each_alone(dataset):
        print_without_knowledge(one, values)
    with on_device(device):
        result = _run(config, dataset)
        check_complete(result)
        if scores is not None:
            write_table(_scores_in_own_names(result, dataset), scores)
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


def _scores_in_own_names(result: TrialResult, dataset: Dataset) -> pd.DataFrame:
    """The out-of-fold scores, of several sets all below each other."""
    import pandas as pd

    from gpdht.data.own_names import in_own_names
    from gpdht.data.together import each_alone

    sets = each_alone(dataset)
    parts = [in_own_names(result.of_set(one.name).scores, one) for one in sets]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _show(config: Config, result: TrialResult) -> None:
    from gpdht.cli.tables import print_tables, result_console
    from gpdht.presentation import count

    folds = config.applied().get("cv.folds")
    split = "set left out" if folds is None else f"{folds}-fold {config.cv.split} split"
    protocol = f"{split}, seed {config.cv.seed}"
    cost = f"{result.seconds:.0f} s · peak {result.peak_memory_mb:.0f} MiB"
    tables = [
        _score_table(config, one, f"{name}: {protocol}", f"{_about(one)}\n{_best(one)}")
        for name, one in ((name, result.of_set(name)) for name in result.sets)
    ]
    if tables:
        title = f"mean over {count(len(tables), 'set')}: {protocol}"
        note = (
            "each set has folds, epochs, models and baselines of its own; intervals take the sets "
            f"as they are, and the errors on them as independent\n{cost}"
        )
    else:
        title, note = protocol, f"{_about(result)}\n{_best(result)} · {cost}"
    print_tables([*tables, _score_table(config, result, title, note)], result_console())


def _about(result: TrialResult) -> str:
    """Which pairs the scores of a set are of."""
    from gpdht.metrics.low_overlap import say_low_overlap

    pairs = f"pairs: {result.universe}; prevalence {result.metrics['test/prevalence']:.3f}"
    return "\n".join(filter(None, (pairs, say_low_overlap(result.metrics))))


def _best(result: TrialResult) -> str:
    return f"best epoch {result.best_epoch} of {result.epochs}"


def _score_table(config: Config, result: TrialResult, title: str, note: str) -> Table:
    """The headline scores beside the label-only baselines, which are named where one is known."""
    from gpdht.metrics.names import HEADLINE
    from gpdht.models.catalogue import title_of
    from gpdht.presentation import Table, number, spread, with_interval

    def value(name: str) -> float:
        # no TF of some fold may have both classes
        return result.metrics.get(name, math.nan)

    def sd(metric: str) -> float:
        several = f"test/{metric}_fold1" in result.metrics
        return value(f"test/{metric}_sd") if several else math.nan

    shown = [metric for metric in HEADLINE if f"gain/{metric}" in result.metrics]
    models = {metric: title_of(model) for metric, model in result.baseline_models.items()}
    of_shown = {models.get(metric) for metric in shown}
    alike = len(of_shown) == 1
    named = of_shown.pop() if alike else None
    rows = [
        (
            _title(metric),
            number(value(f"test/{metric}")),
            spread(value(f"test/{metric}_mean"), sd(metric)),
            number(value(f"baseline/{metric}"))
            + (f" ({models[metric]})" if metric in models and not alike else ""),
            with_interval(
                *(value(f"gain/{metric}{end}") for end in ("", "_low", "_high")), sign=True
            ),
        )
        for metric in shown
    ]
    label_only = f"label-only ({named})" if named else "label-only"
    header = ("", title_of(config), "mean ± sd over folds", label_only, "gain (95 % interval)")
    return Table(title, header, rows, note)


def _title(metric: str) -> str:
    from gpdht.metrics.names import TITLES

    return TITLES[metric] + ("" if metric.endswith("_per_tf") else ", pooled")
