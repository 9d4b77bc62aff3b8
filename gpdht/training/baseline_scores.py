"""Baselines on a model's own folds."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from gpdht.data.dataset import Dataset
from gpdht.models.baselines import BASELINES
from gpdht.models.side_by_side import SideBySide
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds


def baseline_scores(
    name: str, dataset: Dataset, pairs: Pairs, folds: Folds, *, seed: int = 0
) -> list[np.ndarray]:
    """Test scores of one of `BASELINES`, per fold: logits, or strengths if it knows no labels.

    It is fitted on training and validation part: every label that a model's training could use,
    if only to stop.
    """
    models = [
        BASELINES[name].make(
            dataset, pairs, np.concatenate([fold.train, fold.validation]), seed=seed
        )
        for fold in folds
    ]
    # BLAS is limited per process, not per thread: were it left to the folds, the first to end would
    # set the others' free, and small products shared by threads of two folds take 50 times as long
    with threadpool_limits(1):
        SideBySide(models).train_epoch(1)
        return [
            model.score(pairs.tf_P[fold.test], pairs.target_P[fold.test])
            for model, fold in zip(models, folds, strict=True)
        ]
