"""Paths given on this machine, as a cluster knows them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from gpdht.data.source import split_species
from gpdht.errors import GpdhtError

START = "`gpdht cluster export FOLDER` writes some to start from."


class Mounts:
    """The folders that a cluster file brings to its nodes.

    Raises
    ------
    GpdhtError
        If there is no such file, or it is no YAML mapping.
    """

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise GpdhtError(f"no cluster file {file}; {START}")
        content = _read(file)
        self._left_out = {str(name).strip("/") for name in content.get("rsync_exclude") or ()}
        self._mounts = {
            (file.absolute().parent / Path(local).expanduser()).resolve(): remote
            for remote, local in (content.get("file_mounts") or {}).items()
            if str(remote).startswith("/")  # of ~ only the cluster knows where it is
        }

    def there(self, path: Path) -> str | None:
        """What the cluster calls a path that it is sent, else None."""
        full = path.resolve()
        for local, remote in self._mounts.items():
            if full.is_relative_to(local):
                inside = full.relative_to(local)
                if not self._left_out & set(inside.parts):
                    return str(PurePosixPath(remote) / inside)
        return None


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        text = " ".join(str(error).split())[:200]
        raise GpdhtError(f"{file}: cannot be read as YAML ({text}).") from error
    if not isinstance(content, dict):
        raise GpdhtError(f"{file} is no cluster file of Ray; {START}")
    return content


@dataclass(frozen=True)
class ClusterPaths:
    """How a cluster knows what is named here.

    Parameters
    ----------
    cluster : as the user names it, for messages.
    mounts : the folders it is sent, if any.
    shared : whether paths that exist here are the same there.
    """

    cluster: str
    mounts: Mounts | None = None
    shared: bool = False

    def read(self, value: str, option: str) -> str:
        """The place of data as the cluster knows it, with the species that was said.

        Raises
        ------
        GpdhtError
            If nothing brings it there, or it is no full path.
        """
        species, place = split_species(value)
        path = Path(place)
        if path.exists():
            known = self.mounts.there(path) if self.mounts else None
            if known is None and not self.shared:
                raise GpdhtError(
                    f"{option}: {place} is on this machine, and nothing brings it to "
                    f"{self.cluster}. Copy it to storage that the cluster sees and give its path "
                    "there, or put it into a folder under `file_mounts` of a cluster file; if the "
                    "cluster sees the same path (a shared drive), add --shared."
                )
            place = known or str(path.absolute())
        elif place.partition(":")[0] != "toy" and not path.is_absolute():
            raise GpdhtError(
                f'{option}: "{place}" is not on this machine; of what only the cluster has, give '
                "the full path, e.g. /mnt/gpdht/data/mDC."
            )
        return place if species is None else f"{species}:{place}"

    def written(self, value: str, option: str, *, here: bool = False) -> str:
        """The folder of studies or storage as the cluster knows it.

        Parameters
        ----------
        here : whether it is this machine's own Ray, whose jobs run in folders of their own.

        Raises
        ------
        GpdhtError
            If it would end with the job.
        """
        if here and "://" not in value:
            return str(Path(value).absolute())
        if "://" not in value and not Path(value).is_absolute():
            raise GpdhtError(
                f'{option} is "{value}", in a folder that ends with the cluster\'s head; give a '
                f"full path on the cluster that outlives it, e.g. {option} /mnt/gpdht/studies."
            )
        return value
