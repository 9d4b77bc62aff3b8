"""The shipped cluster files, and the package itself as a folder that nodes install."""

from __future__ import annotations

import shutil
from pathlib import Path

from gpdht.errors import GpdhtError
from gpdht.files import opening_sentence

PACKAGE = Path(__file__).resolve().parents[1]
CLUSTER = PACKAGE / "cluster"
"""In a source tree a link to the folder beside the package, as `PROJECT` has links to its files."""
PROJECT = PACKAGE / "project"

_left_out = shutil.ignore_patterns("__pycache__")


def cluster_files() -> dict[str, str]:
    """The shipped files by their paths, each with what its first lines say."""
    files = sorted(path for path in CLUSTER.rglob("*") if path.is_file())
    return {
        str(path.relative_to(CLUSTER)): opening_sentence(path)
        for path in files
        if "__pycache__" not in path.parts
    }


def export_project(folder: Path) -> None:
    """Write a folder that stands for a checkout where none is at hand.

    It has the cluster files in ``cluster/``, to edit, and beside them all that they send to the
    nodes: this package, its ``pyproject.toml``, and the versions it is tested with.

    Raises
    ------
    GpdhtError
        If there is something at `folder`, which may hold edits.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise GpdhtError(f"{folder} exists; expected no folder there, or an empty one.")
    shutil.copytree(PROJECT, folder, ignore=_left_out, dirs_exist_ok=True)
    shutil.copytree(PACKAGE, folder / "gpdht", ignore=_left_out)
    shutil.copytree(CLUSTER, folder / "cluster", ignore=_left_out)
