"""A comparison on disk: a folder with a record of what it is and the results of its jobs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gpdht import __version__
from gpdht.comparison.jobs import FORMAT, Job
from gpdht.comparison.result import resampled_path, scores_path
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import StudyError
from gpdht.execution.kept_folder import KeptFolder
from gpdht.files import write_table, write_text
from gpdht.presentation import count

if TYPE_CHECKING:
    from gpdht.comparison.run_job import Outcome


@dataclass(frozen=True, eq=False)
class Store(KeptFolder):
    """`comparison.json` and `jobs/`: three files for each job, named by its digest.

    Parameters
    ----------
    record : content of `comparison.json`: settings, sets, and each job's number by its digest.
    """

    RECORD = "comparison.json"
    FORMAT = FORMAT
    NOUN = "comparison"

    def number(self, job: Job) -> int:
        """The job's number, the same whenever it is run."""
        return self.record["numbers"][job.key.digest]

    def load(self, digest: str) -> dict[str, Any] | None:
        """The record of a job that ended; None if there is none, or none that can be read."""
        try:
            found = json.loads(self._record_path(digest).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and "state" in found else None

    def is_complete(self, job: Job) -> bool:
        """Whether the job need not run again."""
        digest = job.key.digest
        record = self.load(digest)
        return (
            record is not None
            and record["state"] == "complete"
            and self.scores_path(digest).exists()
            and resampled_path(self.folder, digest).exists()
        )

    def save(self, job: Job, outcome: Outcome) -> dict[str, Any]:
        """Keep how a job ended; returns its record, which is written last."""
        result, digest, scores = outcome.result, job.key.digest, outcome.result.scores
        if scores is not None and outcome.resampled is not None:
            write_table(self.scores_path(digest), scores)
            write_table(resampled_path(self.folder, digest), outcome.resampled)
        record = {
            "job": digest,
            "set": job.set,
            "split": job.split,
            "seed": job.seed,
            "model": job.model,
            "kind": job.key.kind,
            "fingerprint": job.fingerprint,
            "config_hash": job.config_hash,
            "folds": job.config.applied().get("cv.folds", 1),
            "negatives": job.config.pairs.negatives,
            "gpdht": __version__,
            **result.account(),
            "num_pairs": None if scores is None else len(scores),
            "prevalence": None if scores is None else float(scores["label"].mean()),
            "values": {name: float(value) for name, value in outcome.values.items()},
        }
        write_text(self._record_path(digest), json.dumps(record, indent=1) + "\n")
        return record

    def scores_path(self, digest: str) -> Path:
        """Where a job's out-of-fold scores are."""
        return scores_path(self.folder, digest)

    def resampled(self, digest: str) -> pd.DataFrame:
        """A complete job's scores on each resample."""
        return pd.read_parquet(resampled_path(self.folder, digest))

    def _record_path(self, digest: str) -> Path:
        return self.folder / "jobs" / f"{digest}.json"


def open_store(
    out: str | Path, datasets: Mapping[str, Dataset], config: Config, jobs: Sequence[Job]
) -> Store:
    """The folder of a comparison, new or taken up again with the same or another grid.

    Raises
    ------
    StudyError
        If it cannot be one, or holds anything else: another comparison, or other files.
    """
    store = check_store(out, datasets, config) or _make(Path(out), config)
    numbers = dict(store.record["numbers"])
    for job in jobs:
        numbers.setdefault(job.key.digest, len(numbers))
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
        store = store.update(**changes)
    return store


def check_store(out: str | Path, datasets: Mapping[str, Dataset], config: Config) -> Store | None:
    """The comparison in a folder, if the folder has one and it is this one; nothing is written.

    Raises
    ------
    StudyError
        If the folder holds anything else.
    """
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise StudyError(f"{folder} is a file; --out is a folder, new or of the same comparison.")
    if not Store.exists_in(folder):
        inside = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
        if inside:
            raise StudyError(
                f'{folder} holds {count(len(inside), "file")} (e.g. "{inside[0]}") and no '
                "comparison; give a new or empty folder as --out."
            )
        return None
    store = Store.read(folder)
    _check_same(store, datasets, config)
    return store


def _make(folder: Path, config: Config) -> Store:
    record = {
        "id": secrets.token_hex(8),
        "gpdht": __version__,
        "config_hash": config.hash,
        "config": config.flat(),
        "sets": {},
        "numbers": {},
        "outcome": None,
    }
    try:
        (folder / "jobs").mkdir(parents=True, exist_ok=True)
        return Store(folder, record).update()
    except OSError as error:
        raise StudyError(f"{folder}: cannot be written ({error}); choose --out.") from error


def _check_same(store: Store, datasets: Mapping[str, Dataset], config: Config) -> None:
    """Refuse to mix two comparisons: a table has one configuration and one meaning per set."""
    differs = []
    before, now = store.record["config"], config.flat()
    # a setting that another version added changes the digests of the jobs that depend on it
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
