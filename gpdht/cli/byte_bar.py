"""Progress of files that arrive: a live bar for each on a terminal, plain lines in a log."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class ByteBar:
    """``with ByteBar() as bar: bar("data.zip", done, size)``; on stderr.

    In a log each file is a line when it begins and a line at every further quarter.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._quarters: dict[str, int] = {}

    def __enter__(self) -> ByteBar:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def __call__(self, name: str, done: int, size: int) -> None:
        """Show that `done` of `size` bytes of a file are there."""
        if not self._console.is_terminal:
            self._log(name, done, size)
            return
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=size)
        self._progress.update(self._tasks[name], completed=done)

    def _log(self, name: str, done: int, size: int) -> None:
        quarter = 4 * done // size if size else 4
        if self._quarters.get(name) != quarter:
            self._quarters[name] = quarter
            self._console.print(f"{name}: {done / 1e6:,.1f} of {size / 1e6:,.1f} MB", markup=False)
