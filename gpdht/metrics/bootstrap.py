"""Bootstrap intervals: how far a score would move with other pairs, targets or TFs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from gpdht.errors import ConfigError

Unit = Literal["target", "tf", "pair"]

RESAMPLES = 500
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Resamples:
    """Draws with replacement of whole units, equal for all models that they score.

    Parameters
    ----------
    unit_P : the unit (0 … U − 1) of each pair. Pairs of one target share its regulation and are
        not independent, so drawing single pairs gives intervals that are too narrow.
    strata : units that are drawn among themselves: those of one fold, where no unit has pairs in
        two; else all.
    number, seed : how many, and from what.
    """

    unit_P: np.ndarray
    strata: tuple[np.ndarray, ...]
    number: int
    seed: int

    def __len__(self) -> int:
        return self.number

    def weights(self) -> Iterator[np.ndarray]:
        """How often each pair counts, (P,) int64, resample by resample."""
        rng = np.random.default_rng(self.seed)
        count_U = np.zeros(sum(map(len, self.strata)), dtype=np.int64)
        for _ in range(self.number):
            for units in self.strata:
                drawn = rng.integers(len(units), size=len(units))
                count_U[units] = np.bincount(drawn, minlength=len(units))
            yield count_U[self.unit_P]


def draw_resamples(
    *,
    tf_P: np.ndarray,
    target_P: np.ndarray,
    fold_P: np.ndarray,
    unit: Unit = "target",
    number: int = RESAMPLES,
    seed: int = 0,
) -> Resamples:
    """Resamples of the tested pairs, by target unless told otherwise."""
    if unit not in get_args(Unit):
        raise ConfigError(f'unit="{unit}" cannot be drawn; use one of {", ".join(get_args(Unit))}.')
    if unit == "pair":
        unit_P = np.arange(len(fold_P))
    else:
        _, unit_P = np.unique(target_P if unit == "target" else tf_P, return_inverse=True)
    first_U = np.full(int(unit_P.max()) + 1, -1)
    _, fold_P = np.unique(fold_P, return_inverse=True)
    first_U[unit_P] = fold_P
    if not (first_U[unit_P] == fold_P).all():
        first_U[:] = 0
    strata = tuple(np.flatnonzero(first_U == fold) for fold in np.unique(first_U))
    return Resamples(unit_P, strata, number, seed)


def interval(values: np.ndarray, *, level: float = LEVEL) -> tuple[float, float]:
    """The middle `level` of resampled scores (percentile interval).

    Resamples in which a score is undefined (NaN: one class is missing) are left out; NaN if it is
    undefined in all. A resample repeats pairs, which raises the average precision of a ranking with
    few positives: intervals of `auprc_per_tf` lean upward where TFs have few.
    """
    defined = values[~np.isnan(values)]
    if not len(defined):
        return np.nan, np.nan
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_interval(
    first: np.ndarray, second: np.ndarray, *, level: float = LEVEL
) -> tuple[float, float]:
    """The interval of a difference, first − second, of scores on the same resamples."""
    return interval(first - second, level=level)
