"""The names of the scores, which way each is better, and what each is called in a table."""

from __future__ import annotations

from typing import Literal, get_args

RankingMetric = Literal[
    "auroc",
    "auprc",
    "auprc_ratio",
    "early_precision",
    "early_precision_ratio",
    "auroc_per_tf",
    "auprc_per_tf",
]
Monitor = Literal[
    "auprc",
    "auroc",
    "auprc_ratio",
    "early_precision",
    "early_precision_ratio",
    "auroc_per_tf",
    "auprc_per_tf",
    "brier",
    "gain_auprc",
    "gain_auroc",
    "gain_auprc_ratio",
    "gain_early_precision",
    "gain_early_precision_ratio",
    "gain_auroc_per_tf",
    "gain_auprc_per_tf",
]

HIGHER_IS_BETTER: tuple[str, ...] = get_args(RankingMetric)
"""The scores of a ranking, in any of which two models can be compared."""

LOWER_IS_BETTER = ("brier",)
_ERRORS = (*LOWER_IS_BETTER, "calibration_error")

MONITORS: tuple[str, ...] = get_args(Monitor)
"""What a validation part is scored in: `val/auprc`, …; any can stop training or be searched for."""

LOW_OVERLAP = "low_overlap/"
"""Scores without the TFs of which more than half of the known edges stand in a prior."""

FIRST_FOLD = "_fold0"
"""What ends the name of a score of the first fold alone: `val/auprc_fold0`."""

TITLES = {
    "auroc": "AUROC",
    "auprc": "average precision",
    "auprc_ratio": "AP / prevalence",
    "early_precision": "early precision",
    "early_precision_ratio": "early precision / prevalence",
    "auroc_per_tf": "AUROC, mean over TFs",
    "auprc_per_tf": "average precision, mean over TFs",
    "brier": "Brier score",
}

HEADLINE = ("auroc", "auprc", "auprc_ratio", "early_precision_ratio", "auroc_per_tf")
"""The scores that a table of a single model shows."""


def mode_of(metric: str) -> Literal["max", "min"]:
    """Which way a metric is better; `val/brier`, `test/brier` and `brier` are the same here."""
    return "min" if metric.rpartition("/")[2] in _ERRORS else "max"


def is_better(metric: str, value: float, other: float) -> bool:
    """Whether `value` is strictly better than `other`; NaN never is."""
    return value > other if mode_of(metric) == "max" else value < other


def score_of(metric: str) -> str:
    """The score that a metric is about: `auprc` of `val/auprc` and of `val/gain_auprc`."""
    return metric.rpartition("/")[2].removeprefix("gain_")
