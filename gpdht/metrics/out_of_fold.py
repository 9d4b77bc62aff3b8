"""What out-of-fold scores show: scores beside the label-only baselines, a network, and curves.

The score of every pair is of the model of the fold that tested it, which never saw its label.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import expit

from gpdht.files import cached_table
from gpdht.metrics.bootstrap import RESAMPLES, Resamples, draw_resamples
from gpdht.metrics.curves import precision_recall_band
from gpdht.metrics.gain import best_in_each, measure_gain
from gpdht.metrics.scores import ResampledScores, ScoredPairs, resample_scores

logger = logging.getLogger(__name__)

BAND_RESAMPLES = 200
"""Draws of the targets under a curve's band; the band is of single points, not of the curve."""


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
    genes: np.ndarray | None = None,
    resamples: int = RESAMPLES,
    kept: Path | None = None,
) -> tuple[dict[str, float], dict[str, str]]:
    """Test metrics of a model beside the best label-only baseline, and which one that is.

    `test/…` is the model's, `baseline/…` that of the baseline which is best in that score, `gain/…`
    the difference, in each name of `ScoredPairs.scores`: pooled over folds, with the ends of its
    bootstrap 95 % interval (`test/auprc`, `test/auprc_low`, `test/auprc_high`). The interval of a
    gain is that of the difference on the same resamples. Mean and sd over folds are
    `test/auprc_mean`, … `test/early_precision_k` says how many pairs are early, `test/prevalence`
    the share of positives. All are about the tested pairs, whose universe `Pairs.universe` names.
    What is undefined (no TF has both classes) is left out.

    Parameters
    ----------
    scores : columns `source, target, label, fold, score`, one row per tested pair.
    baselines : logits of the same pairs, by name.
    genes : of the dataset, whose targets the bootstrap draws; the table's targets by default.
    kept : file that keeps the baselines' resampled scores, equal for all models of the folds.
    """
    table = _Tested(scores)
    drawn = draw_resamples(scores["target"].to_numpy(), among=genes, number=resamples)
    model_P = scores["score"].to_numpy()
    model = resample_scores({"test": table.scored(model_P)}, drawn)["test"]
    against = _measure_once(
        {name: table.scored(score_P) for name, score_P in baselines.items()}, drawn, kept
    )
    best, names = best_in_each(against)
    out = model.flat("test") | spread("test", table.per_fold(model_P))
    out |= best.flat("baseline") | _baseline_spread(table, baselines, names)
    gain, _ = measure_gain(model, against)
    out |= gain
    out["test/prevalence"] = float(table.label_P.mean())
    out["test/early_precision_k"] = float(table.label_P.sum())
    return out, names


class _Tested:
    """The tested pairs as arrays."""

    def __init__(self, scores: pd.DataFrame) -> None:
        self.label_P, self.fold_P = scores["label"].to_numpy(), scores["fold"].to_numpy()
        self.tf_P = pd.factorize(scores["source"])[0]

    def scored(self, score_P: np.ndarray) -> ScoredPairs:
        return ScoredPairs(self.label_P, score_P, self.tf_P)

    def per_fold(self, score_P: np.ndarray) -> list[dict[str, float]]:
        """The scores of each fold's own ranking."""
        parts = [np.flatnonzero(self.fold_P == fold) for fold in np.unique(self.fold_P)]
        return [ScoredPairs(self.label_P[at], score_P[at], self.tf_P[at]).scores() for at in parts]


def _baseline_spread(
    table: _Tested, baselines: Mapping[str, np.ndarray], names: Mapping[str, str]
) -> dict[str, float]:
    per_fold = {name: table.per_fold(baselines[name]) for name in set(names.values())}
    out: dict[str, float] = {}
    for metric, name in names.items():
        out |= spread("baseline", [{metric: scores[metric]} for scores in per_fold[name]])
    return out


def _measure_once(
    scored: Mapping[str, ScoredPairs], resamples: Resamples, kept: Path | None
) -> dict[str, ResampledScores]:
    """`resample_scores`, with the resampled scores from a file if they are there."""

    def compute() -> pd.DataFrame:
        measured = resample_scores(scored, resamples)
        return pd.DataFrame(
            {
                f"{name}/{metric}": values
                for name, one in measured.items()
                for metric, values in one.resampled.items()
            }
        )

    metrics = {name: list(model.scores()) for name, model in scored.items()}
    columns = [f"{name}/{metric}" for name in metrics for metric in metrics[name]]

    def fits(table: pd.DataFrame) -> bool:
        return list(table) == columns and len(table) == len(resamples)

    table = cached_table(kept, compute, fits=fits)
    return {
        name: ResampledScores(
            model.value(),
            {metric: table[f"{name}/{metric}"].to_numpy() for metric in metrics[name]},
        )
        for name, model in scored.items()
    }


def scored_pairs(scores: pd.DataFrame) -> ScoredPairs:
    """The tested pairs of a table of out-of-fold scores, to be scored as one ranking."""
    tf_P = pd.factorize(scores["source"])[0]
    return ScoredPairs(scores["label"].to_numpy(), scores["score"].to_numpy(float), tf_P)


def read_scores(path: Path) -> pd.DataFrame | None:
    """The out-of-fold scores in a file; None if it is missing or, with a warning, unreadable."""
    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, pa.ArrowException) as error:
        logger.warning("%s cannot be read (%s); what needs it is left out", path, error)
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
    drawn = draw_resamples(scores["target"].to_numpy(), number=resamples)
    return precision_recall_band(scores["label"].to_numpy(), scores[column].to_numpy(float), drawn)
