"""`gpdht register`: a study's winner, scored again and kept in the registry."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpdht.cli.job_options import DeviceOpt

if TYPE_CHECKING:
    from gpdht.data.dataset import Dataset
    from gpdht.registry.versions import ModelVersion
    from gpdht.search.study import Study


def register(
    study: Annotated[str, typer.Argument(help="A study's name or folder.")],
    *,
    name: Annotated[str, typer.Option(help="Name of the registered model.")],
    replicates: Annotated[
        int, typer.Option(min=1, help="Fresh seeds: of the replicated score, and of the ensemble.")
    ] = 3,
    of: Annotated[
        str | None,
        typer.Option(metavar="SET", help="Of a study of several sets, which one; else the first."),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(help="Where the study's data are now, if they have moved; once for each set."),
    ] = None,
    studies: Annotated[Path, typer.Option(help="Folder of all studies.")] = Path("studies"),
    device: DeviceOpt = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow registry; else where the study is tracked.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Score a study's winner on fresh folds, fit it on all pairs, and register it.

    If it is worse there than the space's default, the reference, that is registered instead.
    It becomes champion if it beats the present champion under the same protocol, else candidate.
    """
    from gpdht.cli.progress import EpochBar
    from gpdht.devices import on_device
    from gpdht.registry.registration import register as register_winner
    from gpdht.search.study import open_study

    opened = open_study(study, studies)
    dataset = _study_data(opened, data or [])
    with on_device(device), EpochBar() as bar:
        version = register_winner(
            opened,
            dataset,
            name=name,
            of=of,
            replicates=replicates,
            tracking_uri=tracking_uri,
            progress=bar,
        )
    print(json.dumps(asdict(version))) if as_json else print_version(version)


def print_version(version: ModelVersion) -> None:
    """A version's alias and why it has it, its scores, and what they show."""
    from gpdht.cli.tables import print_tables, result_console
    from gpdht.registry.card import card_tables, sentences

    console = result_console()
    alias = f" is {version.alias}" if version.alias else ""
    console.print(f"{version.ref}{alias}: {version.reason}.\n", markup=False)
    print_tables(card_tables(version.card), console)
    console.print("\n".join(sentences(version.card)), markup=False)


def _study_data(study: Study, moved: list[str]) -> Dataset:
    """The data as the study recorded them; `register` itself compares the fingerprints."""
    from gpdht.cli.data_options import reopen
    from gpdht.errors import StudyError

    source: dict[str, Any] = study.record["source"]
    if not (moved or source.get("data")):
        raise StudyError(
            f'study "{study.name}" does not record where its data are (it was made from Python); '
            "name them with --data, or register from Python."
        )
    return reopen(source, moved=moved)
