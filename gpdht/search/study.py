"""A study: a folder that holds everything about one search and can be resumed by its name."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import yaml
from optuna.exceptions import ExperimentalWarning
from optuna.trial import FrozenTrial, TrialState

from gpdht.collection import paused_collection
from gpdht.config import Config
from gpdht.errors import StudyError
from gpdht.execution.kept_folder import KeptFolder
from gpdht.files import write_text
from gpdht.search.costs import broken
from gpdht.search.samplers import make_pruner
from gpdht.search.space import Space, load_space
from gpdht.search.storage import is_on_network_drive, make_storage, open_storage, remove_unused
from gpdht.trial import USED, TrialResult

STUDIES = Path("studies")
LOST_ATTEMPTS = "lost_attempts"
"""The attribute of an Optuna trial with what its attempts used whose processes are gone."""
_COSTS = ("epochs", "best_epoch", "seconds", "peak_memory_mb", "parameters")
_USAGE = (*USED, "node")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, eq=False)
class Study(KeptFolder):
    """One search on disk: `study.json`, `space.yaml`, the trials, `scores/`, `epochs/`.

    The trials are in `optuna.db` or `optuna.journal`; see `gpdht.search.storage`.

    Parameters
    ----------
    folder : of the study; its name is the study's name.
    record : content of `study.json`: name, dataset, space, protocol, tracking; what it began from
        (`warm_start`) and why it ended (`ended`).
    """

    RECORD = "study.json"
    FORMAT = 2
    NOUN = "study"

    @property
    def name(self) -> str:
        return self.record["name"]

    @cached_property
    def space(self) -> Space:
        """The space with the number of trials last asked for."""
        return load_space(self.record["space"]).with_trials(self.record["trials"])

    @property
    def num_ended(self) -> int:
        """How many trials have ended, in whatever way."""
        return sum(trial.state.is_finished() for trial in self.optuna.get_trials(deepcopy=False))

    @property
    def sets(self) -> list[str]:
        """The names of the sets that trials are scored on together; none of a single set."""
        return [str(one["name"]) for one in self.record.get("sets", ())]

    @property
    def reference(self) -> int | None:
        """Number of the trial of `Space.reference`, which pruning spares; None without one."""
        return self.record.get("reference")

    @cached_property
    def optuna(self) -> optuna.Study:
        """The Optuna study, with the pruner of the space."""
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        return optuna.load_study(
            study_name=self.name,
            storage=open_storage(self.folder),
            pruner=make_pruner(self.space.scheduler),
        )

    def update(self, **changes: Any) -> Study:
        """See `KeptFolder.update`; trials that were read are not read again."""
        changed = super().update(**changes)
        if "optuna" in vars(self):
            vars(changed)["optuna"] = self.optuna
        return changed

    @paused_collection()
    def trials(self) -> pd.DataFrame:
        """One row per trial, in the order of their numbers.

        Columns: `number`, `state` (complete, pruned, infeasible, out_of_memory, failed, running,
        waiting), `objective`, the metrics under their names, the searched values under their
        dotted paths, `epochs`, `best_epoch`, `seconds`, `peak_memory_mb`, `parameters`,
        `cpu_seconds`, `gpu_seconds`, `energy_wh`, `price`, `node` (None where not known),
        `broken` (the constraints that a trial does not keep, in words, else empty), `error`.
        """
        rows = [_row(trial) for trial in self.optuna.get_trials(deepcopy=False)]
        for row in rows:
            known = {name: value for name, value in row.items() if value is not None}
            row["broken"] = "; ".join(broken(self.space.constraints, known))
        metrics = sorted({name for row in rows for name in row if "/" in name})
        params = [param.path for param in self.space.params]
        costs = [*_COSTS, *_USAGE, "broken", "error"]
        columns = ["number", "state", "objective", *metrics, *params, *costs]
        return pd.DataFrame(rows, columns=columns)

    def winner(self) -> tuple[Config, pd.Series]:
        """Config and row of the eligible trial with the best objective (the first, if equal).

        Raises
        ------
        StudyError
            If there is none.
        """
        trials = self.trials()
        complete = eligible(trials)
        if complete.empty:
            counts = trials["state"].value_counts().to_dict()
            if "complete" in counts:
                limits = ", ".join(f"{name} {one}" for name, one in self.space.constraints.items())
                raise StudyError(
                    f'no trial of study "{self.name}" keeps the constraints ({limits}); '
                    "see `gpdht trials`."
                )
            raise StudyError(
                f'study "{self.name}" has no complete trial ({counts or "no trials"}); '
                "resume it, or see the errors with `gpdht trials`."
            )
        best = complete["objective"].astype(float)
        row = complete.loc[best.idxmax() if self.space.objective.mode == "max" else best.idxmin()]
        return self.config(int(row["number"])), row

    def result(self, number: int) -> TrialResult:
        """How a finished trial ended, without its scores."""
        return result_of(self._trial(number))

    def values(self, number: int) -> dict[str, Any]:
        """The searched values of a trial, with their own types."""
        return dict(self._trial(number).params)

    def _trial(self, number: int) -> FrozenTrial:
        """A trial; one that has ended never changes, and is asked for once."""
        if number not in self._ended:
            trials = self.optuna.get_trials(deepcopy=False)
            self._ended.update({one.number: one for one in trials if one.state.is_finished()})
            return trials[number]
        return self._ended[number]

    @cached_property
    def _ended(self) -> dict[int, FrozenTrial]:
        return {}

    def config(self, number: int) -> Config:
        """The config of a trial."""
        return self.space.config(self.values(number))

    def epochs(self, number: int) -> dict[int, dict[str, float]]:
        """A trial's metrics after each epoch that it reported, also of a trial that was cut off."""
        path = self.epochs_path(number)
        if not path.exists():
            return {}
        found: dict[int, dict[str, float]] = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:  # the last line of a driver that was killed
                continue
            found.setdefault(entry["epoch"], entry["metrics"])
        return found

    def scores_path(self, number: int) -> Path:
        """Where a trial's out-of-fold scores are."""
        return self.folder / "scores" / f"trial-{number:05d}.parquet"

    def epochs_path(self, number: int) -> Path:
        """Where a trial's metrics after each epoch are: a line of JSON for each."""
        return self.folder / "epochs" / f"trial-{number:05d}.jsonl"


def eligible(trials: pd.DataFrame) -> pd.DataFrame:
    """The rows of complete trials that keep all constraints: those that may win."""
    return trials[(trials["state"] == "complete") & (trials["broken"] == "")]


def open_study(study: str | Path, studies: str | Path = STUDIES) -> Study:
    """A study by its folder, or by its name inside `studies`.

    Raises
    ------
    StudyError
        If there is none or it cannot be read.
    """
    folder = Path(study)
    if not Study.exists_in(folder):
        folder = Path(studies) / study
    if not Study.exists_in(folder):
        raise StudyError(
            f'no study "{study}" in {Path(studies)} (found '
            f"{', '.join(study_names(studies)) or 'none'}); give a folder, or --studies."
        )
    opened = Study.read(folder)
    _ = opened.optuna  # a missing or damaged file is told at once
    return opened


def study_names(studies: str | Path = STUDIES) -> list[str]:
    """The names of the studies in a folder."""
    return sorted(path.parent.name for path in Path(studies).glob(f"*/{Study.RECORD}"))


def create_study(
    studies: str | Path, record: dict[str, Any], space: Space, *, journal: bool | None = None
) -> Study:
    """A new study's folder; its reference, `start_from` and points of other studies are queued.

    Parameters
    ----------
    journal : keep the trials in a journal rather than a database; None: on a network drive.

    Raises
    ------
    StudyError
        If the folder has trials of a study whose record is missing.
    """
    folder = Path(studies) / record["name"]
    remove_unused(folder)
    for name in ("scores", "epochs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_text(folder / "space.yaml", yaml.safe_dump(space.content(), sort_keys=False))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.create_study(
        study_name=record["name"],
        storage=make_storage(
            folder, journal=is_on_network_drive(folder) if journal is None else journal
        ),
        direction=space.objective.direction,
    )
    study = Study(folder, record)
    queue = study.optuna
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        queue.set_metric_names([space.objective.metric])  # for Optuna's own pages
    reference = space.reference
    points = [*([reference] if reference else space.start_from[:1]), *space.start_from[1:]]
    points += [point["values"] for point in record.get("warm_start", {}).get("points", ())]
    for point in points[: space.trials]:
        queue.enqueue_trial(dict(point), skip_if_exists=True)
    # Last: a study exists as soon as this file does, and never half.
    return study.update(reference=0 if reference else None)


def check_name(name: str) -> None:
    """Refuse a name that is not a plain folder name."""
    if not _NAME.fullmatch(name):
        raise StudyError(
            f"{name!r} cannot be a study's name; use letters, digits, dots, dashes, underscores."
        )


def default_name(dataset: str, space: str | Path) -> str:
    """The name of a study of these data and this space, for which none is given."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{dataset}-{Path(space).stem}").strip("-.")
    return name or "study"


def _row(trial: FrozenTrial) -> dict[str, Any]:
    state = trial.state.name.lower()
    row: dict[str, Any] = {"number": trial.number, "state": state, "objective": None}
    row.update(trial.params)
    if not trial.state.is_finished():
        return row
    result = result_of(trial)
    row.update(result.metrics)
    row["state"] = result.state
    # What a trial showed on its first fold alone, before epoch 1, is no objective.
    if trial.state is TrialState.COMPLETE or (trial.state is TrialState.PRUNED and trial.last_step):
        row["objective"] = trial.value
    for name in (*_COSTS, "error"):
        row[name] = getattr(result, name)
    for name in _USAGE:
        row[name] = result.usage.get(name)
    return row


def result_of(trial: FrozenTrial) -> TrialResult:
    """How a finished trial ended, as the study holds it (without the scores)."""
    states = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}
    return TrialResult.from_account({"state": states.get(trial.state, "failed")} | trial.user_attrs)
