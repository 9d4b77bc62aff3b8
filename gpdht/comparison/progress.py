"""A comparison's progress on stderr: a live list on a terminal, one line per job in a log."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gpdht.comparison.jobs import Job
from gpdht.search.progress import HEARTBEAT_S
from gpdht.text_tables import short


@dataclass
class ComparisonProgress:
    """Follows a comparison; `shown=False` keeps quiet.

    Use as a context manager around the jobs.

    Parameters
    ----------
    total, done : how many jobs there are, and how many an earlier run completed.
    metric : whose value a line shows.
    """

    total: int
    done: int
    metric: str
    shown: bool = True
    console: Console = field(default_factory=lambda: Console(stderr=True))
    heartbeat_s: float = HEARTBEAT_S

    def __post_init__(self) -> None:
        self._running: dict[Job, float] = {}
        self._counts: dict[str, int] = {"complete": self.done} if self.done else {}
        self._started = self._beat = time.monotonic()
        self._live: Live | None = None

    def __enter__(self) -> ComparisonProgress:
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

    def started(self, job: Job) -> None:
        """A job was handed out."""
        self._running[job] = time.monotonic()

    def finished(self, job: Job, record: dict[str, Any]) -> None:
        """A job ended; one line of the log."""
        self._running.pop(job, None)
        self.done += 1
        state = record["state"]
        self._counts[state] = self._counts.get(state, 0) + 1
        value = record["values"].get(self.metric, math.nan)
        score = "" if math.isnan(value) else f" {self.metric} {short(value)}"
        error = f"  {record['error']}" if record["error"] else ""
        seconds = record["seconds"]
        took = f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
        self._say(f"[{self.done}/{self.total}] {job} {state}{score} {took}{error}")
        self._beat = time.monotonic()

    def tick(self) -> None:
        """A sign of life when a log has been quiet for long."""
        now = time.monotonic()
        if self._live is None and now - self._beat >= self.heartbeat_s:
            self._beat = now
            running = ", ".join(
                f"{job} ({now - since:.0f} s)" for job, since in self._running.items()
            )
            self._say(f"[{self.done}/{self.total}] {self._summary()}; running: {running or 'none'}")

    def _say(self, line: str) -> None:
        if self.shown:
            self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _summary(self) -> str:
        minutes = (time.monotonic() - self._started) / 60
        counts = ", ".join(f"{count} {state}" for state, count in self._counts.items())
        return f"{minutes:.1f} min; {counts or 'none ended'}"

    def _view(self) -> Group:
        table = Table(box=None, pad_edge=False)
        for name in ("set", "split", "seed", "model", "seconds"):
            table.add_column(name, justify="right" if name in ("seed", "seconds") else "left")
        now = time.monotonic()
        for job, since in self._running.items():
            table.add_row(job.set, job.split, str(job.seed), job.model, f"{now - since:.0f}")
        headline = f"{self.done}/{self.total} jobs · {self._summary()}"
        return Group(Text(headline, style="bold"), table)
