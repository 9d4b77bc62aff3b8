"""Whether the folder of all studies can be written, and what a study would lie on there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psutil

from gpdht.search.preflight.checks import Check
from gpdht.search.storage import DATABASE, JOURNAL, is_on_network_drive, trials_file

NAME = "studies folder"


def check_folder(studies: Path, name: str | None, journal: bool | None) -> Check:
    """Whether new files can be made in it, or in the nearest folder above that there is.

    Parameters
    ----------
    name, journal : of the study, and what its trials are to be kept in; see `prepare_study`.
    """
    folder = studies.absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):  # leaves nothing behind
            pass
    except OSError as error:
        remedy = "Choose a folder that you may write: --studies."
        return Check(NAME, "failed", f"{folder} cannot be written ({error}).", remedy)
    shared = is_on_network_drive(folder)
    kept = trials_file(folder / name) if name else None
    file = kept.name if kept else JOURNAL if (shared if journal is None else journal) else DATABASE
    free = psutil.disk_usage(os.fspath(there)).free / 2**30
    found = f"{folder} can be written, {free:.0f} GiB are free; trials are kept in {file}"
    if not shared or file == JOURNAL:
        return Check(NAME, "passed", found)
    found += ", whose locks cannot be relied on here: this is a network drive."
    remedy = "Begin the study without --database, or on a disk of this machine (--studies)."
    return Check(NAME, "warning", found, remedy)
