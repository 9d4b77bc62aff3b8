"""A tracker that keeps everything in memory, for tests and notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpdht.tracking.protocol import STATUS, Outcome, Status, TrialRun, finite


@dataclass
class MemoryRun:
    """One run as a tracker shows it."""

    run_id: str
    name: str = ""
    status: Status = "RUNNING"
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    epochs: dict[int, dict[str, float]] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)

    def reopen(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        self.status = "RUNNING"
        self.params = {**params, **self.params}
        self.tags = {k: v for k, v in self.tags.items() if k not in ("outcome", "error")} | {**tags}

    def end(self, outcome: Outcome, metrics: Mapping[str, float], tags: Mapping[str, str]) -> None:
        self.status = STATUS[outcome]
        self.metrics |= finite(metrics)
        self.tags |= {**tags, "outcome": outcome}


class MemoryStudyTracker:
    """Meets `StudyTracker`; `study` and `trials` show what was tracked."""

    def __init__(self) -> None:
        self.study = MemoryRun("study")
        self.trials: dict[int, MemoryRun] = {}

    @property
    def place(self) -> dict[str, str]:
        return {}

    def start_study(
        self,
        name: str,
        *,
        params: dict[str, Any],
        tags: dict[str, str],
        artifacts: dict[str, str],
    ) -> str:
        self.study.name = name
        self.study.reopen(params, {**tags, "gpdht.study": name})
        self.study.artifacts |= artifacts
        return self.study.run_id

    def start_trial(self, run: TrialRun) -> str:
        shown = self.trials.setdefault(run.number, MemoryRun(f"trial-{run.number:03d}"))
        shown.name = run.name or shown.run_id
        shown.reopen(run.params, {**run.tags, "gpdht.trial": str(run.number)})
        return shown.run_id

    def log_epoch(self, number: int, epoch: int, metrics: dict[str, float]) -> None:
        self.trials[number].epochs.setdefault(epoch, finite(metrics))

    def end_trial(self, run: TrialRun) -> None:
        self.attach(run.files, trial=run.number)
        self.trials[run.number].end(run.ending, run.metrics, run.end_tags)

    def add_metrics(self, number: int, metrics: dict[str, float]) -> None:
        self.trials[number].metrics |= finite(metrics)

    def attach(
        self, files: Sequence[Path], *, trial: int | None = None, folder: str | None = None
    ) -> None:
        run = self.study if trial is None else self.trials[trial]
        start = f"{folder}/" if folder else ""
        run.artifacts |= {f"{start}{path.name}": str(path) for path in files}

    def end_study(self, outcome: Outcome, metrics: dict[str, float], tags: dict[str, str]) -> int:
        for run in self.trials.values():
            if run.status == "RUNNING":
                run.end("interrupted", {}, {})
        self.study.end(outcome, metrics, tags)
        return 0

    def outcomes(self) -> dict[int, str | None]:
        return {
            number: None if run.status == "RUNNING" else run.tags["outcome"]
            for number, run in self.trials.items()
        }
