"""Whether the folder of all studies can be written, and on what it lies."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psutil

from gpdht.search.preflight.checks import Check

NAME = "studies folder"
NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "lustre",
    "gpfs",
    "beegfs",
    "ceph",
    "gluster",
    "afs",
    "9p",
    "fuse.",
)


def check_folder(studies: Path) -> Check:
    """Whether new files can be made in it, or in the nearest folder above that there is."""
    folder = studies.absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):  # leaves nothing behind
            pass
    except OSError as error:
        remedy = "Choose a folder that you may write: --studies."
        return Check(NAME, "failed", f"{folder} cannot be written ({error}).", remedy)
    free = psutil.disk_usage(os.fspath(there)).free / 2**30
    found = f"{folder} can be written; {free:.0f} GiB are free"
    drive = network_drive(there)
    if drive is None:
        return Check(NAME, "passed", found)
    remedy = "Keep the studies on a disk of this machine, where sqlite's locks can be relied on."
    return Check(NAME, "warning", f"{found}; it is a network drive ({drive}).", remedy)


def network_drive(folder: Path) -> str | None:
    """The file system of a folder if that is a network's, else None."""
    mounts = {part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)}
    real = folder.resolve()
    kind = next((mounts[str(p)] for p in (real, *real.parents) if str(p) in mounts), "")
    return kind if kind.startswith(NETWORK) else None
