"""A study: a folder that holds everything about one search and can be resumed by its name."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import yaml
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from gpdht.config import Config
from gpdht.errors import StudyError
from gpdht.search.samplers import make_pruner
from gpdht.search.space import Space, load_space
from gpdht.search.trial_queue import result_of
from gpdht.trial import TrialResult

FORMAT = 1
STUDIES = Path("studies")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Writers hold sqlite's lock for milliseconds; on a network drive it may take longer.
_SQLITE_TIMEOUT_S = 60


@dataclass(frozen=True, eq=False)
class Study:
    """One search on disk: `study.json`, `space.yaml`, `optuna.db`, `scores/`.

    Parameters
    ----------
    folder : of the study; its name is the study's name.
    record : content of `study.json`: name, dataset, space, protocol, tracking.
    """

    folder: Path
    record: dict[str, Any]

    @property
    def name(self) -> str:
        return self.record["name"]

    @cached_property
    def space(self) -> Space:
        """The space with the number of trials last asked for."""
        return load_space(self.record["space"]).with_trials(self.record["trials"])

    @cached_property
    def optuna(self) -> optuna.Study:
        """The Optuna study, with the pruner of the space."""
        scheduler = self.space.scheduler
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        return optuna.create_study(
            study_name=self.name,
            storage=RDBStorage(
                f"sqlite:///{self.folder.absolute() / 'optuna.db'}",
                engine_kwargs={"connect_args": {"timeout": _SQLITE_TIMEOUT_S}},
            ),
            direction=self.space.objective.direction,
            pruner=make_pruner(scheduler.name, scheduler.grace_epochs, scheduler.reduction),
            load_if_exists=True,
        )

    @property
    def scores(self) -> Path:
        """Folder of the out-of-fold scores: `trial-00007.parquet`."""
        return self.folder / "scores"

    def trials(self) -> pd.DataFrame:
        """One row per trial, in the order of their numbers.

        Columns: `number`, `state` (complete, pruned, infeasible, out_of_memory, failed, running,
        waiting), `objective`, the metrics under their names, the searched values under their
        dotted paths, `epochs`, `best_epoch`, `seconds`, `peak_memory_mb`, `error`.
        """
        rows = [_row(trial) for trial in self.optuna.get_trials(deepcopy=False)]
        metrics = sorted({name for row in rows for name in row if "/" in name})
        params = [param.path for param in self.space.params]
        costs = ["epochs", "best_epoch", "seconds", "peak_memory_mb", "error"]
        columns = ["number", "state", "objective", *metrics, *params, *costs]
        return pd.DataFrame(rows, columns=columns)

    def winner(self) -> tuple[Config, pd.Series]:
        """Config and row of the complete trial with the best objective (the first, if equal).

        Raises
        ------
        StudyError
            If no trial is complete.
        """
        trials = self.trials()
        complete = trials[trials["state"] == "complete"]
        if complete.empty:
            counts = trials["state"].value_counts().to_dict()
            raise StudyError(
                f'study "{self.name}" has no complete trial ({counts or "no trials"}); '
                "resume it, or see the errors with `gpdht trials`."
            )
        best = complete["objective"].astype(float)
        row = complete.loc[best.idxmax() if self.space.objective.mode == "max" else best.idxmin()]
        return self.space.config(self.values(int(row["number"]))), row

    def result(self, number: int) -> TrialResult:
        """How a finished trial ended, without its scores."""
        return result_of(self.optuna.get_trials(deepcopy=False)[number])

    def values(self, number: int) -> dict[str, Any]:
        """The searched values of a trial, with their own types."""
        return dict(self.optuna.get_trials(deepcopy=False)[number].params)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other drivers out; the lock ends with this process, however that ends.

        Raises
        ------
        StudyError
            If another driver runs the study.
        """
        path = self.folder / "lock"
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                raise StudyError(
                    f'study "{self.name}" is being run by {file.read().strip() or "another"}; '
                    "wait for it, stop it, or use another --name."
                ) from error
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
            yield

    def update(self, **changes: Any) -> Study:
        """The study with a changed record, written to disk."""
        record = {**self.record, **changes}
        _write(self.folder / "study.json", json.dumps(record, indent=2) + "\n")
        return Study(self.folder, record)


def open_study(study: str | Path, studies: str | Path = STUDIES) -> Study:
    """A study by its folder, or by its name inside `studies`.

    Raises
    ------
    StudyError
        If there is none or it cannot be read.
    """
    folder = Path(study)
    if not (folder / "study.json").is_file():
        folder = Path(studies) / study
    if not (folder / "study.json").is_file():
        names = sorted(path.parent.name for path in Path(studies).glob("*/study.json"))
        raise StudyError(
            f'no study "{study}" in {Path(studies)} (found {", ".join(names) or "none"}); '
            "give a folder, or --studies."
        )
    try:
        record = json.loads((folder / "study.json").read_text())
    except (OSError, ValueError) as error:
        raise StudyError(f"{folder / 'study.json'}: cannot be read ({error}).") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        found = record.get("format") if isinstance(record, dict) else record
        raise StudyError(
            f"{folder / 'study.json'}: format {found!r}; this gpdht reads format {FORMAT}."
        )
    if not (folder / "optuna.db").is_file():
        raise StudyError(
            f"{folder}: optuna.db, which holds the trials, is missing; restore it, or remove the "
            "folder to start anew."
        )
    return Study(folder, record)


def create_study(studies: str | Path, record: dict[str, Any], space: Space) -> Study:
    """A new study's folder, with the points of `start_from` in its queue.

    Raises
    ------
    StudyError
        If the name cannot be a folder's, or the folder cannot be written.
    """
    check_name(record["name"])
    folder = Path(studies) / record["name"]
    try:
        (folder / "scores").mkdir(parents=True, exist_ok=True)
        _write(folder / "space.yaml", yaml.safe_dump(space.content(), sort_keys=False))
    except OSError as error:
        raise StudyError(f"{folder}: cannot be written ({error}); choose --studies.") from error
    study = Study(folder, {"format": FORMAT, **record})
    queue = study.optuna  # makes the database
    for point in space.start_from[: space.trials]:
        queue.enqueue_trial(dict(point), skip_if_exists=True)
    # Last: a study exists as soon as this file does, and never half.
    return study.update()


def check_name(name: str) -> None:
    """Refuse a name that is not a plain folder name."""
    if not _NAME.fullmatch(name):
        raise StudyError(
            f"{name!r} cannot be a study's name; use letters, digits, dots, dashes, underscores."
        )


def _row(trial: FrozenTrial) -> dict[str, Any]:
    state = trial.state.name.lower()
    row: dict[str, Any] = {"number": trial.number, "state": state, "objective": None}
    row.update(trial.params)
    if not trial.state.is_finished():
        return row
    result = result_of(trial)
    row.update(result.metrics)
    row["state"] = result.state
    if trial.state in (TrialState.COMPLETE, TrialState.PRUNED) and trial.values:
        row["objective"] = trial.value
    for name in ("epochs", "best_epoch", "seconds", "peak_memory_mb", "error"):
        row[name] = getattr(result, name)
    return row


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text)
    partial.replace(path)
