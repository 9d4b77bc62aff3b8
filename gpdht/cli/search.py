"""`gpdht search`: a hyperparameter search that can be stopped, resumed and compared."""

from __future__ import annotations

import itertools
import json
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpdht.cli.bundled_options import words_of
from gpdht.cli.data_options import PLACES, DataOptions, takes_data
from gpdht.cli.job_options import (
    AUTO,
    AddressOpt,
    CpusOpt,
    DeviceOpt,
    GpusOpt,
    JsonOpt,
    MaxConcurrentOpt,
    TrackingUriOpt,
    TrialTimeoutOpt,
    parse_seconds,
)
from gpdht.cli.matrix_options import of_record
from gpdht.data.net_options import NetOptions
from gpdht.errors import StudyError, TrackingError

if TYPE_CHECKING:
    from gpdht.data.dataset import Dataset
    from gpdht.search.space import Space
    from gpdht.search.study import Study


MANY = typer.Argument(
    metavar="DATA...",
    help=f"{PLACES} Several: settings that are good on all of them; a trial is scored on each.",
)


@takes_data
def search(
    data: Annotated[list[str], MANY],
    *,
    space: Annotated[
        Path, typer.Option(help="A YAML search space, or a shipped one by name, e.g. quick.")
    ],
    data_options: DataOptions,
    name: Annotated[
        str | None, typer.Option(help="The study's name; data and space name it otherwise.")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Trials in all, also over resumes; else the space's.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the study if it exists, else start it.")
    ] = False,
    warm_start: Annotated[
        list[str] | None,
        typer.Option(metavar="STUDY", help="Try an earlier study's best points first; repeatable."),
    ] = None,
    cpus_per_trial: CpusOpt = 1,
    gpus_per_trial: GpusOpt = AUTO,
    device: DeviceOpt = None,
    max_concurrent: MaxConcurrentOpt = None,
    trial_timeout: TrialTimeoutOpt = None,
    time_budget: Annotated[
        str | None, typer.Option(metavar="2h|30m|SECONDS", help="Then stop, resumable.")
    ] = None,
    gpu_budget: Annotated[
        str | None,
        typer.Option(
            metavar="4h|30m|SECONDS", help="GPU time of the trials; then stop, resumable."
        ),
    ] = None,
    stop_when_flat: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="GAIN",
            help="Stop when the next hour is expected to gain less, e.g. .002.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Sampler, folds and weights; else the space's.")
    ] = None,
    replicates: Annotated[
        int,
        typer.Option(min=0, help="Fresh folds on which the winner meets the space's default."),
    ] = 3,
    address: AddressOpt = None,
    storage: Annotated[
        str | None, typer.Option(help="Folder or URL that all nodes of a cluster see.")
    ] = None,
    price_per_hour: Annotated[
        float | None,
        typer.Option(min=0, help="Of the machine, in any currency; a node's label comes first."),
    ] = None,
    journal: Annotated[
        bool | None,
        typer.Option(
            "--journal/--database",
            show_default=False,
            help="Keep a new study's trials in a journal (the default on a network drive).",
        ),
    ] = None,
    tracking_uri: TrackingUriOpt = None,
    experiment: Annotated[
        str | None, typer.Option(help="MLflow experiment; gpdht otherwise.")
    ] = None,
    studies: Annotated[Path, typer.Option(help="Folder of all studies.")] = Path("studies"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check it all and run one short trial.")
    ] = False,
    as_json: JsonOpt = False,
) -> None:
    """Search a space on DATA; end with the best trials beside the label-only baseline.

    The space's default is the first trial; in the end the best is held against it on fresh folds.
    Ctrl-C leaves a study that `--resume` goes on with.
    """
    from gpdht.data.together import joint_name
    from gpdht.devices import on_device
    from gpdht.search.space import load_space
    from gpdht.search.study import default_name

    limit_s = parse_seconds(trial_timeout, "--trial-timeout")
    budget_s = parse_seconds(time_budget, "--time-budget")
    gpu_s = parse_seconds(gpu_budget, "--gpu-budget")
    options = {
        "studies": studies,
        "trials": trials,
        "resume": resume,
        "cpus_per_trial": cpus_per_trial,
        "gpus_per_trial": gpus_per_trial,
        "max_concurrent": max_concurrent,
        "warm_start": warm_start or (),
        "trial_timeout_s": limit_s,
        "gpu_budget_s": gpu_s,
        "address": address,
        "storage": storage,
        "price_per_hour": price_per_hour,
        "journal": journal,
        "seed": seed,
        "replicates": replicates,
    }
    if dry_run:
        from gpdht.cli.preflight import try_search

        options |= {"name": name, "tracking_uri": tracking_uri, "experiment": experiment}
        with on_device(device):
            opened = partial(data_options.open_together, data)
            code = try_search(opened, space, options, as_json=as_json)
        raise typer.Exit(code)
    checked = load_space(space)
    dataset = data_options.open_together(data)
    study_name = name or default_name(joint_name(dataset), space)
    tracking = _tracking_of(studies / study_name, tracking_uri, experiment)
    options |= {
        "name": study_name,
        "tracking": tracking,
        "source": data_options.record(*data),
        "time_budget_s": budget_s,
        "stop_when_flat": stop_when_flat,
        "command": resume_command(),
    }
    with on_device(device):
        study = _search(dataset, checked, tracking_uri or tracking["uri"], options)
    _show(study, as_json=as_json)


def _tracking_of(folder: Path, uri: str | None, experiment: str | None) -> dict[str, str]:
    """Where to track: as asked, else where the study was tracked so far, else by default."""
    from gpdht.search.study import Study
    from gpdht.tracking.connection import resolve_uri, to_keep, tracked_at

    kept = Study.read(folder).record["tracking"] if Study.exists_in(folder) else {}
    asked, named = tracked_at(kept, uri, experiment)
    return to_keep(resolve_uri(asked), named)


def _search(dataset: Dataset, space: Space, tracking_uri: str, options: dict[str, Any]) -> Study:
    from gpdht.search.run import run_search
    from gpdht.tracking import open_tracker

    folder = Path(options["studies"]) / options["name"]
    tracker = None
    try:
        tracker = open_tracker(tracking_uri or None, options["tracking"]["experiment"])
    except TrackingError as error:
        # Nobody may be there when a cluster starts a search again.
        if not options["resume"] or not (folder / "study.json").is_file():
            raise
        print(
            f"{error}\nThe search goes on untracked; then `gpdht sync {folder}` adds it to MLflow.",
            file=sys.stderr,
        )
    try:
        return run_search(dataset, space, tracker=tracker, **options)
    except KeyboardInterrupt:
        _say_how_to_resume(folder, "Interrupted")
        raise typer.Exit(130) from None


def _say_how_to_resume(folder: Path, why: str) -> None:
    from gpdht.search.study import open_study

    try:
        study = open_study(folder)
    except StudyError:
        print(f"{why} before the study began; nothing was written.", file=sys.stderr)
        return
    kept = f"{study.num_ended} of {study.space.trials} trials have ended and are kept."
    print(f"{why}: {kept} Resume with:\n  {resume_command()}", file=sys.stderr)


def resume_command() -> str:
    """The command line that was given, with `--resume` and without what would end it at once."""
    given = [
        word
        for before, word in itertools.pairwise(sys.argv)
        if "--stop-when-flat" not in (before, word.partition("=")[0])
    ]
    return shlex.join(["gpdht", *given, *([] if "--resume" in given else ["--resume"])])


def _show(study: Study, *, as_json: bool) -> None:
    from gpdht.cli.tables import result_console
    from gpdht.cli.trials import print_leaderboard, summary_of
    from gpdht.search.outlook import Outlook

    ended = study.record["ended"]
    if ended["why"] != "complete":
        flat = ended["why"] == "flat"
        why = "The search is flat" if flat else f"The {ended['why']} is spent"
        _say_how_to_resume(study.folder, why)
    if as_json:
        print(json.dumps(summary_of(study)))
        return
    console = result_console()
    print_leaderboard(study, console=console)
    if ended["outlook"]:
        console.print(f"Left on the table: {Outlook(**ended['outlook'])}.", soft_wrap=True)
    console.print("\nNext:", *_next_commands(study), sep="\n  ", markup=False, soft_wrap=True)


def _next_commands(study: Study) -> list[str]:
    folder = shlex.quote(str(study.folder))
    source = study.record["source"]
    data = shlex.quote(source.get("data") or "DATA")
    of = [f"--of {shlex.quote(name)}" for name in study.sets[:1]]
    if source.get("symbols") == "upper":
        data += " --symbols upper"
    words = words_of(of_record(source))
    if source.get("net") is None:  # else the model's own edges, which need no words
        words += words_of(NetOptions(**source.get("net_options") or {}))
    data = " ".join([data, *map(shlex.quote, words)])
    uri = study.record["tracking"].get("uri")
    is_server = uri and uri.startswith("http")
    server = f"mlflow ui --backend-store-uri {shlex.quote(uri)}" if uri else ""
    return [
        f"gpdht trials {folder}",
        " ".join([f"gpdht register {folder} --name {study.name}", *of]),
        f"gpdht predict {study.name}@champion {data} -o network.parquet",
        # MLflow's page is of language models unless its address or the browser says otherwise
        f"{uri}/#/experiments?workflowType=machine_learning" if is_server else server,
    ]
