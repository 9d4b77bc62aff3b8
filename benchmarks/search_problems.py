"""Simulated objectives for `search.py`: learning curves over folds and epochs like real ones.

A point's score lies below the best one by a saturating quadratic form of its distance from a best
point, which every instance draws anew around the default, so that no sampler is favoured by where
it lies. A validation score adds what a fold has in common for all trials, what is a fold's and a
trial's own, and an epoch's own noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from gpdht.plots import Axis
from gpdht.search.charts import axis_of
from gpdht.search.space import Space, load_space

SPACE = Path(__file__).parent / "search_tables" / "simulated.yaml"
FOLDS, EPOCHS, PATIENCE = 3, 60, 8
SHARED_SD, OWN_SD, EPOCH_SD = 0.012, 0.008, 0.004
"""Of a fold for all trials, of a fold for one trial, of a fold's epoch: .015 together."""
UNTRAINED, BEST, GAIN, DEPTH = 0.05, 0.16, 0.02, 0.06
"""The score before training and of the best point; how far the default, how far the worst is."""
FLAT_DEPTH = 0.03
REFIT = 1.25
"""An epoch that has the validation part too (a fifth), of one that has not."""
AWAY_SD = 0.4
"""Of the best point from the default in each setting, whose bounds are 0 and 1."""
NEAR = 0.02
"""A best point with less of its distance from the default is drawn again."""
SLOW_PLACE = 0.25
"""Of the best step size between its bounds, where good points learn slowly."""
KINDS = {
    "smooth": "all settings matter, with falling weights",
    "few": "three settings matter",
    "interactions": "settings depend on each other in pairs",
    "slow": "good points learn slowly",
    "flat": "the default is best",
}


@dataclass(frozen=True)
class Curve:
    """What one trial shows and costs.

    Parameters
    ----------
    value_EF : validation scores after each epoch in each fold, up to where patience ends it.
    before_s, epoch_s, after_s : seconds before training, of an epoch of all folds, after it.
    """

    value_EF: np.ndarray
    before_s: float
    epoch_s: float
    after_s: float

    @property
    def means(self) -> np.ndarray:
        """What the search sees."""
        return self.value_EF.mean(axis=1)

    @property
    def seconds(self) -> float:
        """Of the whole trial, which trains again to its best epoch before its folds are tested."""
        epochs = len(self.value_EF) + REFIT * (int(self.means.argmax()) + 1)
        return self.before_s + epochs * self.epoch_s + self.after_s


class Problem(Protocol):
    """A space, and what its points would show; `default` and `best` are fresh scores."""

    name: str
    space: Space
    default: float
    best: float

    def trial(self, values: Mapping[str, Any]) -> Curve:
        """A trial of a point on the study's folds; another call is another draw of its noise."""

    def fresh(self, values: Mapping[str, Any]) -> float:
        """The score of a point on folds that the selection never saw."""

    def worth(self, values: Mapping[str, Any]) -> float:
        """What the fresh score would be without noise."""


def patient(value_EF: np.ndarray, patience: int = PATIENCE) -> np.ndarray:
    """The epochs until the mean over folds has not risen for so many of them."""
    mean_E = value_EF.mean(axis=1)
    best = np.maximum.accumulate(mean_E)
    since = np.arange(len(mean_E)) - np.searchsorted(best, best, side="left")
    late = np.flatnonzero(since >= patience)
    return value_EF[: late[0] + 1] if len(late) else value_EF


@cache
def simulated_space() -> Space:
    """The space of all simulated problems."""
    return load_space(SPACE)


def axes_of(space: Space) -> dict[str, Axis]:
    """The settings of a space, each knowing where a value lies between its ends."""
    return {param.path: axis_of(param) for param in space.params}


def places(axes: Mapping[str, Axis], values: Mapping[str, Any]) -> np.ndarray:
    """Where a point lies in the unit cube; NaN for a setting that does not apply."""
    return np.array(
        [ax.place(values[path]) if path in values else np.nan for path, ax in axes.items()]
    )


class Simulated:
    """One instance of a kind of problem.

    Parameters
    ----------
    kind : one of `KINDS`.
    seed : of the instance: where the best point lies, what matters, and all noise.
    """

    def __init__(self, kind: str, seed: int) -> None:
        self.name, self.space = kind, simulated_space()
        self._axes = axes_of(self.space)
        self._rng = np.random.default_rng([seed, list(KINDS).index(kind)])
        default_D = places(self._axes, self.space.start_from[0])
        self._best_D, self._form_DD = self._draw_best(default_D), self._draw_form()
        while kind != "flat" and self._distance(default_D) < NEAR * self._form_DD.trace():
            self._best_D, self._form_DD = self._draw_best(default_D), self._draw_form()
        away = self._form_DD.trace() / 6 if kind == "flat" else self._distance(default_D)
        self._form_DD *= (1 if kind == "flat" else -np.log(1 - GAIN / DEPTH)) / away
        self._depth = FLAT_DEPTH if kind == "flat" else DEPTH
        self._fold_F = self._rng.normal(0, SHARED_SD, FOLDS)
        self.default = BEST - (0 if kind == "flat" else GAIN)
        self.best = BEST

    def worth(self, values: Mapping[str, Any]) -> float:
        """What a point reaches without noise, after so many epochs as it needs."""
        far = self._distance(places(self._axes, values))
        return BEST - self._depth * (1 - float(np.exp(-far)))

    def trial(self, values: Mapping[str, Any]) -> Curve:
        at = dict(zip(self._axes, places(self._axes, values), strict=True))
        own_F = self._fold_F + self._rng.normal(0, OWN_SD, FOLDS)
        rise = 16 * 8 ** -at["train.lr"]  # epochs to two thirds of the way: 2 to 16
        left_E = np.exp(-np.arange(1, EPOCHS + 1) / rise)
        mean_E = self.worth(values) * (1 - left_E) + UNTRAINED * left_E
        noise_EF = self._rng.normal(0, EPOCH_SD, (EPOCHS, FOLDS))
        size = 4 ** at["encoder.dim"] * (1 + at["model.layers"])
        before_s = 3 + 25 * at["encoder.iterations"] * size / 4
        return Curve(patient(mean_E[:, None] + own_F + noise_EF), before_s, size, 2.0)

    def fresh(self, values: Mapping[str, Any]) -> float:
        return self.worth(values) + self._rng.normal(0, OWN_SD / np.sqrt(FOLDS))

    def _distance(self, at_D: np.ndarray) -> float:
        """From the best point; another choice is half the range away at most."""
        half_D = np.where([ax.kind == "choice" for ax in self._axes.values()], 0.5, 1)
        off_D = np.nan_to_num(at_D - self._best_D) * half_D
        return float(off_D @ self._form_DD @ off_D)

    def _draw_best(self, default_D: np.ndarray) -> np.ndarray:
        """The best point: near the default, among the choices where there are choices."""
        if self.name == "flat":
            return default_D
        best_D = np.clip(default_D + self._rng.normal(0, AWAY_SD, len(default_D)), 0, 1)
        if self.name == "slow":
            best_D[list(self._axes).index("train.lr")] = SLOW_PLACE
        for i, ax in enumerate(self._axes.values()):
            if ax.kind == "choice":
                marks = np.array([place for place, _ in ax.marks()])
                best_D[i] = marks[np.abs(marks - best_D[i]).argmin()]
        return best_D

    def _draw_form(self) -> np.ndarray:
        """The quadratic form, before it is scaled."""
        number = len(self._axes)
        weight_D = self._rng.permutation(0.75 ** np.arange(number))
        if self.name == "few":
            weight_D[np.argsort(weight_D)[:-3]] = 0
        form_DD = np.diag(weight_D)
        if self.name == "interactions":
            for i, j in self._rng.permutation(number)[: number // 2 * 2].reshape(-1, 2):
                sign = self._rng.choice([-1, 1])
                form_DD[i, j] = form_DD[j, i] = 0.9 * sign * np.sqrt(weight_D[i] * weight_D[j])
        return form_DD
