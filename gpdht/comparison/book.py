"""The book of a running comparison: what began, how it ended, and the tracker's mirror of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gpdht.comparison.jobs import Job
from gpdht.comparison.outcome import Outcome
from gpdht.comparison.progress import ComparisonProgress
from gpdht.comparison.results import JobResult, gains
from gpdht.comparison.store import Store
from gpdht.comparison.tracker import ComparisonTracker
from gpdht.config import Config


class Book:
    """Keeps what jobs give in the store, which is the truth, and mirrors it to the tracker."""

    def __init__(
        self, store: Store, tracker: ComparisonTracker, progress: ComparisonProgress
    ) -> None:
        self.store, self.tracker, self.progress = store, tracker, progress

    def open(self, jobs: Sequence[Job], config: Config, params: dict[str, Any]) -> None:
        """Open the parent run, close what a dead driver left open, and add what it did not log."""
        store = self.store
        self.tracker.start_study(
            store.folder.resolve().name,
            params=config.flat() | params,
            tags={"kind": "comparison", "study_id": store.record["id"]},
            artifacts={},
        )
        addresses = {number: address for address, number in store.record["numbers"].items()}
        for number in self.tracker.running_trials():
            self._mirror_end(number, store.load(addresses.get(number, "")))
        logged = self.tracker.complete_trials()
        for job in jobs:
            if store.is_complete(job) and store.number(job) not in logged:
                self._mirror_start(job)
                self._mirror_end(store.number(job), store.load(job.address))

    def began(self, job: Job) -> None:
        """A job was handed out."""
        self._mirror_start(job)
        self.progress.started(job)

    def ended(self, job: Job, outcome: Outcome) -> None:
        """A job ended."""
        record = self.store.save(job, outcome)
        self._mirror_end(self.store.number(job), record)
        self.progress.finished(job, record)

    def add_gains(self, results: Sequence[JobResult]) -> None:
        """Log the baselines' gains, for which the others' scores were needed."""
        numbers = self.store.record["numbers"]
        for address, metrics in gains(results).items():
            self.tracker.add_metrics(numbers[address], metrics)

    def _mirror_start(self, job: Job) -> None:
        number = self.store.number(job)
        names = {name: getattr(job, name) for name in ("set", "split", "seed", "model", "kind")}
        params = names | {"config_hash": job.config_hash} | job.settings
        self.tracker.start_trial(number, params)
        tags = {
            "set": job.set,
            "split": job.split,
            "model": job.model,
            "dataset": job.set,
            "dataset_fingerprint": job.fingerprint,
            "address": job.address,
            "negatives": job.config.pairs.negatives,
        }
        self.tracker.describe_trial(number, str(job), tags)

    def _mirror_end(self, number: int, record: dict[str, Any] | None) -> None:
        if record is None:
            self.tracker.end_trial(number, "interrupted", {}, scores_path=None, error=None)
            return
        costs = {name: record[name] for name in ("seconds", "peak_memory_mb", "best_epoch")}
        complete = record["state"] == "complete"
        if complete:
            tags = {"universe": str(record["universe"])}
            self.tracker.describe_trial(number, _name(record), tags)
        self.tracker.end_trial(
            number,
            record["state"],
            record["metrics"] | {k: float(v) for k, v in costs.items() if v is not None},
            scores_path=self.store.scores_path(record["address"]) if complete else None,
            error=record["error"],
        )


def _name(record: dict[str, Any]) -> str:
    return f"{record['set']} {record['split']} seed {record['seed']} {record['model']}"
