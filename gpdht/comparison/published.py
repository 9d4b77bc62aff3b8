"""The published settings of GP-DHT and of the paper's peers, as a comparison runs them.

They are those of `search_spaces/paper.yaml` and `search_spaces/peers/*.yaml`, with one change:
pre-training does not take 20,000 steps from random numbers, which is hours, but few steps from the
expression's singular vectors, where those 20,000 end (`benchmarks/encoder.py`).
"""

from __future__ import annotations

from typing import Any

SHORT_PRETRAINING: dict[str, Any] = {
    "encoder.start": "singular",
    "encoder.rescale": True,
    "encoder.shrinkage": 0.1,
    "encoder.iterations": 25,
    "encoder.lr": 1e-3,
    "encoder.clip": 1.0,
}
"""Instead of 20,000 steps from random numbers."""

_ENCODER: dict[str, Any] = {
    "graph.levels": 15,
    "graph.encoding": "uniform",
    "encoder.dim": 256,
    "encoder.heads": 4,
    "encoder.tau": 0.25,
    "encoder.training": "reconstruct",
    **SHORT_PRETRAINING,
}
_GENE_ATTENTION: dict[str, Any] = {
    "peer.output": 64,
    "peer.channel": 32,
    "peer.heads": 3,
    "peer.dropout": 0.5,
    "peer.self_loops": False,
    "peer.isolated": "all",
    "peer.batch_decay": 0.99,
    "train.optimizer": "adam",
    "train.batch_size": 256,
    "train.refit": False,
}
_PAIR_NETWORK: dict[str, Any] = {
    "peer.dropout": 0.5,
    "train.optimizer": "adam",
    "train.lr": 1e-3,
    "train.weight_decay": 1e-6,
    "train.batch_size": 512,
    "train.epochs": 200,
    "train.patience": 11,
    "train.refit": False,
}

PUBLISHED: dict[str, dict[str, Any]] = {
    "gpdht": {
        **_ENCODER,
        "model.name": "gpdht",
        "model.layers": 3,
        "model.feedforward": 2048,
        "model.hidden": 256,
        "model.dropout": 0.1,
        "model.statistics": False,
        "model.scale": "channel",
        "model.effects": "none",
        "model.hidden_tfs": 0.0,
        "loss.contrast_weight": 0.6667,
        "train.optimizer": "adam",
        "train.batch_size": 512,
        "train.epochs": 200,
        "train.patience": 10,
        "train.refit": False,
    },
    "genelink": {
        **_GENE_ATTENTION,
        "model.name": "genelink",
        "peer.hidden": 128,
        "train.lr": 3e-3,
        "train.epochs": 20,
        "train.patience": 20,
    },
    "gmfgrn": {**_ENCODER, **_PAIR_NETWORK, "model.name": "gmfgrn", "peer.hidden": 256},
    "igegrns": {
        "model.name": "igegrns",
        "peer.output": 256,
        "peer.hidden": 128,
        "peer.dropout": 0.5,
        "peer.double_sigmoid": True,
        "peer.epoch_decay": 0.8,
        "peer.decay_epochs": 5,
        "train.optimizer": "adam",
        "train.lr": 5e-3,
        "train.batch_size": 1_000_000,
        "train.epochs": 100,
        "train.patience": 100,
        "train.refit": False,
    },
    "gatcl": {
        **_GENE_ATTENTION,
        "model.name": "gatcl",
        "peer.hidden": 384,
        "train.lr": 3e-4,
        "train.epochs": 90,
        "train.patience": 90,
    },
    "hgatlink": {
        **_ENCODER,
        **_PAIR_NETWORK,
        "model.name": "hgatlink",
        "model.layers": 2,
        "model.heads": 4,
        "model.feedforward": 2048,
        "model.dropout": 0.1,
        "model.hidden": 256,
        "peer.attends_across_batch": False,
    },
}
"""Settings by the model's name; what is not named has its default, pairs and folds are the
comparison's."""
