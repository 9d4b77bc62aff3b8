"""A tracker that keeps everything in memory, for tests and notebooks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpdht.tracking.protocol import STATUS, Outcome, Status


@dataclass
class MemoryRun:
    """One run as a tracker shows it."""

    run_id: str
    status: Status = "RUNNING"
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    epochs: dict[int, dict[str, float]] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)


class MemoryStudyTracker:
    """Meets `StudyTracker`; `study` and `trials` show what was tracked."""

    def __init__(self) -> None:
        self.study = MemoryRun("study")
        self.trials: dict[int, MemoryRun] = {}

    def start_study(
        self,
        name: str,
        *,
        params: dict[str, Any],
        tags: dict[str, str],
        artifacts: dict[str, str],
    ) -> str:
        self._reopen(self.study)
        self.study.params = {**params, **self.study.params}
        self.study.tags |= {**tags, "gpdht.study": name}
        self.study.artifacts |= artifacts
        return self.study.run_id

    def start_trial(self, number: int, params: dict[str, Any]) -> str:
        run = self.trials.setdefault(number, MemoryRun(f"trial-{number:03d}"))
        self._reopen(run)
        run.params = {**params, **run.params}
        run.tags["gpdht.trial"] = str(number)
        return run.run_id

    def log_epoch(self, number: int, epoch: int, metrics: dict[str, float]) -> None:
        run = self.trials[number]
        if epoch not in run.epochs:
            run.epochs[epoch] = finite(metrics)
            run.metrics |= run.epochs[epoch]

    def end_trial(
        self,
        number: int,
        outcome: Outcome,
        metrics: dict[str, float],
        *,
        scores_path: Path | None,
        error: str | None,
    ) -> None:
        run = self.trials[number]
        self._end(run, outcome, metrics)
        if error:
            run.tags["error"] = error
        if scores_path is not None:
            run.artifacts[scores_path.name] = str(scores_path)

    def attach(
        self, files: Sequence[Path], *, trial: int | None = None, folder: str | None = None
    ) -> None:
        run = self.study if trial is None else self.trials[trial]
        start = f"{folder}/" if folder else ""
        run.artifacts |= {f"{start}{path.name}": str(path) for path in files}

    def end_study(self, outcome: Outcome, metrics: dict[str, float], tags: dict[str, str]) -> None:
        for number in self.running_trials():
            self._end(self.trials[number], "interrupted", {})
        self.study.tags |= tags
        self._end(self.study, outcome, metrics)

    def running_trials(self) -> list[int]:
        return sorted(n for n, run in self.trials.items() if run.status == "RUNNING")

    def _reopen(self, run: MemoryRun) -> None:
        run.status = "RUNNING"
        for tag in ("outcome", "error"):
            run.tags.pop(tag, None)

    def _end(self, run: MemoryRun, outcome: Outcome, metrics: dict[str, float]) -> None:
        run.status = STATUS[outcome]
        run.tags["outcome"] = outcome
        run.metrics |= finite(metrics)


def finite(metrics: dict[str, float]) -> dict[str, float]:
    """The metrics that are numbers: a NaN or an infinity has no place on a chart."""
    return {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
