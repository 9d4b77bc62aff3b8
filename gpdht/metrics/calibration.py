"""Whether predicted probabilities mean what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

_LEAST = 1e-7
"""Probabilities are float32 means: nearer to 0 or 1 than this, their logits say nothing."""


@dataclass(frozen=True)
class Platt:
    """Expected precision by logit: how often pairs that score so were known edges out of fold.

    σ(slope · logit + intercept), Platt 1999. A model's own weight of a pair that it was trained on
    is not out of fold: higher where the pair was a known edge, and lower where it was not.

    Parameters
    ----------
    pairs, prevalence : how many out-of-fold pairs it is learned from, and the share of known
        edges among them.
    """

    slope: float
    intercept: float
    pairs: int
    prevalence: float

    def of_probability(self, probability_P: np.ndarray) -> np.ndarray:
        """The expected precision of edges that the model gives a probability."""
        clipped_P = np.clip(np.asarray(probability_P, dtype=np.float64), _LEAST, 1 - _LEAST)
        precision_P: np.ndarray = expit(self.slope * logit(clipped_P) + self.intercept)
        return precision_P


def fit_platt(label_P: np.ndarray, logit_P: np.ndarray) -> Platt | None:
    """The calibration of out-of-fold logits; None if all labels or all logits are equal."""
    from sklearn.linear_model import LogisticRegression

    label_P, logit_P = np.asarray(label_P).astype(bool), np.asarray(logit_P, dtype=np.float64)
    centre, spread = logit_P.mean(), logit_P.std()
    if label_P.all() or not label_P.any() or spread == 0:
        return None
    model = LogisticRegression(C=1e6).fit(((logit_P - centre) / spread)[:, None], label_P)
    slope = float(model.coef_[0, 0] / spread)
    intercept = float(model.intercept_[0] - slope * centre)
    return Platt(slope, intercept, len(label_P), float(label_P.mean()))


def squared_errors(label_P: np.ndarray, logit_P: np.ndarray) -> np.ndarray:
    """(σ(logit) − label)² of each pair; their mean is the Brier score."""
    return (expit(logit_P.astype(np.float64)) - label_P) ** 2


def reliability(label_P: np.ndarray, logit_P: np.ndarray, *, bins: int = 10) -> pd.DataFrame:
    """What a reliability diagram shows: `low, high, pairs, predicted, observed` per bin.

    `predicted` is the mean probability and `observed` the share of positives of the pairs whose
    probability lies in (low, high], the first bin with its low end; NaN in an empty bin.
    """
    probability_P = expit(logit_P.astype(np.float64))
    edges = np.linspace(0, 1, bins + 1)
    bin_P = np.searchsorted(edges[1:-1], probability_P)
    pairs = np.bincount(bin_P, minlength=bins)
    with np.errstate(invalid="ignore"):
        predicted = np.bincount(bin_P, probability_P, minlength=bins) / pairs
        observed = np.bincount(bin_P, label_P, minlength=bins) / pairs
    columns = {"low": edges[:-1], "high": edges[1:], "pairs": pairs}
    return pd.DataFrame({**columns, "predicted": predicted, "observed": observed})


def calibration_error(label_P: np.ndarray, logit_P: np.ndarray, *, bins: int = 10) -> float:
    """Expected calibration error: Σ pairs · |observed − predicted| / P over equal-width bins."""
    table = reliability(label_P, logit_P, bins=bins)
    gap = (table["observed"] - table["predicted"]).abs() * table["pairs"]
    return float(gap.sum() / len(label_P))
