"""Removing a study: its folder, and on request its runs in MLflow and its part of the cache."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gpdht.errors import StudyError
from gpdht.execution.worker import own_cache
from gpdht.presentation import count
from gpdht.search.cache_entries import cache_entries
from gpdht.search.study import STUDIES, Study, open_study
from gpdht.tracking.connection import connect, explained, resolve_uri, shown, tracked_at

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

OWN = re.compile(
    r"study\.json|space\.yaml|optuna\.(db|journal)([.-]\w+)*|lock|status\.json|log\.jsonl(\.\d)?"
    r"|scores|epochs|replicates|corrected|figures|cache|ray|\..+\.part"
)
"""What gpdht writes into a study's folder."""
_PAGE = 1000


@dataclass(frozen=True, eq=False)
class Removal:
    """What is removed with a study.

    Parameters
    ----------
    runs : of MLflow, with their artifacts, the nested ones first.
    cached : files of this machine's cache.
    """

    study: Study
    size: int
    runs: tuple[Run, ...] = ()
    cached: tuple[Path, ...] = ()
    client: MlflowClient | None = None

    def __str__(self) -> str:
        parts = [f"the folder {self.study.folder} ({self.size / 1e6:,.1f} MB)"]
        if self.client is not None:
            place = shown(self.client.tracking_uri)
            parts.append(f"{count(len(self.runs), 'run')} at {place} with their artifacts")
        if self.cached:
            parts.append(f"{count(len(self.cached), 'file')} of the cache {self.cached[0].parent}")
        return f"{self.study.name}: {', '.join(parts)}"


def find_removable(
    study: str | Path,
    studies: str | Path = STUDIES,
    *,
    runs: bool = False,
    cache: bool = False,
    tracking_uri: str | None = None,
) -> Removal:
    """What would be removed with a study; nothing is changed.

    Parameters
    ----------
    study : its folder, or its name inside `studies`.
    runs, cache : also its runs in MLflow; also its part of this machine's cache.
    tracking_uri : None for where the study is tracked.

    Raises
    ------
    StudyError
        If it is no study, a link, holds what is not gpdht's, or its winner is a registered model's
        source.
    TrackingError
        If the registry, which may hold such a model, cannot be asked.
    """
    found = open_study(study, studies)
    _check_folder(found.folder)
    client = _client_of(found, tracking_uri)
    if client is not None:
        _check_not_registered(client, found)
    size = sum(path.lstat().st_size for path in found.folder.rglob("*") if path.is_file())
    wanted = client if runs else None
    return Removal(
        found,
        size,
        () if wanted is None else tuple(_runs_of(wanted, found)),
        tuple(cache_entries(found, own_cache())) if cache else (),
        wanted,
    )


def remove(removal: Removal) -> None:
    """Remove it, the folder last, so that what fails can be repeated.

    Keep the study locked around this and `find_removable`.
    """
    if removal.client is not None:
        with explained(removal.client.tracking_uri):
            for run in removal.runs:
                _delete_run(removal.client, run)
    for path in removal.cached:
        path.unlink(missing_ok=True)
    shutil.rmtree(removal.study.folder)


def _check_folder(folder: Path) -> None:
    if folder.is_symlink():
        raise StudyError(
            f"{folder} is a link to {folder.resolve()}; name the study's own folder, and remove "
            "the link yourself."
        )
    others = sorted(path.name for path in folder.iterdir() if not OWN.fullmatch(path.name))
    if others:
        raise StudyError(
            f'{folder} also holds what is no part of a study ({len(others)}, e.g. "{others[0]}"); '
            "move it away first."
        )


def _client_of(study: Study, tracking_uri: str | None) -> MlflowClient | None:
    """A client of the place where a study is tracked; None for one that is tracked nowhere."""
    tracked = study.record.get("tracking") or {}
    if not (tracking_uri or tracked):
        return None
    uri = resolve_uri(tracked_at(tracked, tracking_uri)[0])
    path = Path(uri.partition(":///")[2])
    if uri.startswith("sqlite:") and not path.exists():  # connecting would make a new one
        return None
    return connect(uri)


def _check_not_registered(client: MlflowClient, study: Study) -> None:
    study_id = study.record.get("id", "")
    with explained(client.tracking_uri):
        found = client.search_model_versions(f"tags.study_id = '{study_id}'")
    if study_id and found:
        models = ", ".join(sorted(f"{one.name}/{one.version}" for one in found))
        raise StudyError(
            f'the winner of study "{study.name}" is the source of {models} at '
            f"{shown(client.tracking_uri)}; keep the study, or delete that version first."
        )


def _runs_of(client: MlflowClient, study: Study) -> Iterator[Run]:
    """The nested runs, then the study's own."""
    from mlflow.exceptions import MlflowException

    parent = study.record.get("parent_run")
    if not parent:
        return
    with explained(client.tracking_uri):
        try:
            run = client.get_run(parent)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return
        token: str | None = None
        query = f"tags.`mlflow.parentRunId` = '{parent}'"
        while True:
            page = client.search_runs(
                [run.info.experiment_id], query, max_results=_PAGE, page_token=token
            )
            yield from page
            token = page.token
            if not token:
                break
    yield run


def _delete_run(client: MlflowClient, run: Run) -> None:
    """Artifacts first: they are found by the run. The run itself `mlflow gc` removes for good."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    get_artifact_repository(
        run.info.artifact_uri, tracking_uri=client.tracking_uri
    ).delete_artifacts()
    if run.info.lifecycle_stage == "active":
        client.delete_run(run.info.run_id)
