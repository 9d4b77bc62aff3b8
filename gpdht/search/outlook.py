"""What a search would still gain, estimated from its study alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from optuna.trial import FrozenTrial
from scipy.special import exp1

from gpdht.search.study import Study, eligible, result_of
from gpdht.search.study_tables import OPEN

STARTUP, COMPLETE = 20, 8
"""Ended and complete trials from which on there is an estimate."""
TAIL = 0.2
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

    def __str__(self) -> str:
        many = "1 trial" if self.trials == 1 else f"{self.trials} trials"
        gain = f"{self.gain:.4f}".lstrip("0") if self.gain >= 0.00005 else "less than .0001"
        return f"the next hour of about {many} is expected to gain {gain} in {self.metric}"


def look_ahead(study: Study, *, ago: int = 0) -> Outlook | None:
    """What one more hour at the study's pace would bring; None for too few trials.

    With `ago`, what would have been said so many ended trials ago.

    The gain is that of the selection score, of which luck is a part: more than what fresh folds
    would show.
    """
    trials = study.trials()
    ended = trials[~trials["state"].isin(OPEN)]
    ended = ended.head(max(0, len(ended) - ago))
    sign = 1.0 if study.space.objective.mode == "max" else -1.0
    may_win = ended.index.isin(eligible(ended).index)
    scores = np.where(may_win, sign * ended["objective"].astype(float), -math.inf)
    kept = study.optuna.get_trials(deepcopy=False)
    busy = busy_seconds([kept[number] for number in ended["number"]])
    if len(ended) < STARTUP or may_win.sum() < COMPLETE or not busy:
        return None
    more = max(1, round(len(ended) / busy * _HOUR))
    return Outlook(more, expected_gain(scores, more), study.space.objective.metric)


def expected_gain(scores: ArrayLike, more: int) -> float:
    """By how much `more` further trials are expected to raise the best score.

    The mean of two estimates, which err differently: from the search's history, and from the
    spread of its best trials (`docs/results/search.md` has how they fare).

    Parameters
    ----------
    scores : of the ended trials in their order, higher is better; −∞ for those without (pruned,
        failed). At least two are finite.
    """
    score_T = np.asarray(scores, float)
    return (_gain_by_history(score_T, more) + _gain_by_spread(score_T, more)) / 2


def _gain_by_history(score_T: np.ndarray, more: int) -> float:
    """What the second half of the trials gained, if what is missing to the end falls as 1/n."""
    best_T = np.maximum.accumulate(score_T)
    first = int(np.argmax(np.isfinite(best_T)))
    ended, half = len(best_T), max(len(best_T) // 2, first + 1)
    if half == ended:
        return 0.0
    missing = (best_T[-1] - best_T[half - 1]) / (1 / half - 1 / ended)
    return float(missing * (1 / ended - 1 / (ended + more)))


def _gain_by_spread(score_T: np.ndarray, more: int) -> float:
    """What as many draws of the same kind would gain.

    As extreme-value theory has it, the excess of the best over a threshold is taken as
    exponential; trials without a score count as below it. With λ of the further trials above the
    best on average, the gain is the mean excess × ∫₀^λ (1 − e⁻ᵗ)/t dt.
    """
    ranked = np.sort(score_T[np.isfinite(score_T)])[::-1]
    above = min(max(4, round(TAIL * len(score_T))), len(ranked) - 1)
    mean = float(np.mean(ranked[:above] - ranked[above]))
    if mean <= 0:
        return 0.0
    rate = more * above / len(score_T) * math.exp(-(ranked[0] - ranked[above]) / mean)
    # in closed form; its terms cancel where λ is tiny
    return mean * (rate if rate < 1e-6 else float(exp1(rate) + math.log(rate) + np.euler_gamma))


def busy_seconds(trials: Sequence[FrozenTrial]) -> float:
    """Seconds in which at least one of some ended trials ran."""
    ended = [(t.datetime_complete.timestamp(), t) for t in trials if t.datetime_complete]
    spans = sorted((end - result_of(trial).seconds, end) for end, trial in ended)
    total, until = 0.0, -math.inf
    for start, end in spans:
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total
