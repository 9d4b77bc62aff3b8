"""Small sets and settings for the comparison's tests."""

from __future__ import annotations

import numpy as np

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy
from gpdht.training.cross_validation import draw_folds

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


def folds_of(config: Config, dataset: Dataset) -> np.ndarray:
    """Test positions, one fold after another."""
    return np.concatenate([fold.test for fold in draw_folds(config, dataset)[1]])
