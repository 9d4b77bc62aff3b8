"""How models stand on the validation parts of their folds, beside the label-only baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gpdht.errors import ConfigError
from gpdht.metrics.names import HIGHER_IS_BETTER
from gpdht.metrics.scores import ScoredPairs
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds


class Validation:
    """Scores folds on their validation parts, epoch by epoch.

    Parameters
    ----------
    baselines : logits of each fold's validation part, by the name of a label-only baseline that
        was fitted on the training part; without any, no `gain_…` is measured.
    """

    def __init__(
        self,
        pairs: Pairs,
        folds: Folds,
        baselines: Mapping[str, Sequence[np.ndarray]] | None = None,
    ) -> None:
        at = [fold.validation for fold in folds]
        self.label = [pairs.label_P[part] for part in at]
        self.tf = [pairs.tf_P[part] for part in at]
        self.best = _best_baselines([self._scores(scores) for scores in (baselines or {}).values()])

    def metrics(self, scores: Sequence[np.ndarray]) -> dict[str, float]:
        """See `means`; `scores` are the logits of each fold's validation part."""
        return self.means([self.of_fold(fold, score_P) for fold, score_P in enumerate(scores)])

    def of_fold(self, fold: int, score_P: np.ndarray) -> dict[str, float]:
        """Every name of `MONITORS` in one fold, from the logits of its validation part; some NaN.

        `gain_auprc`, … is the model's score minus the best label-only baseline's in it.
        """
        values = ScoredPairs(self.label[fold], score_P, self.tf[fold]).scores()
        best = self.best[fold] if self.best else {}
        return values | {f"gain_{metric}": values[metric] - best[metric] for metric in best}

    def means(self, per_fold: Sequence[Mapping[str, float]]) -> dict[str, float]:
        """`val/…` and `val/…_sd`: mean and sd over folds of what `of_fold` gives.

        What is undefined in a fold (no TF of its validation part has both classes) is left out.
        """
        out: dict[str, float] = {}
        for metric in per_fold[0]:
            value_F = np.array([values[metric] for values in per_fold])
            if np.isfinite(value_F).all():
                out[f"val/{metric}"] = float(value_F.mean())
                sd = float(value_F.std(ddof=1)) if len(value_F) > 1 else 0.0
                out[f"val/{metric}_sd"] = sd
        return out

    def check_defined(self, metric: str) -> None:
        """Refuse to train towards a score that these parts do not have.

        Raises
        ------
        ConfigError
            Naming the score, and what has it.
        """
        flat = [np.zeros(len(label_P)) for label_P in self.label]
        values = [scores.get(metric.removeprefix("gain_"), np.nan) for scores in self._scores(flat)]
        undefined = [i for i, value in enumerate(values) if not np.isfinite(value)]
        if undefined:
            i = undefined[0]
            raise ConfigError(
                f"train.monitor={metric} (a space's objective sets it) is undefined: of the "
                f"{len(np.unique(self.tf[i]))} TFs in the validation part of fold {i + 1} of "
                f"{len(values)} ({len(self.label[i])} pairs) none has both a known edge and a pair "
                "without. Use auprc or another score of all pairs together, a larger "
                "cv.validation, fewer folds (cv.folds), or another split (cv.split)."
            )

    def _scores(self, scores: Sequence[np.ndarray]) -> list[dict[str, float]]:
        return [
            ScoredPairs(label_P, score_P, tf_P).scores()
            for label_P, score_P, tf_P in zip(self.label, scores, self.tf, strict=True)
        ]


def _best_baselines(baselines: Sequence[Sequence[Mapping[str, float]]]) -> list[dict[str, float]]:
    """For each fold, the scores of the baseline whose mean over folds is best, metric by metric."""
    if not baselines:
        return []
    best: list[dict[str, float]] = [{} for _ in baselines[0]]
    for metric in HIGHER_IS_BETTER:
        value_BF = np.array([[fold[metric] for fold in folds] for folds in baselines])
        at = int(np.argmax(np.nan_to_num(value_BF.mean(axis=1), nan=-np.inf)))
        for scores, value in zip(best, value_BF[at], strict=True):
            scores[metric] = float(value)
    return best
