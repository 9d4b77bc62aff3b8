"""BEELINE's files from Zenodo: checked, resumable, unpacked whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import requests

from gpdht.data.archive import unpack
from gpdht.data.zenodo import OnProgress, Record, RemoteFile, fetch_file, fetch_record
from gpdht.errors import DataError

ZENODO = "https://zenodo.org"
BEELINE = 3378975  # 10.5281/zenodo.3378975 is the DOI of all versions; the newest is taken
MAX_BYTES = 20 * 10**9
PIN = "zenodo-record.json"
WORK = ".download"
RETRIES = 2


def download(
    folder: str | Path,
    *,
    record: int | None = None,
    base_url: str | None = None,
    on_progress: OnProgress | None = None,
    retries: int = RETRIES,
) -> tuple[Record, list[Path]]:
    """The files of a record in `folder`, archives unpacked: the record, and a path for each.

    The first call asks Zenodo which files the record has and what their md5 checksums are, and
    pins that in ``zenodo-record.json``. Later calls go by it, so a folder never mixes two
    versions, and a complete one needs no network. What was cut off goes on where it ended; a file
    whose checksum is not the record's is thrown away and fetched again.

    Parameters
    ----------
    record : a version's number; BEELINE's newest by default, or the folder's own.
    base_url : another server that speaks Zenodo's interface.
    on_progress : called with a file's name, the bytes there and its size.
    retries : how often a failed transfer is tried again at once.

    Raises
    ------
    DataError
        If the network, the server or the disk fails, a checksum is wrong, an archive is unsafe, or
        the folder holds something else.
    """
    place = Path(folder)
    with _explained(place), _locked(place):
        pinned = _pin(place, record, (base_url or ZENODO).rstrip("/"))
        paths = [_get(file, place, on_progress, retries) for file in pinned.files]
        shutil.rmtree(place / WORK)
    return pinned, paths


def _pin(folder: Path, asked: int | None, base_url: str) -> Record:
    """The folder's record, or the one asked for, written down."""
    path = folder / PIN
    if path.exists():
        return _read_pin(path, asked)
    record = fetch_record(BEELINE if asked is None else asked, base_url=base_url)
    if record.size > MAX_BYTES:
        raise DataError(
            f"record {record.number} has {record.size / 1e9:.1f} GB; at most "
            f"{MAX_BYTES / 1e9:.0f} GB are downloaded. Give another --record."
        )
    foreign = [place for file in record.files if (place := _target(file, folder)).exists()]
    if foreign:
        raise DataError(
            f"{foreign[0]}: exists already, but {folder} has no {PIN} that says which version it "
            "is. Move it away, or give another folder with -o."
        )
    started = folder / WORK / PIN
    started.write_text(json.dumps(asdict(record), indent=1) + "\n")
    started.replace(path)
    return record


def _read_pin(path: Path, asked: int | None) -> Record:
    try:
        record = Record.from_content(json.loads(path.read_text()))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: not the record of a download ({type(error).__name__}: {error}). Give another "
            "folder with -o."
        ) from error
    if asked not in (None, record.asked, record.number):
        raise DataError(
            f"{path.parent} holds record {record.number} (version {record.version or 'unnamed'}), "
            f"not {asked}. Give another folder with -o."
        )
    return record


def _target(file: RemoteFile, folder: Path) -> Path:
    """Where a file is in the end: an archive as a folder of its name."""
    return folder / file.name.removesuffix(".zip")


def _get(file: RemoteFile, folder: Path, on_progress: OnProgress | None, retries: int) -> Path:
    target = _target(file, folder)
    report = on_progress or (lambda *_: None)
    if target.exists():
        report(file.name, file.size, file.size)
        return target
    fetched = fetch_file(file, folder / WORK, report=report, retries=retries)
    if target.name == file.name:
        return fetched.rename(target)
    unpack(fetched, target, work=folder / WORK)
    fetched.unlink()
    return target


@contextlib.contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """What network and disk raise becomes `DataError`."""
    try:
        yield
    except requests.RequestException as error:
        raise DataError(
            f"the download failed: {_reason(error)}. Check the network (behind a proxy, "
            "HTTPS_PROXY) and run the same command again: what has arrived is kept."
        ) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise DataError(
            f"{folder}: cannot be written ({error.strerror or error}). "
            f"{'Make room' if full else 'Make it writable'}, or give another folder with -o, and "
            "run again: what has arrived is kept."
        ) from error


def _reason(error: requests.RequestException) -> str:
    """One line without the nesting of requests and urllib3."""
    if error.response is not None:
        return f"{error.response.url} answered {error.response.status_code}"
    url = getattr(error.request, "url", None)
    if url is None:
        return str(error)
    if isinstance(error, requests.Timeout):
        return f"{url} did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return f"{url} has no certificate that is trusted here"
    return f"{url} cannot be reached, or broke off"


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other downloads out of the folder; the lock ends with this process."""
    work = folder / WORK
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(
                f"{folder}: another download is writing here. Wait for it, or give another folder "
                "with -o."
            ) from error
        try:
            yield
        finally:
            if not (folder / PIN).exists():  # nothing was begun: leave nothing
                shutil.rmtree(work, ignore_errors=True)
                with contextlib.suppress(OSError):
                    folder.rmdir()
