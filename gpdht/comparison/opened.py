"""A comparison opened from its folder, finished or not; nothing is run and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gpdht.comparison.jobs import FORMAT, Job
from gpdht.comparison.names import KINDS
from gpdht.comparison.over_sets import compare_over_sets, rank_over_sets
from gpdht.comparison.results import load_results, tidy
from gpdht.comparison.run import TABLES, Comparison
from gpdht.comparison.store import RECORD, Store
from gpdht.comparison.summary import summarise
from gpdht.config import Config
from gpdht.errors import StudyError

METRIC = "auprc"


def open_comparison(folder: str | Path) -> Comparison:
    """What a comparison's folder holds so far.

    The tables of a finished comparison are those in its folder; of any other they are made of the
    jobs that have ended. `about` also has `outcome`, `jobs` and `ended`: how the last run of it
    ended (None while the first goes on), how many jobs were asked for, and how many have ended.

    Raises
    ------
    StudyError
        If the folder holds no comparison, or one that cannot be read.
    """
    folder = Path(folder)
    store = Store(folder, _read_record(folder))
    records = [store.load(address) for address in store.record["numbers"]]
    ended = [record for record in records if record is not None]
    about = {
        "config_hash": store.record["config_hash"],
        "config": store.record["config"],
        "sets": store.record["sets"],
        "versions": store.record.get("versions") or _versions(ended),
        "command": store.record.get("command"),
        "outcome": store.record["outcome"],
        "jobs": len(records),
        "ended": len(ended),
    }
    metric = store.record.get("metric") or METRIC
    tables = _read_tables(folder) if is_finished(about) else None
    if tables is None:
        tables = _make_tables(store, ended)
    return Comparison(folder, metric, **tables, about=about)


def is_finished(about: dict[str, Any]) -> bool:
    """Whether all jobs of an opened comparison have ended."""
    return about["outcome"] == "complete" and about["ended"] == about["jobs"]


def _read_record(folder: Path) -> dict[str, Any]:
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        found = record.get("format")
    except FileNotFoundError as error:
        raise StudyError(
            f"{folder}: no {RECORD}; expected the --out folder of `gpdht compare`."
        ) from error
    except (OSError, ValueError, AttributeError) as error:
        raise StudyError(f"{path}: cannot be read ({error}); run the comparison again.") from error
    if found != FORMAT:
        raise StudyError(f"{path}: format {found!r}; this gpdht reads format {FORMAT}.")
    return record


def _read_tables(folder: Path) -> dict[str, pd.DataFrame] | None:
    """The tables in the folder; None if one is missing or damaged."""
    try:
        return {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    except (OSError, ValueError):
        return None


def _make_tables(store: Store, ended: Sequence[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    results = load_results(store, [_job(store, record) for record in ended])
    summary = summarise(results)
    return {
        "results": tidy(results),
        "summary": summary,
        "ranks": rank_over_sets(summary),
        "tests": compare_over_sets(summary),
    }


def _job(store: Store, record: dict[str, Any]) -> Job:
    """The job of a record, under the address that it had when it ran."""
    if record["model"] not in KINDS:
        raise StudyError(
            f'{store.folder}: model "{record["model"]}" of gpdht {record["gpdht"]} is unknown to '
            "this version; open the comparison with that one."
        )
    names = {one["fingerprint"]: name for name, one in store.record["sets"].items()}
    job = Job(
        names.get(record["fingerprint"], record["set"]),
        record["split"],
        record["seed"],
        record["model"],
        record["fingerprint"],
        Config(),
    )
    # The address is a hash of the settings and the version that it ran with, which this Job lacks.
    vars(job)["address"] = record["address"]
    return job


def _versions(ended: Sequence[dict[str, Any]]) -> dict[str, str]:
    found = dict.fromkeys(record["gpdht"] for record in ended)
    return {"gpdht": ", ".join(found)} if found else {}
