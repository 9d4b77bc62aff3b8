"""A small stand-in for Zenodo: one record of two versions, ranges, and faults on demand."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

CONCEPT, OLD, NEW = 3378975, 3701939, 5000000


def zipped(files: dict[str, bytes], **settings: Any) -> bytes:
    """A zip archive with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **settings) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class Zenodo(ThreadingHTTPServer):
    """`files` is what the newest version holds; the other attributes make it misbehave.

    Parameters
    ----------
    cut : bytes after which the next transfers break off, one for each.
    ranges : whether it knows the header Range.
    concept : whether its interface knows the number for all versions.
    stated : instead of the true checksum.
    extra : bytes sent after a file's end.
    pause : seconds after the first half of a file, or until the server ends.
    """

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.asked = files, list[tuple[str, str | None]]()
        self.cut, self.ranges, self.concept = list[int](), True, True
        self.stated: str | None = None
        self.extra, self.status, self.answer = b"", 200, b""
        self.pause, self.ended = 0.0, threading.Event()

    def handle_error(self, *_: object) -> None:
        """Keep quiet about a client that went away."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def transfers(self) -> list[str | None]:
        """The header Range of every transfer, in order."""
        return [span for path, span in self.asked if path.endswith("/content")]

    def record(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "doi": f"10.5281/zenodo.{number}",
            "metadata": {"version": "v4" if number == NEW else "v3"},
            "files": [
                {
                    "key": name,
                    "size": len(content),
                    "checksum": f"md5:{self.stated or hashlib.md5(content).hexdigest()}",  # noqa: S324
                    "links": {"self": f"{self.url}/api/records/{number}/files/{name}/content"},
                }
                for name, content in self.files.items()
            ],
        }


class Handler(BaseHTTPRequestHandler):
    server: Zenodo

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        zenodo, path = self.server, urlsplit(self.path).path
        zenodo.asked.append((path, self.headers["Range"]))
        if zenodo.status != 200:
            self._send(zenodo.status, b"")
        elif path in (f"/records/{CONCEPT}", f"/api/records/{CONCEPT}"):
            known = zenodo.concept or not path.startswith("/api")
            place = path.replace(str(CONCEPT), str(NEW))
            self._send(302 if known else 404, b"", Location=place)
        elif path.endswith("/content"):
            self._send_file(zenodo.files[path.split("/")[-2]])
        elif path.startswith("/api/records/") and (number := int(path.split("/")[-1])) in (
            OLD,
            NEW,
        ):
            self._send(200, zenodo.answer or json.dumps(zenodo.record(number)).encode())
        else:
            self._send(200 if path == f"/records/{NEW}" else 404, b"")

    def _send_file(self, content: bytes) -> None:
        span, zenodo = self.headers["Range"], self.server
        if span is None or not zenodo.ranges:
            self._send(200, content + zenodo.extra, cut=zenodo.cut.pop(0) if zenodo.cut else None)
            return
        start = int(span.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            self._send(416, b"")
            return
        place = f"bytes {start}-{len(content) - 1}/{len(content)}"
        cut = zenodo.cut.pop(0) if zenodo.cut else None
        self._send(206, content[start:], cut=cut, **{"Content-Range": place})

    def _send(self, status: int, body: bytes, *, cut: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        half = len(body) // 2
        self.wfile.write(body[:half][:cut])
        if status == 200 and self.path.endswith("/content"):
            self.server.ended.wait(self.server.pause)
        self.wfile.write(body[half:cut])
        self.close_connection = cut is not None or self.close_connection


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Zenodo]:
    """A running server; it ends with the block."""
    server = Zenodo(files)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
