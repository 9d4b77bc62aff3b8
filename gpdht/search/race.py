"""A race of trials by their first fold: who is unlikely to win is given up after it.

Early-stopped cross-validation (Bergman et al., PMLR 256), by paired differences: all trials of a
study share their folds, so what one fold is harder than another cancels out between two trials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from scipy.special import stdtr

FIRST_FOLD_STEP = 0
"""The step of a trial's intermediate value that is of its first fold alone."""


def chance_to_win(
    first: float, others_first: Sequence[float], means: Sequence[float], *, best: float
) -> float:
    """The chance that a trial's mean over all folds is above `best`, given its first fold.

    A complete trial's mean lies beyond its first fold's score by what the other folds add: about
    the same for all trials, with a spread that the complete trials show. So the trial's mean is
    its first fold's score plus their average addition, and is uncertain by their spread (Student's
    t with one degree of freedom less than there are trials). Higher is better in all scores.

    By replay this keeps winners more often than a regression of means on first folds, whose slope
    is that of the few trials that are complete.

    Parameters
    ----------
    first : the first fold's score of the trial.
    others_first, means : of each complete trial, at least two: the first fold's score, the mean.
    """
    added = np.asarray(means) - np.asarray(others_first)
    count = len(added)
    spread = float(added.std(ddof=1)) * math.sqrt(1 + 1 / count)
    ahead = first + float(added.mean()) - best
    return float(stdtr(count - 1, ahead / spread)) if spread else float(ahead > 0)


class RacePruner(optuna.pruners.BasePruner):
    """Gives a trial up after its first fold where its chance to win is below `chance`.

    It knows the study alone: the first folds and means of its complete trials.

    Parameters
    ----------
    startup_trials : so many trials are complete before any is given up; at least two.
    """

    def __init__(self, *, chance: float, startup_trials: int) -> None:
        self.chance, self.startup_trials = chance, startup_trials

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Whether the trial is given up; never one in later epochs.

        The one to beat is the best of those that keep the study's constraints.
        """
        if trial.last_step != FIRST_FOLD_STEP:
            return False
        sign = 1 if study.direction is StudyDirection.MAXIMIZE else -1
        complete = [
            other
            for other in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            if FIRST_FOLD_STEP in other.intermediate_values
        ]
        if len(complete) < self.startup_trials:
            return False
        first, *others_first = (
            sign * one.intermediate_values[FIRST_FOLD_STEP] for one in (trial, *complete)
        )
        means = [sign * (other.value or 0.0) for other in complete]
        eligible = [
            mean
            for mean, other in zip(means, complete, strict=True)
            if all(excess <= 0 for excess in other.constraints.values())
        ]
        best = max(eligible, default=-math.inf)
        return chance_to_win(first, others_first, means, best=best) < self.chance
