"""Running a comparison: sets and models in, tidy tables out; resumable at any time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from gpdht.comparison.book import Book
from gpdht.comparison.figures import keep_figures
from gpdht.comparison.jobs import (
    SPLITS,
    Job,
    check_config,
    check_folds,
    choose_seeds,
    choose_splits,
    longest_first,
    make_jobs,
)
from gpdht.comparison.names import choose_models
from gpdht.comparison.outcome import Outcome, run_job
from gpdht.comparison.over_sets import compare_over_sets, rank_over_sets
from gpdht.comparison.progress import ComparisonProgress
from gpdht.comparison.results import load_results, tidy
from gpdht.comparison.sets import name_sets
from gpdht.comparison.store import Store, check_store, open_store
from gpdht.comparison.summary import summarise
from gpdht.comparison.table import markdown
from gpdht.comparison.tracker import ComparisonTracker, UntrackedComparison
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError
from gpdht.execution.ray_session import check_local_room
from gpdht.execution.ray_tasks import TaskPlacement, run_tasks
from gpdht.execution.stop import StopRequest
from gpdht.metrics.names import HIGHER_IS_BETTER, LOWER_IS_BETTER
from gpdht.trial import TrialResult, run_trial

PACKAGES = ("gpdht", "torch", "ray", "scikit-learn")
TABLES = ("results", "summary", "ranks", "tests")


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a comparison found; the same tables lie in its folder.

    Parameters
    ----------
    folder : with `results.parquet`, `summary.parquet`, `ranks.parquet`, `tests.parquet`,
        `table.md`, and `jobs/`: every job's record and out-of-fold scores.
    metric : what `table.md` ranks by.
    results : one row per set, split, seed, model and score (`gpdht.comparison.results`).
    summary : one row per set, split, model and score (`gpdht.comparison.summary`).
    ranks, tests : over the sets of a split (`gpdht.comparison.over_sets`).
    about : settings, versions, command.
    """

    folder: Path
    metric: str
    results: pd.DataFrame
    summary: pd.DataFrame
    ranks: pd.DataFrame
    tests: pd.DataFrame
    about: dict[str, Any]

    def markdown(self) -> str:
        """The table, as in `table.md`."""
        return markdown(self)


def compare(
    datasets: Sequence[Dataset],
    *,
    models: str | Sequence[str] = ("gpdht", "baselines"),
    splits: str | Sequence[str] = SPLITS,
    seeds: str | Sequence[int] = (0,),
    config: Config | None = None,
    out: str | Path,
    metric: str = "auprc",
    tracker: ComparisonTracker | None = None,
    cpus_per_trial: float = 1,
    gpus_per_trial: float = 0,
    max_concurrent: int | None = None,
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
    models : names and groups; see `gpdht.comparison.names`.
    config : of GP-DHT, its variant and controls, and of pairs and folds for all; without split
        and seeds. Peers, and GP-DHT as published, have their own (`gpdht.comparison.published`).
    out : a folder, new or of the same comparison.
    metric : what the table ranks by and the best lines of a table are best in.
    tracker : mirrors the comparison, e.g. `open_comparison_tracker(…)`; None tracks nothing.
    max_concurrent : None for as many as there is room for.
    address : of a Ray cluster (`auto`, `host:port`); None for RAY_ADDRESS or a local Ray.
    command : kept with the tables.
    trial : what runs GP-DHT.

    Raises
    ------
    GpdhtError
        Before anything runs: for what cannot be compared.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM, with everything that had ended kept.
    """
    config = config or Config()
    sets, jobs = check_request(
        datasets,
        models=models,
        splits=splits,
        seeds=seeds,
        config=config,
        out=out,
        metric=metric,
        cpus_per_trial=cpus_per_trial,
        gpus_per_trial=gpus_per_trial,
        address=address,
    )
    store = open_store(out, sets, config, jobs)
    placement = TaskPlacement(cpus_per_trial, gpus_per_trial, max_concurrent, address)
    with store.locked(), StopRequest() as stop:
        done = sum(map(store.is_complete, jobs))
        if done < len(jobs) or store.record["outcome"] != "complete":
            shown = ComparisonProgress(len(jobs), done, metric, shown=progress)
            with shown:
                book = Book(store, tracker or UntrackedComparison(), shown)
                work = partial(run_job, trial=trial)
                run = _Run(book, sets, jobs, placement, stop, work)
                run.finish(config, metric, command)
        if stop.signalled:
            raise KeyboardInterrupt
        return tabulate(store, jobs, metric=metric, command=command)


@dataclass(frozen=True, eq=False)
class _Run:
    """One driver's part of a comparison."""

    book: Book
    datasets: Mapping[str, Dataset]
    jobs: list[Job]
    placement: TaskPlacement
    stop: StopRequest
    work: Callable[..., Outcome]

    def finish(self, config: Config, metric: str, command: str | None) -> None:
        """Run what is not complete; whatever happens, leave no run open."""
        store, tracker = self.book.store, self.book.tracker
        outcome: Literal["complete", "interrupted", "failed"] = "failed"
        try:
            self.book.open(self.jobs, config, {"jobs": len(self.jobs)})
            self._run_jobs()
            if self.stop():
                outcome = "interrupted"
                return
            comparison = tabulate(store, self.jobs, metric=metric, command=command)
            self.book.add_gains(load_results(store, self.jobs))
            files = [store.folder / f"{name}.parquet" for name in TABLES]
            tracker.attach([*files, store.folder / "table.md"])
            if not isinstance(tracker, UntrackedComparison):
                keep_figures(comparison, tracker, store.record["numbers"])
            outcome = "complete"
        except KeyboardInterrupt:
            outcome = "interrupted"
            raise
        finally:
            tracker.end_study(outcome, self._counts(), {})
            store.update(outcome=outcome)

    def _run_jobs(self) -> None:
        store = self.book.store
        waiting = [job for job in self.jobs if not store.is_complete(job)]
        if not waiting:
            return
        order = longest_first(waiting, self.datasets)
        ends = run_tasks(
            self.work,
            [(job, job.set) for job in order],
            self.datasets,
            placement=self.placement,
            stop=self.stop,
            cache_dir=store.folder / "cache",
            started=lambda position: self.book.began(order[position]),
            waiting=self.book.progress.tick,
        )
        for end in ends:
            outcome = end.value or Outcome(TrialResult("failed", error=end.error))
            self.book.ended(order[end.position], outcome)

    def _counts(self) -> dict[str, float]:
        records = [self.book.store.load(job.address) for job in self.jobs]
        states = [record["state"] for record in records if record is not None]
        counts = {f"jobs/{state}": float(states.count(state)) for state in set(states)}
        return counts | {"jobs/seconds": sum(r["seconds"] for r in records if r is not None)}


def tabulate(store: Store, jobs: Sequence[Job], *, metric: str, command: str | None) -> Comparison:
    """The tables over the jobs that have ended, also written into the folder."""
    results = load_results(store, jobs)
    summary = summarise(results)
    about: dict[str, Any] = {
        "config_hash": store.record["config_hash"],
        "sets": store.record["sets"],
        "versions": versions(),
        "command": command,
    }
    comparison = Comparison(
        store.folder,
        metric,
        tidy(results),
        summary,
        rank_over_sets(summary),
        compare_over_sets(summary),
        about,
    )
    for name in TABLES:
        store.write_table(f"{name}.parquet", getattr(comparison, name))
    store.write_text("table.md", comparison.markdown())
    store.update(metric=metric, command=command, versions=about["versions"])
    return comparison


def versions() -> dict[str, str]:
    """Installed versions of the packages that decide what a score is."""
    from importlib.metadata import version

    return {name: version(name) for name in PACKAGES}


def check_request(
    datasets: Sequence[Dataset],
    *,
    models: str | Sequence[str],
    splits: str | Sequence[str],
    seeds: str | Sequence[int],
    config: Config,
    out: str | Path,
    metric: str,
    cpus_per_trial: float,
    gpus_per_trial: float,
    address: str | None,
    **_: object,
) -> tuple[dict[str, Dataset], list[Job]]:
    """The named sets and all jobs on them, once it is sure that each can begin; see `compare`.

    Nothing is written.

    Raises
    ------
    GpdhtError
        For what cannot be compared.
    """
    known = (*HIGHER_IS_BETTER, *LOWER_IS_BETTER)
    if metric not in known:
        raise ConfigError(f'"{metric}" is no score to rank by; use one of {", ".join(known)}.')
    check_config(config)
    chosen = choose_models(models), choose_splits(splits), choose_seeds(seeds)
    sets = name_sets(datasets)
    check_store(out, sets, config)
    check_local_room(address, cpus=cpus_per_trial, gpus=gpus_per_trial)
    jobs = make_jobs(sets, models=chosen[0], splits=chosen[1], seeds=chosen[2], config=config)
    check_folds(jobs, sets)
    return sets, jobs
