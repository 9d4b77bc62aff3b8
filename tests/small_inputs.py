"""Small data, settings and spaces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy

SPACE = {
    "trials": 6,
    "sampler": {"name": "random", "seed": 1},
    "scheduler": {"name": "none"},
    "params": {
        "graph.levels": {"int": [5, 25]},
        "encoder.tau": {"float": [0.05, 2.0], "log": True},
        "train.optimizer": {"choice": ["adam", "sgd"]},
        "train.momentum": {"float": [0.0, 0.99], "when": {"train.optimizer": "sgd"}},
    },
}

SMALL = {
    "encoder.dim": 8,
    "encoder.iterations": 2,
    "model.layers": 1,
    "model.feedforward": 16,
    "model.hidden": 16,
    "train.epochs": 2,
    "cv.folds": 2,
}

TINY = Config.from_flat({**SMALL, "graph.levels": 3})

TRAINED = Config.from_flat(
    {
        "graph.levels": 4,
        "encoder.dim": 8,
        "encoder.iterations": 5,
        "model.feedforward": 16,
        "model.hidden": 16,
        "train.epochs": 6,
        "train.batch_size": 64,
    }
)
"""For tests that train for some epochs; they say how fast and how patiently."""


def small_set(name: str = "toy", *, genes: int = 40, cells: int = 40, seed: int = 0) -> Dataset:
    """Simulated data with five TFs."""
    return replace(toy(genes=genes, tfs=5, cells=cells, seed=seed), name=name)


def another_set(name: str, *, seed: int, genes: int = 24) -> Dataset:
    """Simulated data with cells and labels of their own, and some genes of the same names."""
    made = toy(genes=genes, tfs=4, cells=20, seed=seed)
    return replace(made, name=name, cells=np.array([f"{name}-{c}" for c in made.cells]))


def tiny_dataset() -> Dataset:
    """Six cells, twelve genes, two TFs with six edges each."""
    rng = np.random.default_rng(0)
    matrix = sparse.csr_matrix(rng.poisson(1.0, (6, 12)).astype(np.float32))
    genes = np.array([f"G{i}" for i in range(12)])
    net = pd.DataFrame(
        {"source": ["G0"] * 6 + ["G1"] * 6, "target": [f"G{i}" for i in [*range(2, 8)] * 2]}
    )
    return Dataset(
        expression=matrix,
        cells=np.array([f"c{i}" for i in range(6)]),
        genes=genes,
        net=net,
        tfs=np.array(["G0", "G1"]),
        name="tiny",
    )
