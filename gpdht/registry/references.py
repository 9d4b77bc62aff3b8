"""Models by reference: ``NAME``, ``NAME@alias``, ``NAME/3``, ``models:/…``, or a folder."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from gpdht.errors import ModelError
from gpdht.registry.folder import INDEX, load_model
from gpdht.registry.model import Model

_REFERENCE = re.compile(r"(?:models:/)?([^/@:]+)(?:@([^/@:]+)|/(\d+))?")


def load(ref: str | Path, *, tracking_uri: str | None = None) -> Model:
    """A registered model, or one in a folder.

    Parameters
    ----------
    ref : ``NAME`` (its champion), ``NAME@alias``, ``NAME/3``, the same after ``models:/``, or a
        folder that holds a model.
    tracking_uri : of the registry; see `gpdht.tracking.connection.resolve_uri`.

    Raises
    ------
    ModelError
        If there is no such model, naming what there is, or if it is damaged.
    TrackingError
        If the registry cannot be reached.
    """
    folder = Path(ref)
    if (folder / INDEX).is_file():
        return load_model(folder)
    match = _REFERENCE.fullmatch(str(ref))
    if match is None or folder.is_dir():
        raise ModelError(
            f"{ref}: neither a folder with a {INDEX} nor a registered model's NAME, NAME@alias or "
            "NAME/VERSION."
        )
    name, alias, number = match.groups()
    return _download(name, number or alias or "champion", tracking_uri)


def _download(name: str, which: str, tracking_uri: str | None) -> Model:
    from gpdht.tracking.connection import connect, explained, one_line

    client = connect(tracking_uri)
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    from gpdht.registry.versions import FOLDER, get_version

    with explained(client.tracking_uri), tempfile.TemporaryDirectory() as temporary:
        stored = get_version(client, name, which)
        location = client.get_model_version_download_uri(name, str(stored.version))
        try:
            folder = download_artifacts(
                artifact_uri=f"{location.rstrip('/')}/artifacts/{FOLDER}",
                dst_path=temporary,
                tracking_uri=client.tracking_uri,
                registry_uri=client.tracking_uri,
            )
        except (MlflowException, OSError) as error:
            raise ModelError(
                f"{name}/{stored.version} is registered, but its files at {location} cannot be "
                f"read ({one_line(error, client.tracking_uri)}). Restore them, or register again."
            ) from error
        return load_model(folder)
