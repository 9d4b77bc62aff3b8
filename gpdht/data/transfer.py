"""One file over HTTP: resumed where it was cut off, never more than stated, its md5 checked."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import requests

from gpdht.data.zenodo import HEADERS, TIMEOUT, RemoteFile
from gpdht.errors import DataError

PIECE = 1 << 18

OnProgress = Callable[[str, int, int], None]


def fetch_file(file: RemoteFile, work: Path, *, report: OnProgress, retries: int) -> Path:
    """The file in `work`, complete; pooch checks its md5, and tries again.

    What arrives before an interruption stays in `work` and is gone on from.

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

    pooch.get_logger().setLevel("WARNING")  # the progress is reported here
    store = pooch.create(
        path=work,
        base_url="",
        registry={file.name: f"md5:{file.md5}"},
        urls={file.name: file.url},
        retry_if_failed=retries,
    )
    try:
        return Path(store.fetch(file.name, downloader=_Resumed(file, work, report)))
    except requests.RequestException:
        raise
    except ValueError as error:
        raise DataError(
            f"{file.name}: what {file.url} sends has not the md5 {file.md5} that the record "
            "states. It was thrown away; try again later, or download it with a browser."
        ) from error


@dataclass(frozen=True)
class _Resumed:
    """A downloader for pooch that goes on where an earlier one was cut off."""

    file: RemoteFile
    work: Path
    report: OnProgress

    def __call__(self, url: str, output_file: str, *_: object) -> None:
        part = self.work / f"{self.file.md5}.part"  # named for its content: a part of this file
        with part.open("ab") as opened:
            sink = _Sink(opened, self.file, self.report)
            if sink.size != self.file.size:
                self._check_room(self.file.size - sink.size)
                sink.fill(url)
        part.replace(output_file)

    def _check_room(self, needed: int) -> None:
        free = shutil.disk_usage(self.work).free
        if needed > free:
            found = f"{needed / 1e9:.2f} GB to come, {free / 1e9:.2f} GB free"
            raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: {found}")


class _Sink:
    """The end of a part: takes bytes up to the file's size and reports them."""

    def __init__(self, opened: BinaryIO, file: RemoteFile, report: OnProgress) -> None:
        self.opened, self.file, self.report = opened, file, report
        self.size = opened.tell()

    def fill(self, url: str) -> None:
        """Fetch what is missing."""
        from pooch import HTTPDownloader

        if self.size > self.file.size:
            self._clear()
        headers = {**HEADERS, "Range": f"bytes={self.size}-"} if self.size else HEADERS
        hooks = {"response": self._begin}
        fetch = HTTPDownloader(chunk_size=PIECE, timeout=TIMEOUT, headers=headers, hooks=hooks)
        fetch(url, self, None)
        if self.size != self.file.size:
            raise requests.ConnectionError(f"ended after {self.size} of {self.file.size} bytes")

    def _begin(self, response: requests.Response, **_: Any) -> None:
        """Throw away what is there unless the answer goes on from it."""
        span = response.headers.get("Content-Range", "")
        goes_on = response.status_code == 206 and span.startswith(f"bytes {self.size}-")
        if not goes_on and response.status_code in (200, 206, 416):
            self._clear()
        if response.status_code == 206 and not goes_on:
            raise requests.ConnectionError(f'answered with the wrong part, "{span}"')

    def write(self, piece: bytes) -> None:
        if self.size + len(piece) > self.file.size:
            self._clear()
            raise requests.ConnectionError(f"sent more than the stated {self.file.size} bytes")
        self.opened.write(piece)
        self.size += len(piece)
        self.report(self.file.name, self.size, self.file.size)

    def flush(self) -> None:
        self.opened.flush()

    def _clear(self) -> None:
        self.opened.truncate(0)
        self.size = 0
