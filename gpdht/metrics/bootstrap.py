"""Bootstrap intervals: how far a score would move with other targets.

One bootstrap for all: trials, comparisons and curves draw a dataset's targets together, with the
same seed, so that models, seeds and splits of a dataset are scored on the same draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

RESAMPLES = 500
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Resamples:
    """Draws with replacement of whole units, equal for all models that they score.

    Parameters
    ----------
    unit_P : the unit (0 … `units` − 1) of each pair. Pairs of one target share its regulation and
        are not independent, so drawing single pairs gives intervals that are too narrow.
    number, seed : how many, and from what.
    """

    unit_P: np.ndarray
    units: int
    number: int
    seed: int

    def __len__(self) -> int:
        return self.number

    def counts(self) -> np.ndarray:
        """How often each resample has each unit, (B, U) int64."""
        rng = np.random.default_rng(self.seed)
        drawn = (rng.integers(self.units, size=self.units) for _ in range(self.number))
        return np.stack([np.bincount(units, minlength=self.units) for units in drawn])

    def weights(self) -> Iterator[np.ndarray]:
        """How often each pair counts, (P,) int64, resample by resample."""
        yield from (count_U[self.unit_P] for count_U in self.counts())


def draw_resamples(
    unit_P: np.ndarray,
    *,
    among: np.ndarray | None = None,
    number: int = RESAMPLES,
    seed: int = 0,
) -> Resamples:
    """Resamples of pairs by their units, e.g. the names of their targets.

    Parameters
    ----------
    among : all units that are drawn, each once; those of the pairs by default. With the genes of a
        dataset, tables of different folds have the same draws, and can be averaged draw by draw.
    """
    among = np.unique(unit_P) if among is None else among
    position_P = pd.Index(among).get_indexer(unit_P)
    assert (position_P >= 0).all(), "a pair's unit is not among those that are drawn"
    return Resamples(position_P, len(among), number, seed)


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
