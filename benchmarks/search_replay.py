"""Searches of `search.py` in memory: a sampler and a scheduler of the product on a problem.

What a search decides is the product's own: `make_sampler` for every ask, `propose`, `make_pruner`,
patience before the last epoch, the complete trial with the best selection score as winner. Only
the training is replaced.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
import pandas as pd
import yaml
from optuna.exceptions import ExperimentalWarning
from optuna.trial import TrialState
from search_problems import Curve, Problem, patient

from gpdht.errors import SpaceError
from gpdht.search.samplers import make_pruner, make_sampler, propose
from gpdht.search.sections import SCHEDULERS, Scheduler, one_of

SAMPLERS = ("random", "tpe", "gp", "cmaes")
SHARES = np.arange(1, 97) / 96
"""Of the budget, where winners are looked up."""


@dataclass(frozen=True)
class Method:
    """A sampler and a scheduler, each spelled ``name`` or ``name,option=value,…``."""

    sampler: str
    scheduler: str

    def __post_init__(self) -> None:
        name, options = parsed(self.sampler)
        if name not in SAMPLERS or (options and name != "tpe"):
            raise SpaceError(f"sampler {self.sampler}: {one_of(name, SAMPLERS)} Only tpe varies.")
        self.rule()

    def ask(self, seed: int, number: int) -> optuna.samplers.BaseSampler:
        """The sampler of one trial; options take the place of TPE's own in the product."""
        name, options = parsed(self.sampler)
        sampler = make_sampler(name, seed, number)
        if not options:
            return sampler
        derived = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
        shipped = {"multivariate": True, "group": True, "constant_liar": True}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return optuna.samplers.TPESampler(seed=derived, **shipped | options)

    @property
    def staged(self) -> bool:
        """Whether trials show themselves on their first fold before they get the others."""
        return parsed(self.scheduler)[0] == "race"

    def rule(self) -> Scheduler:
        """The scheduler's section of a space."""
        name, options = parsed(self.scheduler)
        if name not in SCHEDULERS:
            raise SpaceError(f"scheduler {self.scheduler}: {one_of(name, SCHEDULERS)}")
        return SCHEDULERS[name](**options)


def parsed(text: str) -> tuple[str, dict[str, Any]]:
    """``asha,grace_epochs=5`` as a name and options, with values as YAML reads them."""
    name, *options = text.split(",")
    pairs = (option.partition("=") for option in options)
    return name, {key: yaml.safe_load(value) for key, _, value in pairs}


def budget_of(problem: Problem, trials: int, *, draws: int = 100) -> float:
    """Mean seconds of so many random trials without pruning."""
    rng = np.random.default_rng(0)
    points = [problem.space.sample(rng) for _ in range(draws)]
    return trials * float(np.mean([problem.trial(point).seconds for point in points]))


def search(
    problem: Problem, method: Method, *, seed: int, budget_s: float, most: int = 200
) -> pd.DataFrame:
    """One search to the end of its budget, or of its number of trials: a row for each trial.

    Columns: `number, state, seconds` (all that were spent until its end), `value` (its selection
    score; NaN if pruned), `winner` (the number of the best so far), `fresh` and `worth` (the
    winner's fresh score and worth), `tried` (the best worth of all points so far, pruned or not).
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", pruner=make_pruner(method.rule()))
    for point in problem.space.start_from:
        study.enqueue_trial(dict(point))
    last = problem.space.config({}).train.epochs
    rows: list[dict[str, Any]] = []
    spent, best, tried, won = 0.0, -np.inf, -np.inf, {}
    while spent < budget_s and len(rows) < most:
        study.sampler = method.ask(seed, len(rows))
        trial = study.ask()
        values = propose(trial, problem.space)
        curve = problem.trial(values)
        cost, whole = _run(trial, curve, last=last, staged=method.staged)
        spent += cost
        value = float(curve.means.max()) if whole else np.nan
        if whole:
            study.tell(trial, value)
        else:
            study.tell(trial, state=TrialState.PRUNED)
        worth = problem.worth(values)
        tried = max(tried, worth)
        if value > best:
            best = value
            won = {"winner": trial.number, "fresh": problem.fresh(values), "worth": worth}
        rows.append(
            {
                "number": trial.number,
                "state": "complete" if whole else "pruned",
                "seconds": spent,
                "value": value,
                **won,
                "tried": tried,
            }
        )
    return pd.DataFrame(rows)


def _run(trial: optuna.Trial, curve: Curve, *, last: int, staged: bool) -> tuple[float, bool]:
    """Report as the product does; the seconds, and whether the trial was not given up.

    A trial may still be given up in the epoch in which its patience ends, the first one never.
    """
    prunable = trial.number > 0
    fold_s, alone = curve.epoch_s / curve.value_EF.shape[1], 0
    if staged:  # step 0 is the first fold, to the end of its own patience
        first_E1 = patient(curve.value_EF[:, :1])
        alone = len(first_E1)
        trial.report(float(first_E1.max()), 0)
        if prunable and trial.should_prune():
            return curve.before_s + alone * fold_s, False
    for epoch, value in enumerate(curve.means, start=1):
        trial.report(float(value), epoch)
        if prunable and epoch < last and trial.should_prune():
            return curve.before_s + epoch * curve.epoch_s + max(0, alone - epoch) * fold_s, False
    return curve.seconds, True


def at_times(rows: pd.DataFrame, seconds: np.ndarray, *, default: float) -> pd.DataFrame:
    """`fresh, worth, tried` above the default after so many seconds, and how many `trials` ended.

    Zero before the first has ended.
    """
    ended = np.searchsorted(rows["seconds"].to_numpy(), seconds, side="right")
    columns = ["fresh", "worth", "tried"]
    above = np.vstack([np.zeros(3), rows[columns].to_numpy() - default])[ended]
    return pd.DataFrame(above, columns=columns).assign(trials=ended)


def replays(
    problems: Sequence[Problem], method: Method, *, trials: int, until: float, seed: int
) -> pd.DataFrame:
    """A search on each instance: `problem, sampler, scheduler, replay`, and for each `share` of the
    budget in `seconds` what `at_times` says, the fresh score as `gain`, and what is `possible`: the
    gain of the best known point.

    Parameters
    ----------
    trials : of random points without pruning, whose cost is the budget.
    until : the share of the budget at which the searches end.
    """
    shares = SHARES[until >= SHARES]
    tables = []
    for replay, problem in enumerate(problems):
        budget_s = budget_of(problem, trials)
        rows = search(problem, method, seed=seed + replay, budget_s=until * budget_s)
        table = at_times(rows, shares * budget_s, default=problem.default)
        tables.append(
            table.rename(columns={"fresh": "gain"}).assign(
                problem=problem.name,
                sampler=method.sampler,
                scheduler=method.scheduler,
                replay=replay,
                share=shares,
                seconds=shares * budget_s,
                possible=problem.best - problem.default,
            )
        )
    return pd.concat(tables, ignore_index=True)
