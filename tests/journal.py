"""A tracker that writes each call into a file at once: what it holds survives a kill -9."""

from __future__ import annotations

import json
from pathlib import Path


class Journal:
    """Meets `gpdht.tracking.StudyTracker`; the state is read back from the file."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def _write(self, *entry) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")

    @property
    def entries(self) -> list[list]:
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    @property
    def place(self) -> dict[str, str]:
        return {}

    def start_study(self, name, *, params, tags, artifacts) -> str:
        self._write("start_study", name, sorted(artifacts))
        return "parent"

    def start_trial(self, run) -> str:
        self._write("start_trial", run.number, run.params)
        return f"run-{run.number}"

    def log_epoch(self, number, epoch, metrics) -> None:
        self._write("log_epoch", number, epoch, metrics)

    def end_trial(self, run) -> None:
        files = [path.name for path in run.files]
        self._write("end_trial", run.number, run.ending, run.metrics, files, run.error)

    def add_metrics(self, number, metrics) -> None:
        self._write("add_metrics", number, metrics)

    def attach(self, files, *, trial=None, folder=None) -> None:
        assert all(path.is_file() for path in files)
        self._write("attach", trial, folder, [path.name for path in files])

    def end_study(self, outcome, metrics, tags) -> None:
        self._write("end_study", outcome, metrics, tags)

    def running_trials(self) -> list[int]:
        """Numbers of the trials whose runs are open."""
        return sorted(number for number, outcome in self.outcomes().items() if outcome is None)

    def outcomes(self) -> dict[int, str | None]:
        """How each trial's run stands: None while it is running."""
        states: dict[int, str | None] = {}
        for kind, number, *rest in self.entries:
            if kind == "start_trial":
                states[number] = None
            elif kind == "end_trial":
                states[number] = rest[0]
        return states

    def named(self, kind: str) -> list[list]:
        """The arguments of all calls of one kind."""
        return [entry[1:] for entry in self.entries if entry[0] == kind]
