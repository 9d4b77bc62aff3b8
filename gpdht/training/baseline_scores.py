"""Baselines on a model's own folds."""

from __future__ import annotations

from typing import Literal

import numpy as np
from threadpoolctl import threadpool_limits

from gpdht.data.dataset import Dataset
from gpdht.models.baselines import BASELINES
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds

Part = Literal["test", "validation"]


def baseline_scores(
    name: str,
    dataset: Dataset,
    pairs: Pairs,
    folds: Folds,
    *,
    seed: int = 0,
    part: Part = "test",
) -> list[np.ndarray]:
    """Scores of one of `BASELINES`, per fold: logits, or strengths if it knows no labels.

    For the test part it is fitted on training and validation part: every label that a model's
    training could use, if only to stop. For the validation part it is fitted on the training part.
    """
    seen, scored = zip(
        *(
            (fold.train, fold.validation)
            if part == "validation"
            else (np.concatenate([fold.train, fold.validation]), fold.test)
            for fold in folds
        ),
        strict=True,
    )
    models = [BASELINES[name].make(dataset, pairs, train, seed=seed) for train in seen]
    # BLAS is limited per process, not per thread: were it left to the folds, the first to end would
    # set the others' free, and small products shared by threads of two folds take 50 times as long
    with threadpool_limits(1):
        ThreadedTrainer(models).train_epoch(1)
        return [
            model.score(pairs.tf_P[at], pairs.target_P[at])
            for model, at in zip(models, scored, strict=True)
        ]
