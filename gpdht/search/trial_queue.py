"""What a search runs next, and how each trial ended.

Optuna's study decides; progress and tracker follow it. Nothing here knows Ray.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from gpdht.errors import ConfigError
from gpdht.execution.event_log import note
from gpdht.execution.mirror import bring_up_to_date
from gpdht.execution.progress import Progress, short_values
from gpdht.files import append_line
from gpdht.metrics.names import FIRST_FOLD
from gpdht.search.costs import excess
from gpdht.search.lost_trials import forget_lost_trials
from gpdht.search.samplers import propose, sampler_of, view_with_costs
from gpdht.search.storage import keep_copy, mend_journal
from gpdht.search.study import LOST_ATTEMPTS, Study
from gpdht.search.tracked import trial_run
from gpdht.tracking import StudyTracker, TrialRun
from gpdht.trial import TrialResult

COPY_EVERY_S = 300.0
_GIVEN_UP = "given_up_after_epoch"


@dataclass
class OpenTrial:
    """A trial being run: the epochs that are kept, its last report, its own account."""

    trial: optuna.Trial
    values: dict[str, Any]
    known: set[int]
    started: float = field(default_factory=time.time)
    reported: float | None = None
    final_epoch: float = math.inf
    last: TrialResult | None = None
    ended: TrialResult | None = None


class TrialQueue:
    """Asks and tells a study's Optuna study, truthfully.

    Parameters
    ----------
    study : its space's number of trials is what the search consists of.

    Attributes
    ----------
    is_enough : whether to ask for no more trials, although some are left.
    had_enough : whether that was so; once is for good.
    watch : called about each second while the search runs.
    """

    def __init__(self, study: Study, *, tracker: StudyTracker, progress: Progress) -> None:
        self.study, self.space, self.trials = study, study.space, study.space.trials
        self.tracker, self.progress = tracker, progress
        self.is_enough: Callable[[], bool] = lambda: False
        self.had_enough = False
        self.watch: Callable[[], None] = lambda: None
        self._open: dict[int, OpenTrial] = {}
        self._ended_s = 0.0
        self._copied_at = -math.inf

    def recover(self) -> list[int]:
        """Put what a dead driver left running back into the queue; returns those trials' numbers.

        `ask` hands such a trial out again with its number and its values. Finished trials are
        never touched. The tracker gets all that it missed.
        """
        mend_journal(self.study.folder)
        for number in forget_lost_trials(self.study):
            note("trial forgotten", "its files were removed, as it has not ended", trial=number)
        orphans = [trial.number for trial in self._frozen(TrialState.RUNNING)]
        for number in orphans:
            self._requeue(number)
        bring_up_to_date(self.tracker, (trial_run(self.study, trial) for trial in self._frozen()))
        return orphans

    def ask(self) -> tuple[int, dict[str, Any]] | None:
        """The next trial's number and searched values; None if no more are to be asked.

        Points whose values do not go together are told as infeasible, count as trials, and
        never reach a worker.
        """
        optuna_study = self.study.optuna
        while (number := self._next_number()) is not None:
            self._prepare(number)
            trial = optuna_study.ask()
            assert trial.number == number, (trial.number, number)
            values = propose(trial, self.space)
            known = set(self._frozen()[number].intermediate_values)
            self._open[number] = running = OpenTrial(trial, values, known)
            self.tracker.start_trial(TrialRun(number, values))
            self.progress.started(_name(number), short_values(values))
            note("trial asked", short_values(values), trial=number)
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
        usage: Mapping[str, Any] | None = None,
    ) -> bool:
        """Note an epoch's metrics; True if the trial is to be given up.

        A trial that starts again on another node reports its epochs again: those are known, and so
        is what was decided on them. Epoch 0 is the first fold alone, where trials race.

        Parameters
        ----------
        usage : what the trial has used so far; see `gpdht.execution.tariff`.
        """
        running = self._open.get(number)
        if running is None:
            return False
        metric = self.space.objective.metric + ("" if epoch else FIRST_FOLD)
        value = float(metrics.get(metric, math.nan))
        self.tracker.log_epoch(number, epoch, metrics)
        self.progress.epoch(_name(number), epoch, value)
        running.reported = time.time()
        running.last = TrialResult(
            "pruned",
            metrics,
            epochs=epoch,
            seconds=seconds,
            peak_memory_mb=peak_memory_mb,
            usage=usage or {},
        )
        if not math.isfinite(value):
            error = f"{metric} is {value} after epoch {epoch}"
            running.ended = replace(running.last, state="failed", metrics={}, error=error)
            return True
        if epoch in running.known:
            return bool(running.trial.user_attrs.get(_GIVEN_UP) == epoch)
        running.known.add(epoch)
        line = json.dumps({"epoch": epoch, "metrics": metrics})
        append_line(self.study.epochs_path(number), line)
        running.trial.report(value, epoch)
        # Giving up after the last epoch would save nothing. The reference is asked too, as that is
        # how others come to be compared with it, but always goes on.
        if epoch >= running.final_epoch:
            return False
        given_up = running.trial.should_prune() and number != self.study.reference
        if given_up:  # kept, for a driver that dies before the trial is told as pruned
            running.trial.set_user_attr(_GIVEN_UP, epoch)
        return given_up

    def receive(self, number: int, result: TrialResult) -> None:
        """Keep a trial's own account of how it ended until `close`."""
        if number in self._open:
            self._open[number].ended = result

    def close(self, number: int, result: TrialResult | None = None) -> None:
        """Tell how a trial ended: by its own account, else as given, else as pruned."""
        running = self._open.pop(number, None)
        if running is None:
            return
        last = running.last or TrialResult("failed", error="ended without a report")
        result = self._checked(running.ended or result or last)
        if not result.seconds:  # of a lost process: what it used up to its last report
            result = replace(result, seconds=last.seconds, usage=last.usage)
        self._ended_s += result.seconds
        trial, metric = running.trial, self.space.objective.metric
        for name, value in result.account().items():
            trial.set_user_attr(name, value)
        known = {**result.costs(), **result.metrics}
        for name, limit in self.space.constraints.items():
            if name in known:
                trial.set_constraint(name, excess(limit, known[name]))
        if result.state == "complete":
            self.study.optuna.tell(trial, result.metrics[metric])
        else:
            state = TrialState.PRUNED if result.state == "pruned" else TrialState.FAIL
            self.study.optuna.tell(trial, state=state)
        self.tracker.end_trial(trial_run(self.study, self._frozen()[number]))
        value = result.metrics.get(metric, math.nan)
        self.progress.finished(_name(number), result.state, value, result.seconds, result.error)
        said, node = result.error or f"{metric} {value:.4g}", result.usage.get("node")
        note("trial ended", f"{result.state}: {said}", trial=number, node=node)
        if time.monotonic() - self._copied_at >= COPY_EVERY_S:
            keep_copy(self.study.folder)
            self._copied_at = time.monotonic()

    def cut_off(self, number: int) -> None:
        """Keep what an attempt used whose process is gone; the trial runs again from its start."""
        running = self._open.get(number)
        if running is not None and running.last is not None:
            attempt = {**running.last.usage, "seconds": running.last.seconds}
            before = running.trial.user_attrs.get(LOST_ATTEMPTS, [])
            running.trial.set_user_attr(LOST_ATTEMPTS, [*before, attempt])
            self._ended_s += running.last.seconds
            running.last = None

    def interrupt(self) -> list[int]:
        """Put all open trials back into the queue, for a resume; returns their numbers."""
        numbers = sorted(self._open)
        for number in numbers:
            self.cut_off(number)
            del self._open[number]
            self._requeue(number)
            note("trial cut off", "it runs again on a resume", trial=number)
            self.tracker.end_trial(TrialRun(number))
        return numbers

    @property
    def seconds(self) -> float:
        """Of trials handed out by this queue: the ended, and the open up to their last report."""
        return self._ended_s + sum(one.last.seconds for one in self._open.values() if one.last)

    @property
    def open(self) -> Mapping[int, OpenTrial]:
        """The trials that are being run, by number."""
        return self._open

    @property
    def remaining(self) -> int:
        """How many trials have not ended."""
        return self.trials - self.study.num_ended

    @property
    def is_done(self) -> bool:
        """Whether all trials have ended, or all that were asked for when it was enough."""
        return self.remaining <= 0 or (self.had_enough and not self._open)

    def _checked(self, result: TrialResult) -> TrialResult:
        metric = self.space.objective.metric
        if result.state == "complete" and not math.isfinite(result.metrics.get(metric, math.nan)):
            error = f"{metric} is {result.metrics.get(metric)}"
            return replace(result, state="failed", error=error, metrics={})
        return result

    def _next_number(self) -> int | None:
        """The number `study.ask` will use: the first waiting trial, else a new one."""
        waiting = self._frozen(TrialState.WAITING)
        total = len(self._frozen())
        if total - len(waiting) >= self.trials:
            return None
        self.had_enough = self.had_enough or self.is_enough()
        if self.had_enough:
            return None
        return waiting[0].number if waiting else total

    def _prepare(self, number: int) -> None:
        """Seed the sampler for a new trial; with costs, propose for all objectives at once."""
        study = self.study.optuna
        study.sampler = sampler_of(self.space, number)
        if self.space.costs and number == len(self._frozen()):
            view = view_with_costs(study, self.space)
            view.sampler = study.sampler
            study.enqueue_trial(propose(view.ask(), self.space))

    def _frozen(self, *states: TrialState) -> list[FrozenTrial]:
        return self.study.optuna.get_trials(deepcopy=False, states=states or None)

    def _requeue(self, number: int) -> None:
        # Optuna has no public verb for this; its own queue is the state WAITING.
        trial = self._frozen()[number]
        self.study.optuna._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)


def _name(number: int) -> str:
    return f"trial {number}"
