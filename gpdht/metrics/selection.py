"""Scores corrected for selection, by a bootstrap of the selection itself (BBC-CV).

The best of many scores on the same pairs is too high, the more the more there are. Tsamardinos,
Greasidou & Borboudakis (2018, Machine Learning 107, 1895): draw the out-of-fold pairs with
replacement, choose the model that is best on those drawn, and score it on those not drawn; the mean
over the draws is what such a choice is worth on other pairs. Nothing is trained.
T: the models, B: the draws.
"""

from __future__ import annotations

import numpy as np

from gpdht.metrics.bootstrap import Resamples
from gpdht.metrics.names import mode_of
from gpdht.metrics.scores import ScoredPairs


def score_in_and_out(
    scored: ScoredPairs, metric: str, resamples: Resamples
) -> tuple[np.ndarray, np.ndarray]:
    """A model's score on the pairs of each draw and on those that it left out, two (B,) arrays.

    NaN where a score is undefined.
    """
    unit_P, count_BU = resamples.unit_P, resamples.counts()
    inside, outside = (
        scored.on_draws(unit_P, counted)[metric]
        for counted in (count_BU, (count_BU == 0).astype(np.int64))
    )
    return inside, outside


def score_the_chosen(inside_TB: np.ndarray, outside_TB: np.ndarray, metric: str) -> np.ndarray:
    """What the model that is best inside each draw scores outside of it, (B,).

    The first of equals is chosen; NaN where no model has a score inside.
    """
    worth_TB = inside_TB if mode_of(metric) == "max" else -inside_TB
    chosen_B = np.argmax(np.nan_to_num(worth_TB, nan=-np.inf), axis=0)
    chosen = outside_TB[chosen_B, np.arange(outside_TB.shape[1])]
    return np.where(np.isnan(inside_TB).all(axis=0), np.nan, chosen)
