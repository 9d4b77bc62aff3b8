"""A Zenodo record: which files it has, and fetching one, resumed where it was cut off."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import requests

from gpdht.errors import DataError

TIMEOUT = (15, 60)  # seconds to connect, and between two pieces of an answer
HEADERS = {"User-Agent": "gpdht (dataset download)", "Accept-Encoding": "identity"}
PIECE = 1 << 18  # bytes between two reports of progress

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RemoteFile:
    """A file of a record: its name, size in bytes, md5 and URL."""

    name: str
    size: int
    md5: str
    url: str


@dataclass(frozen=True)
class Record:
    """One version of a dataset; `asked` is the number under which it was looked up."""

    asked: int
    number: int
    version: str
    doi: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> Record:
        """The record whose `dataclasses.asdict` this is."""
        files = tuple(RemoteFile(**file) for file in content["files"])
        return cls(**{**content, "files": files})


def fetch_record(asked: int, *, base_url: str) -> Record:
    """The record of that number; the newest, if the number is that of all versions.

    Checksums are those of the record's own metadata at this moment; none is written in the code.

    Raises
    ------
    DataError
        If there is no such record, or it cannot be understood.
    requests.RequestException
        If the server cannot be reached or refuses.
    """
    answer = _get(f"{base_url}/api/records/{asked}")
    if answer.status_code == 404:
        # The interface has not always known the number for all versions; the pages have.
        page = _get(f"{base_url}/records/{asked}")
        number = urlsplit(page.url).path.rstrip("/").rpartition("/")[2]
        if page.ok and number.isdecimal() and int(number) != asked:
            answer = _get(f"{base_url}/api/records/{number}")
    if answer.status_code in (404, 410):
        raise DataError(f"{base_url}: there is no record {asked}. Give another --record.")
    answer.raise_for_status()
    try:
        return _parse(answer.json(), asked, base_url)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{answer.url}: the answer is no record with files, sizes and md5 checksums "
            f"({type(error).__name__}: {error}). Download the files with a browser."
        ) from error


def _get(url: str) -> requests.Response:
    return requests.get(url, timeout=TIMEOUT, headers={**HEADERS, "Accept": "*/*"})


def _parse(answer: dict[str, Any], asked: int, base_url: str) -> Record:
    files = tuple(_parse_file(file, base_url) for file in answer["files"])
    if not files:
        raise ValueError("no file")
    return Record(
        asked=asked,
        number=int(answer["id"]),
        version=str(answer["metadata"].get("version") or ""),
        doi=str(answer["doi"]),
        files=files,
    )


def _parse_file(file: dict[str, Any], base_url: str) -> RemoteFile:
    name, (kind, _, md5) = str(file["key"]), file["checksum"].partition(":")
    if PurePosixPath(name).name != name or "\\" in name or name.startswith("."):
        raise ValueError(f'"{name}" is no plain file name')
    if kind != "md5" or len(md5) != 32 or not md5.isalnum():
        raise ValueError(f'{name} has the checksum "{file["checksum"]}"')
    if (size := int(file["size"])) < 0:
        raise ValueError(f"{name} has {size} bytes")
    return RemoteFile(name, size, md5.lower(), urljoin(f"{base_url}/", file["links"]["self"]))


def fetch_file(file: RemoteFile, work: Path, *, report: OnProgress, retries: int) -> Path:
    """The file in `work`, complete; pooch checks its md5, and tries again.

    What arrives before an interruption stays in `work`, and the next call fetches the rest.

    Parameters
    ----------
    report : called with the file's name, the bytes there and its size.
    retries : how often a failed transfer is tried again at once.

    Raises
    ------
    DataError
        If the md5 is another than the record states, each time.
    requests.RequestException, OSError
        If the network, the server or the disk fails.
    """
    import pooch

    def resume(_url: str, output_file: str, *_: object) -> None:
        part = work / f"{file.md5}.part"  # named for its content: a part of this file
        with part.open("ab") as opened:
            _append_rest(opened, file, report, work)
        part.replace(output_file)

    pooch.get_logger().setLevel("WARNING")  # the progress is reported here
    store = pooch.create(
        path=work,
        base_url="",
        registry={file.name: f"md5:{file.md5}"},
        urls={file.name: file.url},
        retry_if_failed=retries,
    )
    try:
        return Path(store.fetch(file.name, downloader=resume))
    except requests.RequestException:
        raise
    except ValueError as error:
        raise DataError(
            f"{file.name}: what {file.url} sends has not the md5 {file.md5} that the record "
            "states. It was thrown away; try again later, or download it with a browser."
        ) from error


def _append_rest(part: BinaryIO, file: RemoteFile, report: OnProgress, work: Path) -> None:
    """Fetch the bytes that a part lacks; an answer that does not start there replaces the part."""
    size = part.tell()
    if size > file.size:
        size = part.truncate(0)
    if size == file.size:
        return
    _check_room(file.size - size, work)
    headers = {**HEADERS, "Range": f"bytes={size}-"} if size else HEADERS
    with requests.get(file.url, headers=headers, timeout=TIMEOUT, stream=True) as answer:
        span = answer.headers.get("Content-Range", "")
        goes_on = answer.status_code == 206 and span.startswith(f"bytes {size}-")
        if not goes_on and answer.status_code in (200, 206, 416):
            size = part.truncate(0)
        answer.raise_for_status()
        if answer.status_code == 206 and not goes_on:
            raise requests.ConnectionError(f'answered with the wrong part, "{span}"')
        for piece in answer.iter_content(PIECE):
            size += len(piece)
            if size > file.size:
                part.truncate(0)
                raise requests.ConnectionError(f"sent more than the stated {file.size} bytes")
            part.write(piece)
            report(file.name, size, file.size)
    if size != file.size:
        raise requests.ConnectionError(f"ended after {size} of {file.size} bytes")


def _check_room(needed: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        found = f"{needed / 1e9:.2f} GB to come, {free / 1e9:.2f} GB free"
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: {found}")
