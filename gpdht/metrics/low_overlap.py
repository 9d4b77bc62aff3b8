"""What is left of a score without the TFs whose known edges a prior already has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.metrics.bootstrap import RESAMPLES
from gpdht.metrics.names import HIGHER_IS_BETTER, LOW_OVERLAP, TITLES
from gpdht.metrics.out_of_fold import out_of_fold_metrics
from gpdht.presentation import number, with_interval


def low_overlap_metrics(
    scores: pd.DataFrame,
    baselines: Mapping[str, np.ndarray],
    *,
    overlapping: np.ndarray,
    genes: np.ndarray | None = None,
    resamples: int = RESAMPLES,
    kept: Path | None = None,
) -> dict[str, float]:
    """`low_overlap/auprc`, `low_overlap/gain_auprc`, …: `out_of_fold_metrics` without some TFs.

    `low_overlap/tfs` says how many of `low_overlap/all_tfs` are left. Where none was taken away the
    scores are those of all; where what is left has one class only there are none.

    Parameters
    ----------
    overlapping : the TFs of which more than half of the known edges stand in a prior.
    """
    left_P = ~scores["source"].isin(overlapping.tolist()).to_numpy()
    out = {
        f"{LOW_OVERLAP}tfs": float(scores.loc[left_P, "source"].nunique()),
        f"{LOW_OVERLAP}all_tfs": float(scores["source"].nunique()),
    }
    if scores.loc[left_P, "label"].nunique() < 2:
        return out
    found, _ = out_of_fold_metrics(
        scores[left_P],
        {name: score_P[left_P] for name, score_P in baselines.items()},
        genes=genes,
        resamples=resamples,
        kept=kept,
    )
    for metric in HIGHER_IS_BETTER:
        for end in ("", "_low", "_high"):
            for part, name in (("test/", ""), ("gain/", "gain_")):
                if f"{part}{metric}{end}" in found:
                    out[f"{LOW_OVERLAP}{name}{metric}{end}"] = found[f"{part}{metric}{end}"]
    return out


def say_low_overlap(metrics: Mapping[str, float], metric: str = "auprc") -> str:
    """Whether a gain is one beyond what priors already have: two or three sentences.

    Empty for a trial on data without priors.

    Parameters
    ----------
    metrics : of a trial.
    """
    if f"{LOW_OVERLAP}all_tfs" not in metrics:
        return ""
    tfs, all_tfs = (int(metrics[f"{LOW_OVERLAP}{name}"]) for name in ("tfs", "all_tfs"))
    said = f"Of {tfs} of {all_tfs} TFs no prior has more than half of the known edges."
    if not tfs:
        return (
            f"Of all {all_tfs} TFs more than half of the known edges stand in one prior, so there "
            "is no score without these TFs."
        )
    if f"{LOW_OVERLAP}{metric}" not in metrics:
        return f"{said} Their pairs alone give no score."
    ends = ("", "_low", "_high")
    gain, low, high = (metrics.get(f"{LOW_OVERLAP}gain_{metric}{end}", math.nan) for end in ends)
    said += (
        f" On their pairs alone {TITLES[metric]} is {number(metrics[f'{LOW_OVERLAP}{metric}'])}, "
        f"and the gain {with_interval(gain, low, high, sign=True)}."
    )
    if metrics.get(f"gain/{metric}_low", math.nan) > 0 and not low > 0:
        said += " So the gain may be of the overlap alone."
    return said
