"""What to try next and what to give up: Optuna's samplers and pruners for a space."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.trial import TrialState

from gpdht.search.beliefs import with_priors
from gpdht.search.params import Param
from gpdht.search.race import RacePruner
from gpdht.search.sections import Asha, Median, NoScheduler, Race, Scheduler
from gpdht.search.space import Space


def propose(trial: optuna.Trial, space: Space) -> dict[str, Any]:
    """The searched values of a trial, by dotted path; settings that do not apply are absent.

    Define-by-run, in the order of the conditions. Values the study already holds (a trial that
    was interrupted, a point of `start_from`) come back as they are.
    """
    values = dict(space.fixed)
    for param in space.params:
        if param.applies(values):
            values[param.path] = _suggest(trial, param)
    return {path: value for path, value in values.items() if path not in space.fixed}


def view_with_costs(study: optuna.Study, space: Space) -> optuna.Study:
    """The study in memory, with the costs as further objectives; for proposals alone.

    Optuna neither takes reports nor prunes in a study of several objectives, so the study itself
    has the first alone. What was given up is infeasible here: its costs are of a part.
    """
    lower: list[Literal["minimize", "maximize"]] = ["minimize"] * len(space.costs)
    view = optuna.create_study(directions=[space.objective.direction, *lower])
    for trial in study.get_trials(deepcopy=False):
        given_up = trial.state is TrialState.PRUNED
        if trial.state is TrialState.RUNNING:
            values = None
        elif trial.state.is_finished() and trial.values and trial.user_attrs:
            values = [trial.values[0], *(float(trial.user_attrs[name]) for name in space.costs)]
        else:
            continue
        seen = optuna.trial.create_trial(
            state=TrialState.RUNNING if values is None else TrialState.COMPLETE,
            values=values,
            params=trial.params,
            distributions=trial.distributions,
            system_attrs=trial.system_attrs | ({"constraints:given up": 1.0} if given_up else {}),
        )
        view.add_trial(seen)
    return view


def sampler_of(space: Space, number: int) -> optuna.samplers.BaseSampler:
    """What proposes the trial of this number: the space's sampler, mixed with its priors."""
    name, seed = space.sampler.name, space.sampler.seed
    return with_priors(make_sampler(name, seed, number), space.params, seed=seed, number=number)


def make_sampler(name: str, seed: int, number: int) -> optuna.samplers.BaseSampler:
    """The sampler for one trial, seeded from the search's seed and the trial's number.

    A fresh one for every ask: a sampler's random state is not stored with the study, so one that
    lived on would start its stream anew on a resume and repeat its first proposals. With this,
    the proposal is a function of the study's contents alone.
    """
    derived = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        match name:
            case "tpe":
                return optuna.samplers.TPESampler(
                    seed=derived,
                    multivariate=True,
                    group=True,  # conditional spaces: one joint model per set of active settings
                    constant_liar=True,  # trials that still run repel new ones
                )
            case "gp":
                return optuna.samplers.GPSampler(
                    seed=derived,
                    independent_sampler=optuna.samplers.RandomSampler(seed=derived),
                    warn_independent_sampling=False,
                )
            case "cmaes":
                return optuna.samplers.CmaEsSampler(
                    seed=derived,
                    independent_sampler=optuna.samplers.RandomSampler(seed=derived),
                    warn_independent_sampling=False,
                )
            case "random":
                return optuna.samplers.RandomSampler(seed=derived)
    raise ValueError(f"unknown sampler {name!r}")


def make_pruner(scheduler: Scheduler) -> optuna.pruners.BasePruner:
    """The rule that gives trials up, from the values in the study itself.

    Ray's schedulers keep their rungs in memory and lose them on a resume; these lose nothing.
    """
    match scheduler:
        case Asha():
            return optuna.pruners.SuccessiveHalvingPruner(
                min_resource=scheduler.grace_epochs, reduction_factor=scheduler.reduction
            )
        case Median():
            return optuna.pruners.MedianPruner(
                n_startup_trials=scheduler.startup_trials,
                n_warmup_steps=scheduler.grace_epochs,  # the first epoch is step 1
            )
        case Race():
            return RacePruner(chance=scheduler.chance, startup_trials=scheduler.startup_trials)
        case NoScheduler():
            return optuna.pruners.NopPruner()


def _suggest(trial: optuna.Trial, param: Param) -> Any:
    if param.kind == "choice":
        return trial.suggest_categorical(param.path, param.choices)
    if param.kind == "int":
        low, high = param.bounds
        return trial.suggest_int(param.path, low, high, log=param.log, step=param.step or 1)
    return trial.suggest_float(param.path, *param.bounds, log=param.log, step=param.step)
