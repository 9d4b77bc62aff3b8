"""Scores of ranked pairs: pooled over folds, per fold, and beside the label-only baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.training.intervals import RESAMPLES, Resamples, Unit, draw_resamples
from gpdht.training.lift import best_in_each, lift
from gpdht.training.measure import Measured, Scored, measure
from gpdht.training.table_cache import cached_table


def spread(prefix: str, per_fold: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """`prefix/metric_mean`, `_sd` (n − 1) and `_fold0`… from the scores of each fold.

    A metric that is undefined (NaN) in a fold has neither mean nor sd, and no figure there.
    """
    out: dict[str, float] = {}
    for metric in per_fold[0]:
        values = np.array([scores[metric] for scores in per_fold])
        if np.isfinite(values).all():
            out[f"{prefix}/{metric}_mean"] = float(values.mean())
            out[f"{prefix}/{metric}_sd"] = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        out |= {
            f"{prefix}/{metric}_fold{i}": float(v) for i, v in enumerate(values) if np.isfinite(v)
        }
    return out


def out_of_fold_metrics(
    scores: pd.DataFrame,
    baselines: Mapping[str, np.ndarray],
    *,
    unit: Unit = "target",
    resamples: int = RESAMPLES,
    seed: int = 0,
    kept: Path | None = None,
) -> tuple[dict[str, float], dict[str, str]]:
    """Test metrics of a model beside the best label-only baseline, and which one that is.

    `test/…` is the model's, `null/…` that of the baseline which is best in that score, `lift/…`
    the difference, in each name of `Scored.resampled`: pooled over folds, with the ends of its
    bootstrap 95 % interval (`test/auprc`, `test/auprc_low`, `test/auprc_high`). The interval of a
    lift is that of the difference on the same resamples. Mean and sd over folds are
    `test/auprc_mean`, … `test/early_precision_k` says how many pairs are early, `test/prevalence`
    the share of positives. All are about the tested pairs, whose universe `Pairs.universe` names.
    What is undefined (no TF has both classes) is left out.

    Parameters
    ----------
    scores : columns `source, target, label, fold, score`, one row per tested pair.
    baselines : logits of the same pairs, by name.
    unit : what the bootstrap draws; see `Resamples`.
    kept : file that keeps the baselines' resampled scores, equal for all models of the folds.
    """
    table = _Tested(scores)
    drawn = draw_resamples(
        tf_P=table.tf_P,
        target_P=table.target_P,
        fold_P=table.fold_P,
        unit=unit,
        number=resamples,
        seed=seed,
    )
    model_P = scores["score"].to_numpy()
    model = measure({"test": table.scored(model_P)}, drawn)["test"]
    against = _measure_once(
        {name: table.scored(score_P) for name, score_P in baselines.items()}, drawn, kept
    )
    best, names = best_in_each(against)
    out = model.flat("test") | spread("test", table.per_fold(model_P))
    out |= best.flat("null") | _null_spread(table, baselines, names)
    gain, _ = lift(model, against)
    out |= gain
    out["test/prevalence"] = float(table.label_P.mean())
    out["test/early_precision_k"] = float(table.label_P.sum())
    return out, names


class _Tested:
    """The tested pairs as arrays."""

    def __init__(self, scores: pd.DataFrame) -> None:
        self.label_P, self.fold_P = scores["label"].to_numpy(), scores["fold"].to_numpy()
        self.tf_P, self.target_P = (pd.factorize(scores[end])[0] for end in ("source", "target"))

    def scored(self, score_P: np.ndarray) -> Scored:
        return Scored(self.label_P, score_P, self.tf_P)

    def per_fold(self, score_P: np.ndarray) -> list[dict[str, float]]:
        """The scores of each fold's own ranking."""
        parts = [np.flatnonzero(self.fold_P == fold) for fold in np.unique(self.fold_P)]
        return [Scored(self.label_P[at], score_P[at], self.tf_P[at]).resampled() for at in parts]


def _null_spread(
    table: _Tested, baselines: Mapping[str, np.ndarray], names: Mapping[str, str]
) -> dict[str, float]:
    per_fold = {name: table.per_fold(baselines[name]) for name in set(names.values())}
    out: dict[str, float] = {}
    for metric, name in names.items():
        out |= spread("null", [{metric: scores[metric]} for scores in per_fold[name]])
    return out


def _measure_once(
    scored: Mapping[str, Scored], resamples: Resamples, kept: Path | None
) -> dict[str, Measured]:
    """`measure`, with the resampled scores from a file if they are there."""

    def compute() -> pd.DataFrame:
        measured = measure(scored, resamples)
        return pd.DataFrame(
            {
                f"{name}/{metric}": values
                for name, one in measured.items()
                for metric, values in one.resampled.items()
            }
        )

    metrics = {name: list(model.resampled()) for name, model in scored.items()}
    columns = [f"{name}/{metric}" for name in metrics for metric in metrics[name]]

    def fits(table: pd.DataFrame) -> bool:
        return list(table) == columns and len(table) == len(resamples)

    table = cached_table(kept, compute, fits=fits)
    return {
        name: Measured(
            model.value(),
            {metric: table[f"{name}/{metric}"].to_numpy() for metric in metrics[name]},
        )
        for name, model in scored.items()
    }
