"""Registered versions in MLflow: writing one, finding one, moving an alias."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpdht import __version__
from gpdht.errors import ModelError
from gpdht.tracking.connection import shown

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion as StoredVersion

FOLDER = "model"
CARD = "model-card"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REQUIREMENTS = ("mlflow", "numpy", "pandas", "safetensors", "torch")
_MAX_DESCRIPTION = 5000


@dataclass(frozen=True)
class ModelVersion:
    """A registered version.

    Parameters
    ----------
    alias, reason : what it is called beside its number, and why.
    card : see `card.make_card`.
    """

    name: str
    version: int
    alias: str | None
    reason: str
    run_id: str
    tracking_uri: str
    card: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """How `load` is told about it: ``NAME/VERSION``."""
        return f"{self.name}/{self.version}"


def check_name(name: str) -> None:
    """Refuse a name that a reference could not hold.

    Raises
    ------
    ModelError
        Before anything is computed.
    """
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"{name!r} cannot be a model's name; use letters, digits, dots, dashes, underscores."
        )


def write_version(
    client: MlflowClient,
    folder: Path,
    *,
    name: str,
    run_id: str,
    tags: Mapping[str, str],
    description: str,
) -> int:
    """Log a model's folder as a pyfunc under a run, and register it; returns the version.

    Through the client alone: MLflow's fluent calls would go to whatever server the process has
    set.
    """
    from mlflow.entities import LoggedModelOutput
    from mlflow.exceptions import MlflowException

    experiment = client.get_run(run_id).info.experiment_id
    logged = client.create_logged_model(
        experiment, name=name, source_run_id=run_id, model_type="gpdht"
    )
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    try:
        with tempfile.TemporaryDirectory() as temporary:
            _save_pyfunc(Path(temporary) / "pyfunc", folder, run_id=run_id, logged=logged)
            client.log_model_artifacts(logged.model_id, str(Path(temporary) / "pyfunc"))
    except BaseException:
        client.finalize_logged_model(logged.model_id, "FAILED")
        raise
    client.finalize_logged_model(logged.model_id, "READY")
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    stored = client.create_model_version(
        name,
        # Not "models:/ID": a database store would look that up at the process's own tracking URI.
        logged.artifact_location,
        run_id=run_id,
        model_id=logged.model_id,
        tags=dict(tags),
        description=description[:_MAX_DESCRIPTION],
    )
    return int(stored.version)


def find_version(client: MlflowClient, name: str, tags: Mapping[str, str]) -> StoredVersion | None:
    """The latest version of a name that has these tags."""
    found = [
        stored
        for stored in client.search_model_versions(f"name = '{name}'")
        if tags.items() <= stored.tags.items()
    ]
    return max(found, key=lambda stored: int(stored.version), default=None)


def get_version(client: MlflowClient, name: str, which: str) -> StoredVersion:
    """A version by its number or alias.

    Raises
    ------
    ModelError
        Naming what there is.
    """
    stored = look_up(client, name, which)
    if stored is not None:
        return stored
    place = shown(client.tracking_uri)
    versions = client.search_model_versions(f"name = '{name}'")
    if versions:
        aliases = client.get_registered_model(name).aliases
        numbers = ", ".join(sorted((str(v.version) for v in versions), key=int))
        called = ", ".join(f"{alias} = {at}" for alias, at in sorted(aliases.items())) or "none"
        raise ModelError(
            f'"{name}" at {place} has no version or alias "{which}"; it has versions {numbers} '
            f"and aliases: {called}."
        )
    names = sorted(model.name for model in client.search_registered_models())
    raise ModelError(
        f'no model "{name}" at {place} (found {", ".join(names) or "none"}); register one with '
        f"`gpdht register STUDY --name {name}`, or give --tracking-uri or a model's folder."
    )


def described(client: MlflowClient, name: str, version: str, reason: str) -> ModelVersion:
    """A version that is in the registry, with its card."""
    stored = get_version(client, name, version)
    aliases: list[str] = sorted(stored.aliases)
    run_id = stored.run_id or ""
    return ModelVersion(
        name,
        int(stored.version),
        "champion" if "champion" in aliases else next(iter(aliases), None),
        reason,
        run_id,
        shown(client.tracking_uri),
        read_card(client, run_id),
    )


def read_card(client: MlflowClient, run_id: str) -> dict[str, Any]:
    """The model card of a registration's run, as plain data."""
    with tempfile.TemporaryDirectory() as temporary:
        path = client.download_artifacts(run_id, f"{CARD}.json", temporary)
        return json.loads(Path(path).read_text())


def look_up(client: MlflowClient, name: str, which: str) -> StoredVersion | None:
    """A version by its number or alias; None if there is none."""
    from mlflow.exceptions import MlflowException

    try:
        if which.isdecimal():
            return client.get_model_version(name, which)
        return client.get_model_version_by_alias(name, which)
    except MlflowException as error:
        # An unknown alias is an "invalid parameter" to MLflow.
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def _save_pyfunc(path: Path, folder: Path, *, run_id: str, logged: Any) -> None:
    import pandas as pd

    with warnings.catch_warnings():
        # MLflow 3 warns about type hints of its own when pyfunc is first imported.
        warnings.simplefilter("ignore", UserWarning)
        import mlflow.pyfunc
    from mlflow.models import Model as MlflowModel
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    genes = json.loads((folder / "model.json").read_text())["genes"]
    pair = [ColSpec("string", "source"), ColSpec("string", "target")]
    mlflow.pyfunc.save_model(
        path,
        mlflow_model=MlflowModel(
            artifact_path=logged.artifact_location,
            model_uuid=logged.model_id,
            run_id=run_id,
            model_id=logged.model_id,
        ),
        python_model=str(Path(__file__).with_name("pyfunc.py")),
        artifacts={FOLDER: str(folder)},
        signature=ModelSignature(Schema([*pair]), Schema([*pair, ColSpec("double", "weight")])),
        input_example=pd.DataFrame({"source": genes[:1], "target": genes[1:2]}),
        pip_requirements=[f"gpdht=={__version__}", *map(_requirement, _REQUIREMENTS)],
    )


def _requirement(name: str) -> str:
    """Without "+cpu" and the like, which no index knows."""
    return f"{name}=={metadata.version(name).partition('+')[0]}"
