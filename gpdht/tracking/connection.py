"""A quiet, bounded connection to MLflow: which server, which experiment, and errors that help."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gpdht.errors import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

EXPERIMENT = "gpdht"
"""The experiment of what names none."""

PROBE_TIMEOUT_S = 5
# What an experiment is of, for a page of MLflow that asks it; that of 3.17 asks the browser first.
_KIND, _TRAINING = "mlflow.experimentKind", "custom_model_development"

# Read by mlflow when it is imported or makes a request; what the user has set stays.
_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # its thread also breaks concurrent calls
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # the default waits minutes for a dead server
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # results are there, `--json` too
    "GIT_PYTHON_REFRESH": "quiet",
}


def connect(tracking_uri: str | None = None) -> MlflowClient:
    """A client of the tracking server and its registry, after one look whether it answers.

    Parameters
    ----------
    tracking_uri : None for the variable MLFLOW_TRACKING_URI, else ``sqlite:///<cwd>/mlflow.db``.

    Raises
    ------
    TrackingError
        Within seconds, if it cannot be reached.
    """
    quiet_mlflow()
    from mlflow import MlflowClient

    uri = resolve_uri(tracking_uri)
    with explained(uri):
        if uri.startswith(("http://", "https://")):
            _probe(uri)
        elif uri.startswith("sqlite:"):
            check_writable(uri)
        client = MlflowClient(uri, registry_uri=uri)
        client.search_experiments(max_results=1)
    return client


def resolve_uri(tracking_uri: str | None) -> str:
    """The URI asked for, else the environment's, else a database in the working directory."""
    uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
    return uri or f"sqlite:///{Path.cwd() / 'mlflow.db'}"


def tracked_at(
    kept: Mapping[str, str | None], uri: str | None = None, experiment: str | None = None
) -> tuple[str | None, str]:
    """Where a study is tracked: as asked, else as its record says, else by the environment.

    Parameters
    ----------
    kept : the entry `tracking` of a study's record; empty for a new study.

    Returns
    -------
    A URI, None for the database in the working directory; the name of an experiment.

    Raises
    ------
    TrackingError
        If the study was tracked at an address with a password, which is not kept, and none is said.
    """
    found = uri or kept.get("uri") or os.environ.get("MLFLOW_TRACKING_URI") or None
    if found is None and kept.get("uri") == "":
        raise TrackingError(
            "the study is tracked at an address with a password, which is kept nowhere; say it "
            "again: --tracking-uri, or MLFLOW_TRACKING_URI."
        )
    return found, experiment or kept.get("experiment") or EXPERIMENT


def to_keep(uri: str, experiment: str) -> dict[str, str]:
    """What a study's record keeps of where it is tracked, as `tracked_at` reads it.

    An address with a password is not kept; such a server is named again on a resume.
    """
    return {"uri": uri if shown(uri) == uri else "", "experiment": experiment}


def ensure_experiment(client: MlflowClient, name: str) -> str:
    """Id of an experiment, of the kind model training; it is created if it does not exist.

    Beside a sqlite database, artifacts go to an absolute folder, so that the runs mean the same
    from any working directory.

    Raises
    ------
    TrackingError
        If the server refuses, or the experiment is deleted.
    """
    from mlflow.exceptions import MlflowException

    uri = client.tracking_uri
    with explained(uri):
        found = client.get_experiment_by_name(name)
        if found is None:
            try:
                return client.create_experiment(
                    name, artifact_location=_artifact_location(uri), tags={_KIND: _TRAINING}
                )
            except MlflowException as error:  # another driver was quicker
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
                found = client.get_experiment_by_name(name)
    experiment = active(found, name, uri)
    if _KIND not in experiment.tags:
        with contextlib.suppress(MlflowException):  # not ours to change: it only looks different
            client.set_experiment_tag(experiment.experiment_id, _KIND, _TRAINING)
    return experiment.experiment_id


def active(experiment: Experiment | None, name: str, uri: str) -> Experiment:
    """The experiment, unless it is deleted.

    Raises
    ------
    TrackingError
    """
    if experiment is None or experiment.lifecycle_stage != "active":
        raise TrackingError(
            f'the experiment "{name}" at {shown(uri)} is deleted; restore it with '
            "`mlflow experiments restore`, or use another --experiment."
        )
    return experiment


@contextlib.contextmanager
def explained(uri: str) -> Iterator[None]:
    """Turn what mlflow, its database or the network raise into a TrackingError with a remedy."""
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except ModuleNotFoundError as error:
        raise TrackingError(
            f"{shown(uri)} needs the Python package {error.name}; install it, or track to a server "
            "(`--tracking-uri http://…`)."
        ) from error
    except (MlflowException, RequestException, SQLAlchemyError, OSError) as error:
        raise TrackingError(
            f"MLflow at {shown(uri)} cannot be used: {one_line(error, uri)}\n"
            "Start the server (`mlflow server`), correct --tracking-uri or MLFLOW_TRACKING_URI, "
            "or leave both away to track to mlflow.db in the working directory."
        ) from error


def shown(uri: str) -> str:
    """A URI without the password it may hold."""
    password = urlsplit(uri).password
    return uri.replace(f":{password}@", ":…@") if password else uri


def one_line(error: Exception, uri: str) -> str:
    """An error on one line of bounded length, without the URI's password."""
    return " ".join(str(error).split()).replace(uri, shown(uri))[:300]


def quiet_mlflow() -> None:
    """Import mlflow without telemetry and long retries, and keep it quiet."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    import mlflow  # noqa: F401  # configures its loggers, so ours comes after

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


def _probe(uri: str) -> None:
    """One short request: mlflow's own would wait for each of its retries."""
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    http_request(
        get_default_host_creds(uri),
        "/health",
        "GET",
        max_retries=0,
        timeout=PROBE_TIMEOUT_S,
        raise_on_status=False,
    )


def check_writable(uri: str) -> None:
    """Fail at once where sqlalchemy would try again for minutes."""
    path = database(uri)
    if path is None:
        return
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} does not exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(f"{path} cannot be written")


def _artifact_location(uri: str) -> str | None:
    path = database(uri)
    return None if path is None else str(path.parent / "mlartifacts")


def database(uri: str) -> Path | None:
    """The file of a sqlite URI."""
    if not uri.startswith("sqlite:"):
        return None
    path = uri.partition(":///")[2].partition("?")[0]
    return Path(path).absolute() if path and path != ":memory:" else None
