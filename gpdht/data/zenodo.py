"""What a Zenodo record holds: its files, with the sizes and checksums that the record states."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from gpdht.errors import DataError

TIMEOUT = (15, 60)  # seconds to connect, and between two pieces of an answer
HEADERS = {"User-Agent": "gpdht (dataset download)", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class RemoteFile:
    """A file of a record: its name, bytes, md5 and address."""

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

    def content(self) -> dict[str, Any]:
        """Plain values from which `from_content` rebuilds the record."""
        return asdict(self)

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> Record:
        files = tuple(RemoteFile(**file) for file in content["files"])
        return cls(**{**content, "files": files})


def fetch_record(asked: int, *, base_url: str) -> Record:
    """The record of that number; of a number that stands for all versions, the newest.

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
