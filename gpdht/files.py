"""Files that appear whole or not at all, tables that are computed once, and a lock per folder."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import socket
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import dropwhile, takewhile
from pathlib import Path

import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

logger = logging.getLogger(__name__)

_UNFINISHED_S = 24 * 3600.0
PATIENCE_S = 600.0
"""How long a process waits for what another one computes for both."""


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """The file that `write` makes at a temporary place beside it, moved to `path` once complete.

    Processes may write the same file at once: each has a temporary place of its own.
    """
    handle, name = tempfile.mkstemp(
        dir=path.absolute().parent, prefix=f".{path.name}.", suffix=".part"
    )
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)  # what a plain open() would have given
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def mark_used(path: Path) -> None:
    """Note that a kept file was of use now; `drop_unused` keeps the latest."""
    with contextlib.suppress(OSError):
        os.utime(path)


def drop_unused(folder: Path, limit: int) -> list[Path]:
    """Remove from a folder the files longest unused, until the others fit into so many bytes.

    The latest stays however large it is. What a killed writer left unfinished goes after a day.
    Another process that finds a file gone computes it again.
    """
    now, kept, dropped = time.time(), [], []
    for path in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError):  # another process may drop it meanwhile
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):
                continue
            if not path.name.endswith(".part"):
                kept.append((found.st_mtime, found.st_size, path))
            elif now - found.st_mtime > _UNFINISHED_S:
                dropped.append(path)
    kept.sort(key=lambda one: one[0])
    total = sum(size for _, size, _ in kept)
    for _, size, path in kept[:-1]:
        if total <= limit:
            break
        total -= size
        dropped.append(path)
    for path in dropped:
        path.unlink(missing_ok=True)
    return dropped


def write_text(path: Path, text: str) -> Path:
    """The text as a file."""
    return write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def append_line(path: Path, line: str) -> None:
    """The line at the end of a text file, apart from one that a writer left unfinished."""
    with path.open("ab+") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else "\n" + line
        file.write(f"{line}\n".encode())


def write_table(path: Path, table: pd.DataFrame) -> Path:
    """The table as a parquet file."""
    return write_whole(path, lambda temporary: table.to_parquet(temporary, index=False))


def opening_sentence(path: Path) -> str:
    """The first sentence of the comment (``# …``) that a file begins with, or nothing."""
    lines = path.read_text(encoding="utf-8").splitlines()
    comment = takewhile(lambda line: re.match("# ?\\S", line), dropwhile(_is_shebang, lines))
    first, dot, _ = " ".join(line.removeprefix("# ") for line in comment).partition(". ")
    return first + dot.strip()


def _is_shebang(line: str) -> bool:
    return line.startswith("#!")


def cached_table(
    path: Path | None, compute: Callable[[], pd.DataFrame], *, fits: Callable[[pd.DataFrame], bool]
) -> pd.DataFrame:
    """The table in a parquet file if there is one, else a computed one, which is then kept there.

    A file that cannot be read is computed again, with a warning. Processes that ask at the same
    time wait for the first of them, which computes it; after `PATIENCE_S` each does so itself.

    Parameters
    ----------
    path : None computes without keeping.
    fits : whether a table that was found is one that `compute` could give.
    """
    if path is None:
        return compute()
    before, table = _version(path), _kept_table(path, fits)
    if table is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _first_alone(path):
            if _version(path) != before:
                table = _kept_table(path, fits)
            if table is None:
                table = compute()
                write_table(path, table)
    return table


def _version(path: Path) -> tuple[int, int] | None:
    """Differs once another process has written the file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


@contextlib.contextmanager
def _first_alone(path: Path) -> Iterator[None]:
    """Let one process after the other into a block about a file, for want of patience several."""
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=PATIENCE_S)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock)
            stack.callback(Path(lock.lock_file).unlink, missing_ok=True)
        except Timeout:
            logger.warning("%s: another process is at it for %d s", path, PATIENCE_S)
        yield


def _kept_table(path: Path, fits: Callable[[pd.DataFrame], bool]) -> pd.DataFrame | None:
    if not path.exists():
        return None
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        logger.warning("%s is unreadable (%s); computing it again", path, error)
        return None
    if not fits(table):
        logger.warning("%s does not hold what its name says; computing it again", path)
        return None
    mark_used(path)
    return table


@contextlib.contextmanager
def locked(path: Path, refuse: Callable[[str], Exception]) -> Iterator[None]:
    """Keep other processes out of a block; the lock ends with this process, however that ends.

    Parameters
    ----------
    path : the lock's file; it names who holds it.
    refuse : the error to raise if another process holds it, made of that process's name.
    """
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise refuse(file.read().strip() or "another process") from error
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()
        yield
