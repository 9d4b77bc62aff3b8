"""Where a run comes from: code, versions, machine, data."""

from __future__ import annotations

import getpass
import json
import os
import platform
import socket
import subprocess
from importlib import metadata
from typing import TYPE_CHECKING

from gpdht import __version__

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

PACKAGES = (
    "torch",
    "torch-geometric",
    "ray",
    "optuna",
    "mlflow",
    "numpy",
    "pandas",
    "scikit-learn",
)
_GIT_TIMEOUT_S = 10


def versions() -> dict[str, str]:
    """Installed versions of Python and of the packages that decide what a score is."""
    out = {"python": platform.python_version(), "gpdht": __version__}
    for name in PACKAGES:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return out


def environment() -> str:
    """Every installed package as `name==version`, one per line, sorted."""
    pairs = {(dist.name.lower(), dist.version) for dist in metadata.distributions()}
    return "".join(f"{name}=={version}\n" for name, version in sorted(pairs))


def origin_tags() -> dict[str, str]:
    """Tags of a run: versions, host, user, and the commit of the working directory, if any."""
    tags = {f"version.{name}": version for name, version in versions().items()}
    tags |= {"host": socket.gethostname(), "mlflow.source.name": "gpdht"}
    tags |= {"mlflow.source.type": "LOCAL", "mlflow.user": _user()}
    return tags | git_tags()


def git_tags() -> dict[str, str]:
    """`git_commit` and `git_dirty` of the working directory; empty outside a repository."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return {}
    changed = _git("status", "--porcelain", "--untracked-files=no")
    tags = {"git_commit": commit, "mlflow.source.git.commit": commit}
    return tags if changed is None else tags | {"git_dirty": str(bool(changed)).lower()}


def dataset_input(name: str, fingerprint: str) -> DatasetInput:
    """A dataset as MLflow shows it among a run's inputs; its digest is the fingerprint's start."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps({"name": name, "fingerprint": fingerprint})
    dataset = Dataset(name=name, digest=fingerprint[:16], source_type="local", source=source)
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "cross-validation")])


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
