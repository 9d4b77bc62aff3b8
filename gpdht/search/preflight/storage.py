"""Whether every node sees the storage that trials hand their scores over by."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pyarrow import ArrowException
from pyarrow.fs import FileSystem, LocalFileSystem

from gpdht.execution.nodes import Answer, Node, ask_nodes
from gpdht.search.preflight.checks import Check

NAME = "storage"
_REMEDY = "Give --storage a folder or a URL that all nodes see, or mount it there."


def check_storage(storage: str, nodes: Sequence[Node]) -> list[Check]:
    """A row for each node that does not see what the driver writes there, or the other way round.

    Parameters
    ----------
    storage : an absolute folder or a URL, opened as Ray Tune does.
    """
    token = secrets.token_hex(8)
    try:
        with _probe_folder(storage, token) as (files, folder):
            _write(files, f"{folder}/driver", token)
            answers = ask_nodes(_probe(), nodes, storage, folder, token)
            rows = [row for a in answers if (row := _judge(a, files, folder, token, storage))]
    except (OSError, ArrowException) as error:
        found = f"{storage} cannot be written from here ({_short(error)})."
        return [Check(NAME, "failed", found, "Choose another --storage.")]
    seen = f"{storage} is seen by {'all ' if len(nodes) > 1 else ''}{len(nodes)} nodes, both ways"
    if len(nodes) == 1:
        seen = f"{storage} can be written"
    return rows or [Check(NAME, "passed", seen)]


def _judge(
    answer: Answer[str], files: FileSystem, folder: str, token: str, storage: str
) -> Check | None:
    name = answer.node.name
    if answer.error:
        return Check(NAME, "failed", f"{name} gave no answer ({answer.error}).", _REMEDY, name)
    if answer.value:
        return Check(NAME, "failed", f"{name}: {answer.value}", _REMEDY, name)
    try:
        with files.open_input_stream(f"{folder}/{answer.node.id}") as stream:
            same = stream.read().decode() == token
    except (OSError, ArrowException):
        same = False
    if same:
        return None
    found = f"{name}: what it writes to {storage} is not seen here."
    return Check(NAME, "failed", found, _REMEDY, name)


def _probe() -> Callable[[str, str, str], str]:
    """A task for a node; by value, so that it runs whatever gpdht is there."""

    def probe(storage: str, folder: str, token: str) -> str:
        """What is wrong, in words; empty if nothing is."""
        import ray
        from pyarrow import ArrowException
        from pyarrow.fs import FileSystem

        node = ray.get_runtime_context().get_node_id()
        try:
            files, _ = FileSystem.from_uri(storage)
            with files.open_input_stream(f"{folder}/driver") as stream:
                found = stream.read().decode()
        except (OSError, ArrowException) as error:
            return f"does not see {storage} ({' '.join(str(error).split())[:200]})."
        if found != token:
            return f"sees another {storage}."
        try:
            with files.open_output_stream(f"{folder}/{node}") as stream:
                stream.write(token.encode())
        except (OSError, ArrowException) as error:
            return f"cannot write to {storage} ({' '.join(str(error).split())[:200]})."
        return ""

    return probe


@contextlib.contextmanager
def _probe_folder(storage: str, token: str) -> Iterator[tuple[FileSystem, str]]:
    """A folder inside the storage that is removed with all that was made for it."""
    files, path = FileSystem.from_uri(storage)
    folder = f"{path}/.gpdht-probe-{token}"
    local = isinstance(files, LocalFileSystem)
    missing = [p for p in (Path(path), *Path(path).parents) if not p.exists()] if local else []
    try:
        files.create_dir(folder, recursive=True)
        yield files, folder
    finally:
        with contextlib.suppress(OSError, ArrowException):
            files.delete_dir(folder)
        for made in missing:  # from the innermost; one that somebody else fills by now stays
            with contextlib.suppress(OSError):
                made.rmdir()


def _write(files: FileSystem, path: str, text: str) -> None:
    with files.open_output_stream(path) as stream:
        stream.write(text.encode())


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
