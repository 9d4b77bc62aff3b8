"""A comparison on disk: a folder with a record of what it is and the results of its jobs."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from gpdht.comparison.jobs import FORMAT, Job
from gpdht.comparison.outcome import Outcome
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import StudyError

RECORD = "comparison.json"


@dataclass
class Store:
    """`comparison.json` and `jobs/`: three files for each job, named by its content address.

    Parameters
    ----------
    record : content of `comparison.json`: settings, sets, and each job's number by its address.
    """

    folder: Path
    record: dict[str, Any]

    @property
    def jobs(self) -> Path:
        return self.folder / "jobs"

    def number(self, job: Job) -> int:
        """The job's number, the same whenever it is run."""
        return self.record["numbers"][job.address]

    def load(self, address: str) -> dict[str, Any] | None:
        """The record of a job that ended; None if there is none, or none that can be read."""
        path = self.jobs / f"{address}.json"
        try:
            found = json.loads(path.read_text())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and "state" in found else None

    def is_complete(self, job: Job) -> bool:
        """Whether the job need not run again."""
        record = self.load(job.address)
        return (
            record is not None
            and record["state"] == "complete"
            and self.scores_path(job.address).exists()
            and self._resampled_path(job.address).exists()
        )

    def save(self, job: Job, outcome: Outcome) -> dict[str, Any]:
        """Keep how a job ended; returns its record, which is written last."""
        result = outcome.result
        if result.scores is not None and outcome.resampled is not None:
            _write(self.scores_path(job.address), _table_writer(result.scores))
            _write(self._resampled_path(job.address), _table_writer(outcome.resampled))
        scores = result.scores
        record = _identity(job) | {
            "state": result.state,
            "error": result.error,
            "seconds": round(float(result.seconds), 3),
            "peak_memory_mb": round(float(result.peak_memory_mb), 1),
            "epochs": int(result.epochs),
            "best_epoch": None if result.best_epoch is None else int(result.best_epoch),
            "universe": result.universe,
            "num_pairs": None if scores is None else len(scores),
            "prevalence": None if scores is None else float(scores["label"].mean()),
            "baseline_models": dict(result.baseline_models),
            "metrics": {name: float(value) for name, value in result.metrics.items()},
            "values": {name: float(value) for name, value in outcome.values.items()},
        }
        _write_text(self.jobs / f"{job.address}.json", json.dumps(record, indent=1) + "\n")
        return record

    def scores_path(self, address: str) -> Path:
        """Where a job's out-of-fold scores are."""
        return self.jobs / f"{address}.scores.parquet"

    def resampled(self, address: str) -> pd.DataFrame:
        """A complete job's scores on each resample."""
        return pd.read_parquet(self._resampled_path(address))

    def _resampled_path(self, address: str) -> Path:
        return self.jobs / f"{address}.resampled.parquet"

    def update(self, **changes: Any) -> None:
        """Change the record, here and on disk."""
        self.record = {**self.record, **changes}
        _write_text(self.folder / RECORD, json.dumps(self.record, indent=1) + "\n")

    def write_table(self, name: str, table: pd.DataFrame) -> Path:
        """Write a result table into the folder."""
        _write(self.folder / name, _table_writer(table))
        return self.folder / name

    def write_text(self, name: str, text: str) -> Path:
        """Write a text file into the folder."""
        _write_text(self.folder / name, text)
        return self.folder / name

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other drivers out; the lock ends with this process, however that ends.

        Raises
        ------
        StudyError
            If another driver runs this comparison.
        """
        with (self.folder / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                raise StudyError(
                    f"{self.folder} is being written by {file.read().strip() or 'another'}; wait "
                    "for it, stop it, or use another --out."
                ) from error
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
            yield


def open_store(
    out: str | Path, datasets: Mapping[str, Dataset], config: Config, jobs: Sequence[Job]
) -> Store:
    """The folder of a comparison, new or taken up again with the same or another grid.

    Raises
    ------
    StudyError
        If it cannot be one, or holds anything else: another comparison, or other files.
    """
    store = check_store(out, datasets, config)
    if store is None:
        store = Store(Path(out), _new_record(config))
        _make(store)
    numbers = dict(store.record["numbers"])
    for job in jobs:
        numbers.setdefault(job.address, len(numbers))
    sets = {
        name: {
            "fingerprint": dataset.fingerprint,
            "name": dataset.name,
            "cells": dataset.num_cells,
            "genes": dataset.num_genes,
            "known_tfs": len(dataset.known_tfs),
            "edges": len(dataset.net),
        }
        for name, dataset in datasets.items()
    }
    changes = {
        "numbers": numbers,
        "sets": store.record["sets"] | sets,
        "config": config.flat(),
        "config_hash": config.hash,
    }
    if any(store.record[name] != value for name, value in changes.items()):
        store.update(**changes)
    return store


def check_store(out: str | Path, datasets: Mapping[str, Dataset], config: Config) -> Store | None:
    """The comparison in a folder, if the folder has one and it is this one; nothing is written.

    Raises
    ------
    StudyError
        If the folder holds anything else.
    """
    store = _existing(Path(out))
    if store is not None:
        _check_same(store, datasets, config)
    return store


def _new_record(config: Config) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": secrets.token_hex(8),
        "gpdht": version("gpdht"),
        "config_hash": config.hash,
        "config": config.flat(),
        "sets": {},
        "numbers": {},
        "outcome": None,
    }


def _existing(folder: Path) -> Store | None:
    if folder.exists() and not folder.is_dir():
        raise StudyError(f"{folder} is a file; --out is a folder, new or of the same comparison.")
    path = folder / RECORD
    if not path.is_file():
        inside = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
        if inside:
            raise StudyError(
                f'{folder} holds {len(inside)} files (e.g. "{inside[0]}") and no comparison; give '
                "a new or empty folder as --out."
            )
        return None
    try:
        record = json.loads(path.read_text())
        found = record.get("format")
    except (OSError, ValueError, AttributeError) as error:
        raise StudyError(f"{path}: cannot be read ({error}); use another --out.") from error
    if found != FORMAT:
        raise StudyError(f"{path}: format {found!r}; this gpdht reads format {FORMAT}.")
    return Store(folder, record)


def _make(store: Store) -> None:
    try:
        store.jobs.mkdir(parents=True, exist_ok=True)
        store.update()
    except OSError as error:
        raise StudyError(f"{store.folder}: cannot be written ({error}); choose --out.") from error


def _check_same(store: Store, datasets: Mapping[str, Dataset], config: Config) -> None:
    """Refuse to mix two comparisons: a table has one configuration and one meaning per set."""
    differs = []
    before, now = store.record["config"], config.flat()
    # a setting that another version added changes the addresses of the jobs that depend on it
    changed = [path for path in now if path in before and before[path] != now[path]]
    if changed:
        shown = ", ".join(f"{path}={before[path]} (now {now[path]})" for path in changed[:3])
        differs.append(f"other settings: {shown}")
    for name, dataset in datasets.items():
        there = store.record["sets"].get(name)
        if there is not None and there["fingerprint"] != dataset.fingerprint:
            differs.append(
                f"other data as {name} ({there['fingerprint'][:12]}, now "
                f"{dataset.fingerprint[:12]})"
            )
    if differs:
        raise StudyError(
            f"{store.folder} holds another comparison with {' and '.join(differs)}; use another "
            "--out, or give what it was made with."
        )


def _identity(job: Job) -> dict[str, Any]:
    return {
        "address": job.address,
        "set": job.set,
        "split": job.split,
        "seed": job.seed,
        "model": job.model,
        "kind": job.kind,
        "fingerprint": job.fingerprint,
        "config_hash": job.config_hash,
        "folds": job.config.cv.folds,
        "negatives": job.config.pairs.negatives,
        "gpdht": version("gpdht"),
    }


def _table_writer(table: pd.DataFrame) -> Callable[[Path], None]:
    return lambda path: table.to_parquet(path, index=False)


def _write_text(path: Path, text: str) -> None:
    _write(path, lambda partial: partial.write_text(text))


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """The file appears whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    write(partial)
    partial.replace(path)
