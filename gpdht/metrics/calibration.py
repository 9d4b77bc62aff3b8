"""Whether predicted probabilities mean what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit


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
