"""The file that holds a study's trials: a database, or a journal on network drives; its copy."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import psutil
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import TrialState

from gpdht.errors import StudyError
from gpdht.files import write_whole

DATABASE, JOURNAL = "optuna.db", "optuna.journal"
_COPY = ".copy"
# Writers hold sqlite's lock for milliseconds; on a network drive it may take longer.
_SQLITE_TIMEOUT_S = 60
_NETWORK = (
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
    "sshfs",
)


def trials_file(folder: Path) -> Path | None:
    """The file with the trials of a study's folder; None if there is none."""
    paths = (folder / DATABASE, folder / JOURNAL)
    return next((path for path in paths if path.is_file()), None)


def is_on_network_drive(folder: Path) -> bool:
    """Whether a folder, or where it would be made, is of a file system that machines share.

    There sqlite cannot be relied on: its locks are those of the file system.
    """
    at = folder.absolute()
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    kind = next((mounts[path] for path in (at, *at.parents) if path in mounts), "")
    return any(name in kind for name in _NETWORK)


def make_storage(folder: Path, *, journal: bool) -> BaseStorage:
    """The storage of a new study, or the one that its folder has."""
    if trials_file(folder) is None:
        (folder / (JOURNAL if journal else DATABASE)).touch()
    return open_storage(folder)


def open_storage(folder: Path) -> BaseStorage:
    """The storage of a study's folder.

    Raises
    ------
    StudyError
        If its file is missing or damaged, with the copy to go back to.
    """
    path = trials_file(folder)
    if path is None:
        raise StudyError(
            f"{folder}: {DATABASE} (or {JOURNAL}), which holds the trials, is missing. "
            f"{_remedy(folder / DATABASE)}"
        )
    try:
        if path.name == JOURNAL:
            lock = JournalFileOpenLock(str(path))
            return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))
        _check(path)
        storage = RDBStorage(
            f"sqlite:///{path.absolute()}",
            engine_kwargs={"connect_args": {"timeout": _SQLITE_TIMEOUT_S}},
        )
    except (sqlite3.DatabaseError, ValueError, KeyError) as error:
        text = " ".join(str(error).split())[:200]
        raise StudyError(f"{path}: cannot be read ({text}). {_remedy(path)}") from error
    # Optuna closes no connection that it keeps for the next use; a study ends with its last user.
    weakref.finalize(storage, storage.engine.dispose)
    return storage


def remove_unused(folder: Path) -> None:
    """Remove a file in which no trial was begun: of a driver that died before its study was whole.

    Raises
    ------
    StudyError
        If some was.
    """
    path = trials_file(folder)
    if path is None:
        return
    storage = open_storage(folder)
    for study in storage.get_all_studies():
        if storage.get_n_trials(study._study_id) > storage.get_n_trials(
            study._study_id, state=TrialState.WAITING
        ):
            raise StudyError(
                f"{path}: has trials, but the study.json of their study is missing. Restore it "
                "from a backup, or choose another --name."
            )
    path.unlink()


def keep_copy(folder: Path) -> None:
    """Copy the file with the trials beside it; whole, also while others write."""
    path = trials_file(folder)
    assert path is not None, folder
    copy = path.with_name(path.name + _COPY)
    if path.name == JOURNAL:
        write_whole(copy, lambda part: part.write_bytes(_whole_lines(path.read_bytes())))
    else:
        write_whole(copy, lambda part: _copy_database(path, part))


def mend_journal(folder: Path) -> None:
    """Take away the line that a killed writer left unfinished: what follows would be unreadable.

    Only for who holds the study's lock.
    """
    path = folder / JOURNAL
    if path.is_file():
        content = path.read_bytes()
        whole = len(_whole_lines(content))
        if whole < len(content):
            with path.open("r+b") as file:
                file.truncate(whole)


@contextlib.contextmanager
def explained_writing(folder: Path) -> Iterator[None]:
    """Turn what a full, unwritable or unmounted drive raises into a StudyError with a remedy."""
    try:
        yield
    except (OSError, StorageInternalError) as error:
        cause = error.__cause__ or error
        raise StudyError(
            f"{folder}: cannot be written ({' '.join(str(cause).split())[:200]}). Trials that had "
            "ended are kept. Free some space, or make the folder writable again, and give the same "
            "command with --resume."
        ) from error


def _check(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=_SQLITE_TIMEOUT_S)) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _copy_database(path: Path, part: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(path, timeout=_SQLITE_TIMEOUT_S)) as source,
        contextlib.closing(sqlite3.connect(part)) as target,
    ):
        source.backup(target)
    _check(part)  # a copy of what is damaged would take the place of a good one


def _whole_lines(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]


def _remedy(path: Path) -> str:
    copy = path.with_name(path.name + _COPY)
    if not copy.is_file():
        return "Restore it from a backup, or remove the folder to start anew."
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(copy.stat().st_mtime))
    return (
        f"Its copy of {when} is beside it: `mv {copy} {path}`, then give the same command with "
        "--resume. Trials that ended later run again."
    )
