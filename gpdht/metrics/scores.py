"""All scores of some models on the same pairs, with the same resamples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gpdht.metrics.bootstrap import Resamples, interval
from gpdht.metrics.calibration import calibration_error, squared_errors
from gpdht.metrics.ranking import Ranking


class ScoredPairs:
    """One model's scores of the tested pairs, prepared for resampling.

    Parameters
    ----------
    score_P : logits, or any number that ranks if not `probabilities`.
    """

    def __init__(
        self,
        label_P: np.ndarray,
        score_P: np.ndarray,
        tf_P: np.ndarray,
        *,
        probabilities: bool = True,
    ) -> None:
        self.label_P, self.score_P = label_P.astype(np.int64), score_P
        self.pooled, self.by_tf = Ranking(label_P, score_P), Ranking(label_P, score_P, tf_P)
        self.error_P = squared_errors(label_P, score_P) if probabilities else None

    def on_draws(self, unit_P: np.ndarray, count_BU: np.ndarray) -> dict[str, np.ndarray]:
        """The scores on each of many draws of the pairs' units, (B,) each.

        `auroc`, `auprc` (average precision), `early_precision` (of the first k pairs, k the number
        of positives, with all pairs tied with the k-th); the ratios of the latter two to the
        share of positives, which is what chance gives; `…_per_tf`: mean over the TFs with both
        classes of the score of each TF's own ranking; `brier`: mean squared error of the
        probability. NaN where a draw leaves a score undefined.

        Parameters
        ----------
        unit_P, count_BU : see `Ranking.on_draws`.
        """
        units = count_BU.shape[1]

        def per_pair(value_P: np.ndarray) -> np.ndarray:
            """Its mean over the pairs of each draw."""
            with np.errstate(invalid="ignore"):
                return count_BU @ np.bincount(unit_P, value_P, units) / (count_BU @ pairs_U)

        pairs_U = np.bincount(unit_P, minlength=units)
        prevalence_B = per_pair(self.label_P)
        auroc_B1, auprc_B1, early_B = self.pooled.on_draws(unit_P, count_BU)
        auroc_BS, auprc_BS, _ = self.by_tf.on_draws(unit_P, count_BU)
        both_BS = np.isfinite(auroc_BS)
        with np.errstate(invalid="ignore"):
            out = {
                "auroc": auroc_B1[:, 0],
                "auprc": auprc_B1[:, 0],
                "auprc_ratio": auprc_B1[:, 0] / prevalence_B,
                "early_precision": early_B,
                "early_precision_ratio": early_B / prevalence_B,
            }
            for name, area_BS in (("auroc", auroc_BS), ("auprc", auprc_BS)):
                total_B = np.where(both_BS, area_BS, 0).sum(axis=1)
                out[f"{name}_per_tf"] = total_B / both_BS.sum(axis=1)
        if self.error_P is not None:
            out["brier"] = per_pair(self.error_P)
        return out

    def scores(self) -> dict[str, float]:
        """The scores on all pairs; see `on_draws`."""
        unit_P, once = np.zeros(len(self.label_P), dtype=np.int64), np.ones((1, 1), dtype=np.int64)
        return {name: float(value_B[0]) for name, value_B in self.on_draws(unit_P, once).items()}

    def value(self) -> dict[str, float]:
        """The scores on all pairs; with `calibration_error` if they are probabilities.

        That one has no interval, as resampling inflates it.
        """
        out = self.scores()
        if self.error_P is not None:
            out["calibration_error"] = calibration_error(self.label_P, self.score_P)
        return out


@dataclass(frozen=True, eq=False)
class ResampledScores:
    """A model's scores on all pairs, and on each resample.

    Parameters
    ----------
    value : by name, see `ScoredPairs.value`.
    resampled : the same names, (B,) each; NaN where a resample leaves a score undefined.
    """

    value: dict[str, float]
    resampled: dict[str, np.ndarray] = field(default_factory=dict)

    def flat(self, prefix: str) -> dict[str, float]:
        """`prefix/auprc`, `prefix/auprc_low`, `prefix/auprc_high`, …; undefined ones left out."""
        out = {f"{prefix}/{name}": value for name, value in self.value.items()}
        for name, values in self.resampled.items():
            out[f"{prefix}/{name}_low"], out[f"{prefix}/{name}_high"] = interval(values)
        return {name: value for name, value in out.items() if np.isfinite(value)}


def resample_scores(
    scored: Mapping[str, ScoredPairs], resamples: Resamples
) -> dict[str, ResampledScores]:
    """Every model's scores, on all pairs and on the same resamples of them."""
    unit_P, count_BU = resamples.unit_P, resamples.counts()
    return {
        name: ResampledScores(model.value(), model.on_draws(unit_P, count_BU))
        for name, model in scored.items()
    }
