"""What does not fit is refused before it is allocated, with the estimate and the remedy."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from gpdht import cost
from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.errors import TooLargeError
from gpdht.models.gpdht import memory_estimate
from gpdht.models.gpdht.memory_estimate import check_memory, estimate
from gpdht.training.refit import refit
from gpdht.trial import run_trial

SIZE = {"genes": 5_000, "cells": 100_000, "nonzeros": 20_000_000, "folds": 3}


def test_the_estimate_is_linear_in_nodes_edges_and_width():
    base = estimate(Config(), **SIZE)
    wide = estimate(Config().replace({"encoder.dim": 2 * Config().encoder.dim}), **SIZE)
    assert wide["the encoder's tables"] == 2 * base["the encoder's tables"]
    more = estimate(Config(), **{**SIZE, "genes": 10_000, "cells": 200_000, "nonzeros": 40_000_000})
    for part in ("the encoder's tables", "its activations", "the graph"):
        assert more[part] == 2 * base[part]
    joint = estimate(Config().replace({"encoder.training": "joint"}), **SIZE)
    assert joint["the encoder's tables"] == 4 * base["the encoder's tables"]


def test_features_take_no_tables_and_no_levels():
    few, many = (
        Config.from_flat({"encoder.features": "loadings", "graph.levels": levels})
        for levels in (1, 30)
    )
    needed = estimate(few, **SIZE)
    assert estimate(many, **SIZE) == needed
    assert "the encoder's tables" not in needed
    # a copy of the expression by cells and one by genes, in float64, at the least
    assert needed["features of genes and cells"] > 2 * 8 * SIZE["nonzeros"]
    assert sum(needed.values()) < sum(estimate(Config(), **SIZE).values())


def test_what_cannot_fit_is_refused_with_the_estimate_and_the_remedy(monkeypatch):
    monkeypatch.setattr(memory_estimate, "free_memory", lambda **_: 2 * 2**30)
    with pytest.raises(TooLargeError) as refused:
        check_memory(Config(), **SIZE, device=torch.device("cpu"))
    message = str(refused.value)
    assert "100,000 cells × 5,000 genes with 20,000,000 non-zeros" in message
    assert "for the encoder's tables); 2.0 GiB are free" in message
    assert "graph.max_cells" in message


def test_a_trial_that_does_not_fit_ends_as_out_of_memory_with_the_message(monkeypatch):
    monkeypatch.setattr(memory_estimate, "free_memory", lambda **_: 1000)
    result = run_trial(Config(), toy(genes=30, tfs=4, cells=50, seed=0))
    assert result.state == "out_of_memory"
    assert "Lower encoder.dim" in result.error


def test_a_sample_of_the_cells_makes_a_model_of_those_cells():
    dataset = toy(genes=30, tfs=4, cells=50, seed=0)
    config = Config.from_flat(
        {"graph.max_cells": 20, "graph.levels": 3, "encoder.dim": 8, "encoder.iterations": 2}
    )
    fitted = refit(config, dataset, epochs=1, seed=0)
    assert len(fitted.cells) == 20
    assert fitted.table_GSX.shape[0] == 30


def test_the_limit_of_a_container_counts(monkeypatch, tmp_path):
    monkeypatch.setattr(cost, "_CGROUP", tmp_path)
    free = cost.free_memory()
    assert free > 2**20
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.current").write_text("3000000\n")
    (tmp_path / "memory.stat").write_text("anon 2500000\ninactive_file 400000\n")
    assert cost.free_memory() == 2_400_000
    (tmp_path / "memory.max").write_text("max\n")
    assert cost.free_memory() > 2**20


CHILD = """
from gpdht.config import Config
from gpdht.cost import Meter
from gpdht.data.toy import toy
from gpdht.models.gpdht.model import make_fold_models
from gpdht.models.gpdht.memory_estimate import estimate
from gpdht.pairs.candidates import make_pairs
import numpy as np

config = Config.from_flat({"graph.levels": 20, "encoder.dim": 128, "encoder.iterations": 2})
dataset = toy(genes=1500, tfs=5, cells=1500, seed=0)
pairs = make_pairs(dataset)
warm = toy(genes=40, tfs=4, cells=30)
make_fold_models(config, warm, make_pairs(warm), [np.arange(9)])
with Meter() as meter:
    before = meter.peak_memory_mb
    make_fold_models(config, dataset, pairs, [np.arange(100)])
nonzeros = dataset.expression.nnz
parts = estimate(config, genes=1500, cells=1500, nonzeros=nonzeros, folds=1)
print((meter.peak_memory_mb - before) / (sum(parts.values()) / 2**20))
"""


def test_the_estimate_is_near_the_measured_peak():
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    assert 0.6 < float(done.stdout) < 1.3


def test_embeddings_that_are_not_trained_are_not_counted_for_every_fold():
    sizes = {"genes": 500, "cells": 300, "nonzeros": 40_000, "folds": 3}
    config = Config()
    needed = {
        training: estimate(config.replace({"encoder.training": training}), **sizes)
        for training in ("reconstruct", "random", "joint", "reconstruct+finetune")
    }
    assert needed["random"] == needed["reconstruct"]
    assert needed["joint"] == needed["reconstruct+finetune"]
    assert sum(needed["joint"].values()) > sum(needed["random"].values())
