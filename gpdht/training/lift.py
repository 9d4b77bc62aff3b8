"""How far a model is above the best that labels alone reach on the same folds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gpdht.metric_names import HIGHER_IS_BETTER, LOWER_IS_BETTER, mode_of
from gpdht.training.intervals import paired_interval
from gpdht.training.measure import Measured


def best_label_only(baselines: Mapping[str, Measured], metric: str) -> str:
    """The name of the label-only baseline that is best in `metric`; the first of equals.

    It is chosen by its test score, so it is lucky where they are close, and `lift` is too low
    rather than too high.
    """
    sign = 1 if mode_of(metric) == "max" else -1
    value = {name: sign * measured.value[metric] for name, measured in baselines.items()}
    return max(value, key=lambda name: np.nan_to_num(value[name], nan=-np.inf))


def best_in_each(baselines: Mapping[str, Measured]) -> tuple[Measured, dict[str, str]]:
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
    return Measured(value, resampled), models


def lift(
    model: Measured, baselines: Mapping[str, Measured]
) -> tuple[dict[str, float], dict[str, str]]:
    """`lift/auprc`, `lift/auprc_low`, `lift/auprc_high`, … and against which baseline each is.

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
            out |= {f"lift/{metric}": gain, f"lift/{metric}_low": low, f"lift/{metric}_high": high}
            against[metric] = name
    return out, against
