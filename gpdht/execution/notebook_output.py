"""One output of a notebook's cell that is written again as work goes on."""

from __future__ import annotations

import io
import time

from rich.console import Console, RenderableType

REFRESH_S = 0.5


class NotebookOutput:
    """The output; it needs nothing of a notebook but IPython."""

    def __init__(self) -> None:
        from IPython.display import display

        self._handle = display({"text/plain": ""}, raw=True, display_id=True)
        self._shown = 0.0

    def is_due(self) -> bool:
        """Whether it has stood for long enough to be written again."""
        return time.monotonic() - self._shown >= REFRESH_S

    def show(self, what: RenderableType) -> None:
        """Put plain text in the place of what is there."""
        console = Console(file=io.StringIO(), width=100, force_jupyter=False, force_terminal=False)
        console.print(what)
        self._handle.update({"text/plain": console.file.getvalue()}, raw=True)  # type: ignore[attr-defined]
        self._shown = time.monotonic()
