"""Progress on stderr: live bars on a terminal, plain lines in a log."""

from __future__ import annotations

from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class _Bars:
    """Bars that are there for the length of a ``with`` block."""

    def __init__(self, *columns: ProgressColumn, transient: bool = False) -> None:
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self.live = self.console.is_terminal
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            *columns,
            console=self.console,
            transient=transient,
            disable=not self.live,
        )

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()


class EpochBar(_Bars):
    """``with EpochBar() as bar: bar("final fit 1 of 3", epoch, epochs)``.

    In a log each piece of work is one line, written when it begins.
    """

    def __init__(self) -> None:
        super().__init__(
            MofNCompleteColumn(), TextColumn("epochs"), TimeElapsedColumn(), transient=True
        )
        self._task = self.progress.add_task("preparing", total=None)
        self._what = ""

    def __call__(self, what: str, epoch: int, epochs: int, note: str = "") -> None:
        """Show that `what` has done `epoch` of at most `epochs`."""
        if what != self._what and not self.live:
            self.console.print(f"{what} …", markup=False)
        self._what = what
        text = f"{what}  {note}".rstrip()
        self.progress.update(self._task, description=text, completed=epoch, total=epochs)


class ByteBar(_Bars):
    """``with ByteBar() as bar: bar("data.zip", done, size)``.

    In a log each file is a line when it begins and a line at every further quarter.
    """

    def __init__(self) -> None:
        super().__init__(DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._tasks: dict[str, TaskID] = {}
        self._quarters: dict[str, int] = {}

    def __call__(self, name: str, done: int, size: int) -> None:
        """Show that `done` of `size` bytes of a file are there."""
        quarter = 4 * done // size if size else 4
        if not self.live and self._quarters.get(name) != quarter:
            text = f"{name}: {done / 1e6:,.1f} of {size / 1e6:,.1f} MB"
            self.console.print(text, markup=False)
        self._quarters[name] = quarter
        if name not in self._tasks:
            self._tasks[name] = self.progress.add_task(name, total=size)
        self.progress.update(self._tasks[name], completed=done)
