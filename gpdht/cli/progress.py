"""Progress of work that goes epoch by epoch: a live bar on a terminal, plain lines in a log."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class EpochBar:
    """``with EpochBar() as bar: bar("final fit 1 of 3", epoch, epochs)``; on stderr.

    In a log each piece of work is one line, written when it begins.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("preparing", total=None)
        self._what = ""

    def __enter__(self) -> EpochBar:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def __call__(self, what: str, epoch: int, epochs: int, note: str = "") -> None:
        """Show that `what` has done `epoch` of at most `epochs`."""
        if what != self._what:
            self._what = what
            if not self._console.is_terminal:
                self._console.print(f"{what} …", markup=False)
        text = f"{what}  {note}".rstrip()
        self._progress.update(self._task, description=text, completed=epoch, total=epochs)
