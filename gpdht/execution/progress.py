"""Trials or jobs on stderr: a live table on a terminal or in a notebook, in a log a line each."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gpdht.execution.notebook_output import NotebookOutput
from gpdht.metrics.names import is_better

HEARTBEAT_S = 60.0


@dataclass
class _Running:
    details: str
    started: float
    epoch: int = 0
    value: float = math.nan


@dataclass
class Progress:
    """Follows pieces of work by their names; use as a context manager around them.

    Parameters
    ----------
    total : how many there are.
    metric : whose value a line shows.
    noun : what the pieces are called, e.g. ``trials``.
    shown : False keeps quiet.
    """

    total: int
    metric: str
    noun: str = "trials"
    shown: bool = True
    console: Console = field(default_factory=lambda: Console(stderr=True))
    heartbeat_s: float = HEARTBEAT_S

    def __post_init__(self) -> None:
        self._running: dict[str, _Running] = {}
        self._counts: Counter[str] = Counter()
        self._best: tuple[str, float] | None = None
        self._started = self._beat = time.monotonic()
        self._live: Live | None = None
        self._output: NotebookOutput | None = None

    def __enter__(self) -> Progress:
        if self.shown and self.console.is_jupyter:
            self._output = NotebookOutput()
            self._output.show(self._view())
        elif self.shown and self.console.is_terminal:
            self._live = Live(
                get_renderable=self._view,
                console=self.console,
                refresh_per_second=2,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
            self._say(f"[{self.done}/{self.total}] {self._summary()}")
        if self._output is not None:
            self._running.clear()
            self._output.show(self._view())
            self._output = None

    def resumed(self, states: Iterable[str], best: tuple[str, float] | None = None) -> None:
        """Start from how earlier runs' pieces ended, and the best of them by name."""
        self._counts.update(states)
        self._best = best

    def say(self, lines: Iterable[str]) -> None:
        """Say something once."""
        for line in lines:
            self._say(line)

    def started(self, name: str, details: str = "") -> None:
        """A piece of work was handed out."""
        self._running[name] = _Running(details, time.monotonic())

    def epoch(self, name: str, epoch: int, value: float) -> None:
        """A piece of work reported."""
        running = self._running.get(name)
        if running is not None:
            running.epoch, running.value = epoch, value
        self._refresh()

    def finished(
        self, name: str, state: str, value: float, seconds: float, error: str | None = None
    ) -> None:
        """A piece of work ended; one line of the log.

        Parameters
        ----------
        value : in `metric`; NaN for none.
        """
        self._running.pop(name, None)
        self._counts[state] += 1
        first = self._best is None and not math.isnan(value)
        if state == "complete" and (first or self._beats_the_best(value)):
            self._best = name, value
        score = "" if math.isnan(value) else f"  {self.metric} {value:.4f}"
        took = f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
        if self._output is None or error:  # a notebook's output counts the others
            self._say(
                f"[{self.done}/{self.total}] {name} {state}{score}  {took}"
                + (f"  {error}" if error else "")
            )
        self._refresh()
        self._beat = time.monotonic()

    def tick(self) -> None:
        """A sign of life when a log has been quiet for long."""
        now = time.monotonic()
        self._refresh()
        if self._live is self._output is None and now - self._beat >= self.heartbeat_s:
            self._beat = now
            running = ", ".join(
                f"{name} epoch {one.epoch}" if one.epoch else f"{name} ({now - one.started:.0f} s)"
                for name, one in self._running.items()
            )
            self._say(f"[{self.done}/{self.total}] {self._summary()}; running: {running or 'none'}")

    def _refresh(self) -> None:
        if self._output is not None and self._output.is_due():
            self._output.show(self._view())

    @property
    def done(self) -> int:
        """How many have ended."""
        return self._counts.total()

    def _beats_the_best(self, value: float) -> bool:
        return self._best is not None and is_better(self.metric, value, self._best[1])

    def _say(self, line: str) -> None:
        if self.shown:
            self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _summary(self) -> str:
        minutes = (time.monotonic() - self._started) / 60
        counts = ", ".join(f"{count} {state}" for state, count in self._counts.items())
        best = ""
        if self._best is not None:
            best = f"; best {self.metric} {self._best[1]:.4f} ({self._best[0]})"
        return f"{minutes:.1f} min; {counts or 'none ended'}{best}"

    def _view(self) -> Group:
        headline = Text(f"{self.done}/{self.total} {self.noun} · {self._summary()}", style="bold")
        if not self._running:
            return Group(headline)
        table = Table(box=None, pad_edge=False)
        columns = ("running", "epoch", self.metric, "seconds", "settings")
        reports = any(one.epoch or one.details for one in self._running.values())
        for name in columns if reports else ("running", "seconds"):
            left = name in ("running", "settings")
            table.add_column(name, justify="left" if left else "right")
        for name, one in self._running.items():
            seconds = f"{time.monotonic() - one.started:.0f}"
            value = "…" if math.isnan(one.value) else f"{one.value:.4f}"
            cells = (name, str(one.epoch), value, seconds, one.details)
            table.add_row(*(cells if reports else (name, seconds)))
        return Group(headline, table)


def short_values(values: dict[str, Any]) -> str:
    """Searched values on one line, under the last part of their paths where that is clear."""
    leaves = [path.split(".")[-1] for path in values]
    return " ".join(
        f"{leaf if leaves.count(leaf) == 1 else path}={_short(value)}"
        for (path, value), leaf in zip(values.items(), leaves, strict=True)
    )


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
