"""The tables of a comparison's folder: made of its jobs, written, and opened again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gpdht.comparison.across_sets import compare_over_sets, rank_over_sets
from gpdht.comparison.job_results import JobResult, kept_jobs, load_results, tidy
from gpdht.comparison.jobs import Job
from gpdht.comparison.printed_table import markdown
from gpdht.comparison.result import TABLES, Comparison
from gpdht.comparison.statistics import summarise
from gpdht.comparison.store import Store
from gpdht.errors import StudyError
from gpdht.files import write_table, write_text


def tabulate(store: Store, jobs: Sequence[Job]) -> Comparison:
    """The tables over the jobs that have ended, also written into the folder."""
    record = store.record
    tables = _make_tables(load_results(store, [job.key for job in jobs]))
    names = ("config_hash", "config", "sets", "versions", "command")
    ended = sum(store.load(job.key.digest) is not None for job in jobs)
    about = {name: record.get(name) for name in names}
    about |= {"outcome": "complete", "jobs": len(jobs), "ended": ended}
    comparison = Comparison(store.folder, record["metric"], **tables, about=about)
    for name, table in tables.items():
        write_table(store.folder / f"{name}.parquet", table)
    write_text(store.folder / "table.md", markdown(comparison))
    return comparison


def open_comparison(folder: str | Path) -> Comparison:
    """What a comparison's folder holds so far; nothing is run and nothing is written.

    The tables of a finished comparison are those in its folder; of any other they are made of the
    jobs that have ended.

    Raises
    ------
    StudyError
        If the folder holds no comparison, or one that cannot be read.
    """
    folder = Path(folder)
    if not Store.exists_in(folder):
        raise StudyError(
            f"{folder}: no {Store.RECORD}; expected the --out folder of `gpdht compare`."
        )
    store = Store.read(folder)
    record = store.record
    jobs = kept_jobs(store)
    about = {name: record[name] for name in ("config_hash", "config", "sets", "outcome")} | {
        "versions": record.get("versions") or {"gpdht": record["gpdht"]},
        "command": record.get("command"),
        "jobs": len(record["numbers"]),
        "ended": len(jobs),
    }
    tables = None
    if about["outcome"] == "complete" and about["ended"] == about["jobs"]:
        tables = _read_tables(folder)
    tables = tables or _make_tables(load_results(store, jobs))
    return Comparison(folder, record.get("metric") or "auprc", **tables, about=about)


def _make_tables(results: Sequence[JobResult]) -> dict[str, pd.DataFrame]:
    summary = summarise(results)
    return {
        "results": tidy(results),
        "summary": summary,
        "ranks": rank_over_sets(summary),
        "tests": compare_over_sets(summary),
    }


def _read_tables(folder: Path) -> dict[str, pd.DataFrame] | None:
    """The tables in the folder; None if one is missing or damaged."""
    try:
        return {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    except (OSError, ValueError):
        return None
