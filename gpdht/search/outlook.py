"""What a search would still gain, estimated from its study alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial, TrialState
from scipy.special import exp1

from gpdht.search.study import Study, result_of

STARTUP, COMPLETE = 20, 8
"""Ended and complete trials from which on there is an estimate."""
TAIL = 0.3
"""The part of the trials, the best ones, whose spread is looked at."""
_HOUR = 3600.0


@dataclass(frozen=True)
class Outlook:
    """What the next hour of a search is expected to bring.

    Parameters
    ----------
    trials : how many would end in it.
    gain : by how much the best objective would improve; never negative.
    metric : of the objective.
    """

    trials: int
    gain: float
    metric: str

    def record(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    def __str__(self) -> str:
        many = "1 trial" if self.trials == 1 else f"{self.trials} trials"
        gain = f"{self.gain:.4f}".lstrip("0") if self.gain >= 0.00005 else "less than .0001"
        return f"the next hour of about {many} is expected to gain {gain} in {self.metric}"


def look_ahead(study: Study) -> Outlook | None:
    """What one more hour at the study's pace would bring; None for too few trials.

    The gain is that of the selection score, of which luck is a part: an upper bound of what a
    fresh draw of folds would show.
    """
    ended = study.optuna.get_trials(
        deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
    )
    sign = 1.0 if study.space.objective.mode == "max" else -1.0
    complete = [sign * float(t.value or 0.0) for t in ended if t.state is TrialState.COMPLETE]
    busy = busy_seconds(ended)
    if len(ended) < STARTUP or len(complete) < COMPLETE or busy <= 0:
        return None
    trials = max(1, round(len(ended) / busy * _HOUR))
    gain = expected_gain(complete, ended=len(ended), more=trials)
    return Outlook(trials, gain, study.space.objective.metric)


def expected_gain(scores: Sequence[float], *, ended: int, more: int) -> float:
    """By how much the best of `more` further trials is expected to exceed the best so far.

    As extreme-value theory has it, the best trials' excess over a threshold is taken as
    exponential. Its mean is that of the best `TAIL` of them, the rate at which trials get there
    that of the study so far, pruned and failed trials counted as such that do not. With a Poisson
    number of trials above the best, λ on average, the expected gain is mean × ∫₀^λ (1 − e⁻ᵗ)/t dt.

    Parameters
    ----------
    scores : of the complete trials, higher is better.
    ended : how many trials ended in all.
    """
    best = np.sort(np.asarray(scores, float))[::-1]
    above = min(max(4, round(TAIL * ended)), len(best) - 1)
    mean = float(np.mean(best[:above] - best[above]))
    if mean <= 0:
        return 0.0
    rate = more * above / ended * np.exp(-(best[0] - best[above]) / mean)
    # ∫₀^λ (1 − e⁻ᵗ)/t dt; for tiny λ its series, where the terms of the closed form cancel
    area = rate if rate < 1e-6 else exp1(rate) + np.log(rate) + np.euler_gamma
    return mean * float(area)


def busy_seconds(trials: Sequence[FrozenTrial]) -> float:
    """Seconds in which at least one of some ended trials ran."""
    ended = [(t.datetime_complete.timestamp(), t) for t in trials if t.datetime_complete]
    spans = sorted((end - result_of(trial).seconds, end) for end, trial in ended)
    total, until = 0.0, -math.inf
    for start, end in spans:
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total
