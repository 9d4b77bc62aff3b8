"""A search's progress on stderr: a live table on a terminal, plain lines in a log."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gpdht.metrics.names import is_better
from gpdht.trial import TrialResult

HEARTBEAT_S = 60.0


@dataclass
class _Running:
    values: dict[str, Any]
    started: float
    epoch: int = 0
    value: float = math.nan


@dataclass
class Progress:
    """Follows a search; `shown=False` keeps quiet.

    Use as a context manager around the search.
    """

    total: int
    metric: str
    shown: bool = True
    console: Console = field(default_factory=lambda: Console(stderr=True))
    heartbeat_s: float = HEARTBEAT_S

    def __post_init__(self) -> None:
        self._running: dict[int, _Running] = {}
        self._counts: dict[str, int] = {}
        self._best: tuple[int, float] | None = None
        self._started = self._beat = time.monotonic()
        self._live: Live | None = None

    def __enter__(self) -> Progress:
        if self.shown and self.console.is_terminal:
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

    def resumed(self, states: list[str], best: tuple[int, float] | None) -> None:
        """Start from what an earlier run finished."""
        for state in states:
            self._counts[state] = self._counts.get(state, 0) + 1
        self._best = best

    def started(self, number: int, values: dict[str, Any]) -> None:
        """A trial was handed out."""
        self._running[number] = _Running(values, time.monotonic())

    def epoch(self, number: int, epoch: int, value: float) -> None:
        """A trial reported."""
        running = self._running.get(number)
        if running is not None:
            running.epoch, running.value = epoch, value

    def finished(self, number: int, result: TrialResult) -> None:
        """A trial ended; one line of the log."""
        self._running.pop(number, None)
        self._counts[result.state] = self._counts.get(result.state, 0) + 1
        value = result.metrics.get(self.metric, math.nan)
        if result.state == "complete" and (
            self._best is None or is_better(self.metric, value, self._best[1])
        ):
            self._best = number, value
        score = "" if math.isnan(value) else f"  {self.metric} {value:.4f}"
        error = f"  {result.error}" if result.error else ""
        self._say(
            f"[{self.done}/{self.total}] trial {number} {result.state}{score}  "
            f"{result.seconds:.0f} s{error}"
        )
        self._beat = time.monotonic()

    def tick(self) -> None:
        """A sign of life when a log has been quiet for long."""
        now = time.monotonic()
        if self._live is None and now - self._beat >= self.heartbeat_s:
            self._beat = now
            running = ", ".join(
                f"trial {number} epoch {trial.epoch}" for number, trial in self._running.items()
            )
            self._say(f"[{self.done}/{self.total}] {self._summary()}; running: {running or 'none'}")

    @property
    def done(self) -> int:
        """Trials that have ended."""
        return sum(self._counts.values())

    def _say(self, line: str) -> None:
        if self.shown:
            self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _summary(self) -> str:
        minutes = (time.monotonic() - self._started) / 60
        counts = ", ".join(f"{count} {state}" for state, count in self._counts.items())
        best = ""
        if self._best is not None:
            best = f"; best {self.metric} {self._best[1]:.4f} (trial {self._best[0]})"
        return f"{minutes:.1f} min; {counts or 'none ended'}{best}"

    def _view(self) -> Group:
        headline = Text(f"{self.done}/{self.total} trials · {self._summary()}", style="bold")
        return Group(headline, self._table())

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for name in ("trial", "epoch", self.metric, "seconds", "values"):
            table.add_column(name, justify="left" if name == "values" else "right")
        for number, trial in self._running.items():
            table.add_row(
                str(number),
                str(trial.epoch),
                "…" if math.isnan(trial.value) else f"{trial.value:.4f}",
                f"{time.monotonic() - trial.started:.0f}",
                short_values(trial.values),
            )
        return table


def short_values(values: dict[str, Any]) -> str:
    """Searched values on one line, under the last part of their paths where that is clear."""
    leaves = [path.split(".")[-1] for path in values]
    return " ".join(
        f"{leaf if leaves.count(leaf) == 1 else path}={_short(value)}"
        for (path, value), leaf in zip(values.items(), leaves, strict=True)
    )


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
