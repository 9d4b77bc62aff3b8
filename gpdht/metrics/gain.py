"""How far a model is above the best label-only baseline on the same folds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gpdht.metrics.bootstrap import paired_interval
from gpdht.metrics.names import HIGHER_IS_BETTER, LOWER_IS_BETTER, mode_of
from gpdht.metrics.scores import ResampledScores


def best_label_only(baselines: Mapping[str, ResampledScores], metric: str) -> str:
    """The name of the label-only baseline that is best in `metric`; the first of equals.

    It is chosen by its test score, so it is lucky where they are close, and `gain` is too low
    rather than too high.
    """
    sign = 1 if mode_of(metric) == "max" else -1
    value = {name: sign * measured.value[metric] for name, measured in baselines.items()}
    return max(value, key=lambda name: np.nan_to_num(value[name], nan=-np.inf))


def best_in_each(
    baselines: Mapping[str, ResampledScores],
) -> tuple[ResampledScores, dict[str, str]]:
    """The best label-only score in each metric, and whose it is; undefined ones left out.

    The calibration error is that of the baseline with the best Brier score: one that gives all
    pairs the same probability has hardly any.
    """
    value: dict[str, float] = {}
    resampled: dict[str, np.ndarray] = {}
    models: dict[str, str] = {}
    for metric in (*HIGHER_IS_BETTER, *LOWER_IS_BETTER):
        name = best_label_only(baselines, metric)
        best = baselines[name]
        if np.isfinite(best.value[metric]):
            value[metric], models[metric] = best.value[metric], name
            resampled[metric] = best.resampled[metric]
            if metric == "brier":
                value["calibration_error"] = best.value["calibration_error"]
    return ResampledScores(value, resampled), models


def measure_gain(
    model: ResampledScores, baselines: Mapping[str, ResampledScores]
) -> tuple[dict[str, float], dict[str, str]]:
    """`gain/auprc`, `gain/auprc_low`, `gain/auprc_high`, … and against which baseline each is.

    The model's score minus that of the best label-only baseline in it, with the interval of the
    difference on the same resamples. Undefined ones are left out.
    """
    out: dict[str, float] = {}
    against: dict[str, str] = {}
    for metric in HIGHER_IS_BETTER:
        name = best_label_only(baselines, metric)
        best = baselines[name]
        gain = model.value[metric] - best.value[metric]
        low, high = paired_interval(model.resampled[metric], best.resampled[metric])
        if np.isfinite([gain, low, high]).all():
            out |= {f"gain/{metric}": gain, f"gain/{metric}_low": low, f"gain/{metric}_high": high}
            against[metric] = name
    return out, against
