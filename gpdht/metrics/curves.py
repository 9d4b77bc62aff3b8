"""Precision–recall curves of ranked pairs, with a bootstrap band."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpdht.errors import ConfigError
from gpdht.metrics.bootstrap import Resamples, interval
from gpdht.metrics.ranking import Ranking

LEVELS = 101


def precision_recall_band(
    label_P: np.ndarray,
    score_P: np.ndarray,
    resamples: Resamples,
    *,
    recall_grid: np.ndarray | None = None,
) -> pd.DataFrame:
    """Precision at each level of recall, with a pointwise bootstrap 95 % band.

    At a level stands the precision of the smallest set of best pairs that reaches it. A set ends
    between two scores, never inside a tie, as in scikit-learn's `precision_recall_curve`, and
    nothing is interpolated, which would flatter. At recall 0 it is the set of the best score
    alone: scikit-learn's extra point (recall 0, precision 1) belongs to no set and is left out.

    The band holds level by level, not for the curve as a whole. It is the middle 95 % of the
    precision at the same recall in each resample (see `interval`).

    Parameters
    ----------
    label_P : 1 for a known edge, else 0.
    score_P : finite, higher is better.
    resamples : of the same pairs, in the same order.
    recall_grid : levels in 0 … 1; by default 101 evenly spaced ones.

    Returns
    -------
    `recall, precision, low, high`, one row for each level; NaN without positives.

    Raises
    ------
    ConfigError
        If a level is not within 0 … 1.
    """
    # k / 100 is the double nearest to it, as is a recall of k in 100; multiples of 0.01 are not
    grid_L = np.arange(LEVELS) / (LEVELS - 1) if recall_grid is None else np.asarray(recall_grid)
    if not ((grid_L >= 0) & (grid_L <= 1)).all():
        wrong = grid_L[~((grid_L >= 0) & (grid_L <= 1))][0]
        raise ConfigError(f"recall_grid holds {wrong}; give levels within 0 … 1.")
    ranking = Ranking(label_P, score_P)
    drawn_BL = np.array([_precision(ranking, weight_P, grid_L) for weight_P in resamples.weights()])
    ends_L2 = np.array([interval(drawn_B) for drawn_B in drawn_BL.T]).reshape(-1, 2)
    return pd.DataFrame(
        {
            "recall": grid_L,
            "precision": _precision(ranking, np.ones(len(label_P), dtype=np.int64), grid_L),
            "low": ends_L2[:, 0],
            "high": ends_L2[:, 1],
        }
    )


def _precision(ranking: Ranking, weight_P: np.ndarray, grid_L: np.ndarray) -> np.ndarray:
    """Precision of the smallest set that reaches each level, (L,); pairs count `weight_P` times."""
    sorted_P = weight_P[ranking.order_P]
    total_P = np.cumsum(sorted_P)
    true_Q = np.cumsum(sorted_P[ranking.at_Q])
    if not len(true_Q) or true_Q[-1] == 0:
        return np.full(len(grid_L), np.nan)
    # the first positive at which the recall is reached; its whole tie enters with it
    at_L = np.searchsorted(true_Q / true_Q[-1], grid_L)
    end_L = ranking.end_Q[at_L]
    first = int(np.argmax(sorted_P > 0))
    end_L[grid_L == 0] = ranking.tie_end_P[first]
    positives_L = ranking.before_P[end_L]
    true_L = np.where(positives_L > 0, true_Q[positives_L - 1], 0)
    return true_L / total_P[end_L - 1]
