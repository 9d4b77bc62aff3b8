"""The book of a search: what was asked, what was reported, how each trial ended.

The Optuna study is the single source of truth; the tracker mirrors it. Nothing here knows Ray.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from gpdht.errors import ConfigError
from gpdht.search.progress import Progress
from gpdht.search.samplers import make_sampler, propose
from gpdht.search.space import Space
from gpdht.trial import TrialResult

if TYPE_CHECKING:
    from gpdht.tracking import StudyTracker

logger = logging.getLogger(__name__)


@dataclass
class _OpenTrial:
    """A trial being run: the epochs the study knows, its last report, its own account."""

    trial: optuna.Trial
    known: set[int]
    final_epoch: float = math.inf
    last: TrialResult | None = None
    ended: TrialResult | None = None


class TrialQueue:
    """Asks and tells an Optuna study, truthfully.

    Parameters
    ----------
    study : with its pruner set; samplers are made anew for every ask.
    space : its number of trials is what the search consists of.
    scores : folder of the out-of-fold scores, one parquet file per complete trial.
    """

    def __init__(
        self,
        study: optuna.Study,
        space: Space,
        *,
        tracker: StudyTracker,
        scores: Path,
        progress: Progress,
    ) -> None:
        self.study, self.space, self.trials = study, space, space.trials
        self.tracker, self.scores, self.progress = tracker, scores, progress
        self._open: dict[int, _OpenTrial] = {}

    def recover(self) -> list[int]:
        """Put what a dead driver left running back into the queue; returns those trials' numbers.

        `ask` hands such a trial out again with its number and its values. Finished trials are
        never touched; a tracker's run of one that is still open is closed from the study.
        """
        orphans = [trial.number for trial in self._frozen(TrialState.RUNNING)]
        for number in orphans:
            self._requeue(number)
        finished = {trial.number: trial for trial in self._frozen() if trial.state.is_finished()}
        for number in self.tracker.running_trials():
            if number in finished:
                self._mirror(number, result_of(finished[number]))
            else:
                self._mirror_interrupted(number)
        return orphans

    def ask(self) -> tuple[int, dict[str, Any]] | None:
        """The next trial's number and searched values; None when all have been asked.

        Points whose values do not go together are told as infeasible, count as trials, and
        never reach a worker.
        """
        while (number := self._next_number()) is not None:
            sampler = self.space.sampler
            self.study.sampler = make_sampler(sampler.name, sampler.seed, number)
            trial = self.study.ask()
            assert trial.number == number, (trial.number, number)
            values = propose(trial, self.space)
            known = set(self._frozen()[number].intermediate_values)
            self._open[number] = running = _OpenTrial(trial, known)
            self.tracker.start_trial(number, values)
            self.progress.started(number, values)
            try:
                running.final_epoch = self.space.config(values).train.epochs
            except ConfigError as error:
                self.close(number, TrialResult("infeasible", error=str(error)))
            else:
                return number, values
        return None

    def observe(
        self,
        number: int,
        epoch: int,
        metrics: dict[str, float],
        *,
        seconds: float = 0.0,
        peak_memory_mb: float = 0.0,
    ) -> bool:
        """Note an epoch's metrics; True if the trial is to be given up.

        A trial that starts again on another node reports its epochs again: those are known.
        """
        running = self._open.get(number)
        if running is None:
            return False
        value = float(metrics.get(self.space.objective.metric, math.nan))
        self.tracker.log_epoch(number, epoch, metrics)
        self.progress.epoch(number, epoch, value)
        running.last = TrialResult(
            "pruned", metrics, epochs=epoch, seconds=seconds, peak_memory_mb=peak_memory_mb
        )
        if not math.isfinite(value):
            error = f"{self.space.objective.metric} is {value} after epoch {epoch}"
            running.ended = replace(running.last, state="failed", metrics={}, error=error)
            return True
        if epoch in running.known:
            return False
        running.known.add(epoch)
        running.trial.report(value, epoch)
        # Giving up after the last epoch would save nothing.
        return epoch < running.final_epoch and running.trial.should_prune()

    def receive(self, number: int, result: TrialResult) -> None:
        """Keep a trial's own account of how it ended until `close`."""
        if number in self._open:
            self._open[number].ended = result

    def close(self, number: int, result: TrialResult | None = None) -> None:
        """Tell how a trial ended: as given, else by its own account, else as pruned."""
        running = self._open.pop(number, None)
        if running is None:
            return
        result = result or running.ended or running.last
        result = self._checked(result or TrialResult("failed", error="ended without a report"))
        trial = running.trial
        for name, value in attributes(result).items():
            trial.set_user_attr(name, value)
        if result.state == "complete":
            self.study.tell(trial, result.metrics[self.space.objective.metric])
        else:
            state = TrialState.PRUNED if result.state == "pruned" else TrialState.FAIL
            self.study.tell(trial, state=state)
        self._mirror(number, result)
        self.progress.finished(number, result)

    def interrupt(self) -> list[int]:
        """Put all open trials back into the queue, for a resume; returns their numbers."""
        numbers = sorted(self._open)
        for number in numbers:
            del self._open[number]
            self._requeue(number)
            self._mirror_interrupted(number)
        return numbers

    @property
    def open_trials(self) -> list[int]:
        """Numbers of the trials that are being run."""
        return sorted(self._open)

    @property
    def remaining(self) -> int:
        """How many trials have not ended."""
        return self.trials - sum(trial.state.is_finished() for trial in self._frozen())

    def scores_path(self, number: int) -> Path:
        """Where a trial's out-of-fold scores belong."""
        return self.scores / f"trial-{number:05d}.parquet"

    def _checked(self, result: TrialResult) -> TrialResult:
        metric = self.space.objective.metric
        if result.state == "complete" and not math.isfinite(result.metrics.get(metric, math.nan)):
            error = f"{metric} is {result.metrics.get(metric)}"
            return TrialResult("failed", error=error, seconds=result.seconds)
        return result

    def _next_number(self) -> int | None:
        """The number `study.ask` will use: the first waiting trial, else a new one."""
        waiting = self._frozen(TrialState.WAITING)
        total = len(self._frozen())
        if total - len(waiting) >= self.trials:
            return None
        return waiting[0].number if waiting else total

    def _frozen(self, *states: TrialState) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=states or None)

    def _requeue(self, number: int) -> None:
        # Optuna has no public verb for this; its own queue is the state WAITING.
        trial = self._frozen()[number]
        self.study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)

    def _mirror(self, number: int, result: TrialResult) -> None:
        path = self.scores_path(number)
        self.tracker.end_trial(
            number,
            result.state,
            {**result.metrics, **_costs(result)},
            scores_path=path if path.exists() else None,
            error=result.error,
        )

    def _mirror_interrupted(self, number: int) -> None:
        self.tracker.end_trial(number, "interrupted", {}, scores_path=None, error=None)


def attributes(result: TrialResult) -> dict[str, Any]:
    """A result as Optuna user attributes; `result_of` reads them back."""
    return {
        "outcome": result.state,
        "metrics": {name: float(value) for name, value in result.metrics.items()},
        "epochs": int(result.epochs),
        "best_epoch": None if result.best_epoch is None else int(result.best_epoch),
        "seconds": round(float(result.seconds), 3),
        "peak_memory_mb": round(float(result.peak_memory_mb), 1),
        "error": result.error,
        "baseline_models": dict(result.baseline_models),
        "universe": result.universe,
    }


def result_of(trial: FrozenTrial) -> TrialResult:
    """How a finished trial ended, as the study holds it (without the scores)."""
    attrs = dict(trial.user_attrs)
    if "outcome" not in attrs:
        state = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}
        attrs["outcome"] = state.get(trial.state, "failed")
    names = [field.name for field in fields(TrialResult) if field.name not in ("state", "scores")]
    return TrialResult(attrs["outcome"], **{name: attrs[name] for name in names if name in attrs})


def _costs(result: TrialResult) -> dict[str, float]:
    costs = {"seconds": result.seconds, "peak_memory_mb": result.peak_memory_mb}
    if result.best_epoch is not None:
        costs["best_epoch"] = float(result.best_epoch)
    return costs | {"epochs": float(result.epochs)}
