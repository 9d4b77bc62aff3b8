"""Running a comparison: sets and models in, tidy tables out; resumable at any time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from gpdht.comparison.charts import keep_figures
from gpdht.comparison.job_results import gains, load_results
from gpdht.comparison.jobs import Job, longest_first
from gpdht.comparison.request import Request
from gpdht.comparison.result import TABLES, Comparison
from gpdht.comparison.run_job import Outcome, run_job
from gpdht.comparison.store import Store, open_store
from gpdht.comparison.tables import tabulate
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.execution.mirror import bring_up_to_date
from gpdht.execution.placement import Placement
from gpdht.execution.progress import Progress
from gpdht.execution.sharing import GpusPerTrial, place
from gpdht.execution.stop import StopRequest
from gpdht.execution.tasks import run_tasks
from gpdht.models.memory_need import memory_need
from gpdht.tracking import MemoryStudyTracker, StudyTracker, TrialRun
from gpdht.tracking.provenance import versions
from gpdht.trial import TrialResult, lost, run_trial


def compare(
    datasets: Sequence[Dataset],
    *,
    models: str | Sequence[str] = Request.models,
    splits: str | Sequence[str] = Request.splits,
    seeds: str | Sequence[int] = Request.seeds,
    config: Config | None = None,
    out: str | Path,
    metric: str = Request.metric,
    tracker: StudyTracker | None = None,
    cpus_per_trial: float = 1,
    gpus_per_trial: GpusPerTrial = "auto",
    max_concurrent: int | None = None,
    trial_timeout_s: float | None = None,
    address: str | None = None,
    command: str | None = None,
    progress: bool = True,
    trial: Callable[..., TrialResult] = run_trial,
) -> Comparison:
    """Every model on the same folds of every set, split and seed, and the tables of it.

    What is complete in `out` is not run again, so an interrupted comparison is taken up by the
    same call, and a finished one only gives its tables. The grid may grow: more sets, models,
    splits or seeds in the same folder.

    Parameters
    ----------
    models : names and groups; see `gpdht.models.catalogue`.
    config : of GP-DHT, its variant and controls, and of pairs and folds for all; without split
        and seeds. Published models have their own settings.
    out : a folder, new or of the same comparison.
    metric : what the table ranks by and the best baselines of a table are best in.
    tracker : mirrors the comparison, e.g. `gp.open_tracker()`; None tracks nothing.
    cpus_per_trial, gpus_per_trial, max_concurrent, trial_timeout_s, address : see `Placement`;
        `auto` gives jobs what GPUs there are, see `gpdht.execution.sharing`.
    command : kept with the tables.
    trial : what runs GP-DHT.

    Raises
    ------
    GpdhtError
        Before anything runs: for what cannot be compared.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM, with everything that had ended kept.
    """
    request = Request(models, splits, seeds, config or Config(), metric)
    sets, jobs = request.check(datasets, out)
    placement, chosen = place(
        Placement(
            cpus_per_trial,
            max_concurrent=max_concurrent,
            address=address,
            trial_timeout_s=trial_timeout_s,
        ),
        gpus_per_trial,
        needed=lambda: max(sum(memory_need(job.config, sets[job.set]).values()) for job in jobs),
        at_most=len(jobs),
    )
    store = open_store(out, sets, request.config, jobs)
    with store.locked(), StopRequest() as stop:
        done = sum(map(store.is_complete, jobs))
        shown = Progress(len(jobs), metric, noun="jobs", shown=progress)
        shown.resumed(["complete"] * done)
        shown.say([chosen] if chosen and done < len(jobs) else [])
        run = _Run(store, jobs, tracker, shown, stop)
        if done < len(jobs) or store.record["outcome"] != "complete":
            with shown:
                work = partial(run_job, trial=trial)
                comparison = run.finish(sets, placement, work, metric=metric, command=command)
        else:
            comparison = run.tabulate(metric=metric, command=command)
        if stop.signalled:
            raise KeyboardInterrupt
        return comparison


class _Run:
    """One driver's part of a comparison: what it runs, keeps, shows and mirrors."""

    def __init__(
        self,
        store: Store,
        jobs: Sequence[Job],
        tracker: StudyTracker | None,
        progress: Progress,
        stop: StopRequest,
    ) -> None:
        self.store, self.jobs, self.draws = store, jobs, tracker is not None
        self.tracker = tracker or MemoryStudyTracker()
        self.progress, self.stop = progress, stop

    def finish(
        self,
        datasets: dict[str, Dataset],
        placement: Placement,
        work: Callable[..., Outcome],
        *,
        metric: str,
        command: str | None,
    ) -> Comparison:
        """Run what is not complete; in any case leave no run open."""
        outcome: Literal["complete", "interrupted", "failed"] = "failed"
        try:
            self._open_runs()
            self._run_jobs(datasets, placement, work)
            comparison = self.tabulate(metric=metric, command=command)
            if self.stop():
                outcome = "interrupted"
                return comparison
            self._finish_runs(comparison)
            outcome = "complete"
            return comparison
        except KeyboardInterrupt:
            outcome = "interrupted"
            raise
        finally:
            self.tracker.end_study(outcome, self._counts(), {})
            self.store = self.store.update(outcome=outcome)

    def tabulate(self, *, metric: str, command: str | None) -> Comparison:
        """The tables over the jobs that have ended, also written into the folder."""
        self.store = self.store.update(metric=metric, command=command, versions=versions())
        return tabulate(self.store, self.jobs)

    def _open_runs(self) -> None:
        """Open the parent run, and bring the tracker up to date."""
        store, config = self.store, self.jobs[0].config
        grid = {"cv.split", "cv.seed", "train.seed", "model.name"}
        shared = {path: value for path, value in config.applied().items() if path not in grid}
        self.tracker.start_study(
            store.folder.resolve().name,
            params=shared | {"jobs": len(self.jobs)},
            tags={"gpdht.kind": "comparison", "study_id": store.record["id"]},
            artifacts={},
        )
        records = ((job, store.load(job.key.digest)) for job in self.jobs)
        kept = (self._kept(job, record) for job, record in records if record is not None)
        bring_up_to_date(self.tracker, kept)

    def _run_jobs(
        self,
        datasets: dict[str, Dataset],
        placement: Placement,
        work: Callable[..., Outcome],
    ) -> None:
        waiting = [job for job in self.jobs if not self.store.is_complete(job)]
        if not waiting:
            return
        order = longest_first(waiting, datasets)

        def began(position: int) -> None:
            self.tracker.start_trial(self._kept(order[position], None))
            self.progress.started(str(order[position].key))

        ends = run_tasks(
            work,
            [(job, job.set) for job in order],
            datasets,
            placement=placement,
            stop=self.stop,
            cache_dir=self.store.folder / "cache",
            started=began,
            waiting=self.progress.tick,
        )
        for end in ends:
            self._ended(order[end.position], end.value or Outcome(lost(end.error)))

    def _ended(self, job: Job, outcome: Outcome) -> None:
        record = self.store.save(job, outcome)
        self.tracker.end_trial(self._kept(job, record))
        value = outcome.values.get(self.progress.metric, math.nan)
        result = outcome.result
        self.progress.finished(str(job.key), result.state, value, result.seconds, result.error)

    def _kept(self, job: Job, record: dict[str, Any] | None) -> TrialRun:
        """A job as the store keeps it."""
        names = {"set": job.set, "split": job.split, "seed": job.seed, "model": job.model}
        params = names | {"kind": job.key.kind, "config_hash": job.config_hash} | job.settings
        tags = {
            "set": job.set,
            "split": job.split,
            "model": job.model,
            "dataset": job.set,
            "dataset_fingerprint": job.fingerprint,
            "job": job.key.digest,
            "negatives": job.config.pairs.negatives,
        }
        number, name = self.store.number(job), str(job.key)
        if record is None:
            return TrialRun(number, params, name=name, tags=tags)
        result = TrialResult.from_account(record)
        complete = result.state == "complete"
        return TrialRun(
            number,
            params,
            result.state,
            result.metrics | result.costs(),
            files=[self.store.scores_path(job.key.digest)] if complete else [],
            error=result.error,
            name=name,
            tags=tags | ({"universe": str(result.universe)} if complete else {}),
        )

    def _finish_runs(self, comparison: Comparison) -> None:
        """Log what only the whole comparison can tell: baselines' gains, tables, charts."""
        numbers = self.store.record["numbers"]
        for digest, metrics in gains(
            load_results(self.store, [job.key for job in self.jobs])
        ).items():
            self.tracker.add_metrics(numbers[digest], metrics)
        folder = self.store.folder
        self.tracker.attach([*(folder / f"{name}.parquet" for name in TABLES), folder / "table.md"])
        if self.draws:
            keep_figures(comparison, self.tracker, numbers)

    def _counts(self) -> dict[str, float]:
        records = [record for job in self.jobs if (record := self.store.load(job.key.digest))]
        counts = Counter(f"jobs/{record['state']}" for record in records)
        return {**counts, "jobs/seconds": sum(record["seconds"] for record in records)}
