"""Priors of single settings: what a user believes to be good, mixed into the proposals.

As in PriorBand (Mallik et al. 2023) and NePS: a prior is a point with a confidence. A part of the
proposals is drawn around it, the others are the sampler's own. The share falls geometrically with
the trial's number, so a wrong prior costs a few trials, and after that the scores decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from gpdht.search.params import Param, is_among

SPREAD = {"low": 0.5, "medium": 0.25, "high": 0.125}
"""Standard deviation of a prior over a range, as a part of the (logarithmic) range."""
WEIGHT = {"low": 2.0, "medium": 4.0, "high": 6.0}
"""How many times as likely as another choice the prior's is."""
FIRST_SHARE, HALVED_AFTER = 0.75, 10


def draw_near(param: Param, rng: np.random.Generator) -> Any:
    """A draw from a setting's prior.

    Ranges: a normal distribution around the prior, truncated to the range, on the scale (linear
    or logarithmic) of the search. Choices: the prior's is likelier than each of the others.
    """
    from scipy.stats import truncnorm  # takes a second to import, and most spaces have no priors

    if param.kind == "choice":
        is_prior = np.array([is_among(param.prior, [choice]) for choice in param.choices])
        weights = np.where(is_prior, WEIGHT[param.confidence], 1.0)
        return param.choices[int(rng.choice(len(weights), p=weights / weights.sum()))]
    low, high, center = (
        math.log(value) if param.log else float(value) for value in (*param.bounds, param.prior)
    )
    sd = SPREAD[param.confidence] * (high - low)
    if sd == 0:
        return param.nearest(low)
    value = truncnorm.rvs(
        (low - center) / sd, (high - center) / sd, loc=center, scale=sd, random_state=rng
    )
    return param.nearest(math.exp(value) if param.log else value)


def prior_share(number: int) -> float:
    """The probability that a trial of this number is drawn around the priors."""
    return FIRST_SHARE * 0.5 ** (number / HALVED_AFTER)


def with_priors(
    sampler: BaseSampler, params: Sequence[Param], *, seed: int, number: int
) -> BaseSampler:
    """The sampler for one trial, mixed with the settings' priors; itself where there are none."""
    believed = {param.path: param for param in params if param.prior is not None}
    rng = np.random.default_rng([seed, number, 1])  # another stream than the sampler's
    if not believed or rng.random() >= prior_share(number):
        return sampler
    return _NearPriors(sampler, {path: draw_near(param, rng) for path, param in believed.items()})


class _NearPriors(BaseSampler):
    """Proposes given values for some settings; the others are the sampler's."""

    def __init__(self, sampler: BaseSampler, values: dict[str, Any]) -> None:
        self.sampler, self.values = sampler, values

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return self.sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        proposed = self.sampler.sample_relative(study, trial, search_space)
        return {path: self.values.get(path, value) for path, value in proposed.items()}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        if param_name in self.values:
            return self.values[param_name]
        return self.sampler.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self.sampler.before_trial(study, trial)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        self.sampler.after_trial(study, trial, state, values)
