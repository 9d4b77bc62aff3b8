"""What a trial's or a job's out-of-fold scores show: a ranked network and precision–recall curves.

The score of every pair is of the model of the fold that tested it, which never saw its label.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from scipy.special import expit

from gpdht.training.curves import precision_recall_band
from gpdht.training.intervals import draw_resamples

BAND_RESAMPLES = 200
"""Draws of the targets under a curve's band; the band is of single points, not of the curve."""


def read_scores(path: Path) -> pd.DataFrame | None:
    """The out-of-fold scores in a file; None if it is missing or damaged."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError):
        return None


def rank_pairs(scores: pd.DataFrame) -> pd.DataFrame:
    """The tested pairs as a network: `source, target, weight, known`, best first.

    `weight` is the probability that the score, a logit, stands for; ties are in the order of the
    names.
    """
    edges = pd.DataFrame(
        {
            "source": scores["source"].astype(str),
            "target": scores["target"].astype(str),
            "weight": expit(scores["score"].to_numpy(float)),
            "known": scores["label"].to_numpy() == 1,
        }
    )
    return edges.sort_values(
        ["weight", "source", "target"], ascending=[False, True, True], ignore_index=True
    )


def trace_precision_recall(
    scores: pd.DataFrame, column: str = "score", *, resamples: int = BAND_RESAMPLES
) -> pd.DataFrame:
    """A precision–recall curve with its 95 % band: `recall, precision, low, high`.

    Parameters
    ----------
    column : the scores to rank by.
    resamples : of the targets; see `draw_resamples`.
    """
    drawn = draw_resamples(
        tf_P=scores["source"].to_numpy(),
        target_P=scores["target"].to_numpy(),
        fold_P=scores["fold"].to_numpy(),
        number=resamples,
    )
    return precision_recall_band(scores["label"].to_numpy(), scores[column].to_numpy(float), drawn)
