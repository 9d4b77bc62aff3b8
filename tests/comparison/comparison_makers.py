"""Small sets and quick trials for the comparison's tests."""

from __future__ import annotations

import numpy as np

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy
from gpdht.training.cross_validation import draw_folds
from gpdht.trial import TrialResult

TINY = Config.from_flat(
    {
        "graph.levels": 3,
        "encoder.dim": 8,
        "encoder.iterations": 2,
        "model.feedforward": 16,
        "model.hidden": 16,
        "train.epochs": 2,
        "cv.folds": 2,
    }
)


def small_set(seed: int = 0) -> Dataset:
    """Forty genes, five TFs, forty cells."""
    return toy(genes=40, tfs=5, cells=40, seed=seed)


def quick_trial(*, sleep_s: float = 0.0, fail_seed: int | None = None, log=None):
    """A trial without a model: noisy labels as scores, a constant as its baseline's.

    Made inside a function, so that Ray's workers get it by value. Every call adds a line to the
    file `log`; seed `fail_seed` fails.
    """

    def trial(config, dataset, *, report=None, cache_dir=None):
        import time
        from pathlib import Path

        import numpy
        import pandas

        from gpdht.training.cross_validation import draw_folds
        from gpdht.trial import TrialResult

        time.sleep(sleep_s)
        if log is not None:
            with Path(log).open("a") as file:
                file.write(f"{dataset.fingerprint[:8]} {config.cv.split} {config.cv.seed}\n")
        if config.cv.seed == fail_seed:
            return TrialResult("failed", error="RuntimeError: this seed [0] is bad", seconds=0.1)
        pairs, folds = draw_folds(config, dataset)
        at = numpy.concatenate([fold.test for fold in folds])
        noise = numpy.random.default_rng(config.cv.seed).normal(size=len(at))
        scores = pandas.DataFrame(
            {
                "source": dataset.genes[pairs.tf_P[at]].astype(object),
                "target": dataset.genes[pairs.target_P[at]].astype(object),
                "label": pairs.label_P[at],
                "fold": numpy.repeat(numpy.arange(len(folds)), [len(f.test) for f in folds]),
                "score": 0.5 * pairs.label_P[at] + noise,
                "null": numpy.zeros(len(at)),
            }
        )
        return TrialResult(
            "complete",
            {"test/auprc": 0.5, "lift/auprc": 0.1},
            epochs=3,
            best_epoch=2,
            seconds=0.1,
            scores=scores,
            universe=pairs.universe,
        )

    return trial


def folds_of(config: Config, dataset: Dataset) -> np.ndarray:
    """Test positions, one fold after another."""
    return np.concatenate([fold.test for fold in draw_folds(config, dataset)[1]])


__all__ = ["TINY", "TrialResult", "folds_of", "quick_trial", "small_set"]
