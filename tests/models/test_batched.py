"""Folds stacked into one computation against the same folds one by one, on the CPU."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import torch

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.models.gpdht import model as gpdht_model
from gpdht.models.gpdht.batched import WARM_UP, BatchedTrainer, side_stream
from gpdht.models.gpdht.model import fold_trainer, make_fold_models
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import make_pairs
from gpdht.trial import run_trial

QUIET = Config.from_flat(  # what draws from a device's own generator is off
    {
        "graph.levels": 3,
        "encoder.dim": 8,
        "encoder.iterations": 3,
        "model.layers": 2,
        "model.feedforward": 16,
        "model.hidden": 16,
        "model.dropout": 0.0,
        "model.hidden_tfs": 0.0,
        "augment.noise": 0.0,
        "train.batch_size": 32,
    }
)


@pytest.fixture(scope="module")
def dataset():
    return toy(genes=40, tfs=5, cells=30, seed=2)


def trained(config, dataset, trainer, epochs=3):
    """Three folds of unlike length: 130, 98 and 39 pairs are 5, 4 and 2 batches."""
    pairs = make_pairs(dataset)
    parts = [np.arange(n) for n in (130, 98, 39)]
    models = make_fold_models(config, dataset, pairs, parts)
    together = trainer(models)
    losses = [together.train_epoch(epoch) for epoch in range(1, epochs + 1)]
    return models, np.array(losses), [m.score(pairs.tf_P, pairs.target_P) for m in models]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"train.weight_decay": 0.01, "loss.positives_only": True},
        {"train.optimizer": "sgd", "train.lr": 0.05, "train.weight_decay": 0.01},
        {"model.context": "cells", "loss.contrast_weight": 0.0},
        {"model.effects": "rates", "model.statistics": False},
        {"model.effects": "none", "model.scale": "channel"},
        {"encoder.features": "loadings"},
        {"train.epoch_pairs": 70},
        {"encoder.training": "joint", "encoder.heads": 2},
        {"encoder.training": "reconstruct+finetune", "model.context": "cells"},
    ],
)
def test_a_stacked_fold_computes_what_it_would_alone(dataset, changes):
    config = QUIET.replace(changes)
    _, stacked_loss, stacked = trained(config, dataset, BatchedTrainer)
    _, loss, alone = trained(config, dataset, ThreadedTrainer)
    np.testing.assert_allclose(stacked_loss, loss, rtol=1e-4)
    np.testing.assert_allclose(stacked, alone, rtol=2e-3, atol=2e-4)


def test_noise_and_dropout_differ_between_stacked_folds_and_repeat_with_the_seed(dataset):
    config = QUIET.replace({"augment.noise": 0.3, "model.dropout": 0.3, "model.hidden_tfs": 0.3})
    _, first, _ = trained(config, dataset, BatchedTrainer)
    _, again, _ = trained(config, dataset, BatchedTrainer)
    assert np.array_equal(first, again)
    _, quiet, _ = trained(QUIET, dataset, BatchedTrainer)
    assert (np.abs(first - quiet) > 1e-4).all()


def test_a_snapshot_of_a_stacked_fold_is_its_own(dataset):
    models, _, _ = trained(QUIET, dataset, BatchedTrainer)
    pairs = make_pairs(dataset)
    kept, score = models[1].snapshot(), models[1].score(pairs.tf_P, pairs.target_P)
    other = models[0].score(pairs.tf_P, pairs.target_P)
    trainer = BatchedTrainer(models)
    trainer.train_epoch(4)
    assert not np.array_equal(score, models[1].score(pairs.tf_P, pairs.target_P))
    models[1].restore(kept)
    assert np.array_equal(score, models[1].score(pairs.tf_P, pairs.target_P))
    assert not np.array_equal(other, models[0].score(pairs.tf_P, pairs.target_P))


def test_a_whole_trial_stacked_in_bfloat16_scores_as_one_in_float32_up_to_rounding(
    dataset, monkeypatch
):
    config = QUIET.replace({"train.epochs": 3, "train.refit": False})
    exact = run_trial(config, dataset).scores
    monkeypatch.setattr(gpdht_model, "fold_trainer", BatchedTrainer)
    rounded = run_trial(config.replace({"train.precision": "bfloat16"}), dataset).scores
    keys = ["source", "target", "label", "fold"]
    assert rounded[keys].equals(exact[keys])
    assert not rounded["score"].equals(exact["score"])
    spread = exact["score"].std()
    assert (rounded["score"] - exact["score"]).abs().max() < 0.05 * spread
    assert rounded["score"].corr(exact["score"]) > 0.9999


@pytest.mark.parametrize(("device", "chosen"), [("cpu", ThreadedTrainer), ("cuda", BatchedTrainer)])
def test_the_device_chooses_the_trainer(dataset, monkeypatch, device, chosen):
    monkeypatch.setattr(BatchedTrainer, "__init__", lambda *_: None)
    models = make_fold_models(QUIET, dataset, make_pairs(dataset), [np.arange(50)])
    for model in models:
        model.device = torch.device(device)
    assert type(fold_trainer(models)) is chosen


class PretendedStream:
    """A CUDA stream that runs nothing; notes in `used` what ran on which."""

    made = 0

    def __init__(self, device):
        type(self).made += 1

    def wait_stream(self, other): ...


@pytest.fixture
def used(monkeypatch):
    """CUDA streams and graphs pretended on the CPU; the list of (stream, steps run on it)."""
    used: list[tuple[object, int]] = []
    steps = [0]
    step = BatchedTrainer._step

    def counted(self):
        steps[0] += 1
        step(self)

    @contextlib.contextmanager
    def on(stream):
        before = steps[0]
        yield
        used.append((stream, steps[0] - before))

    monkeypatch.setattr(PretendedStream, "made", 0)
    monkeypatch.setattr(BatchedTrainer, "_step", counted)
    monkeypatch.setattr(torch.cuda, "Stream", PretendedStream)
    monkeypatch.setattr(
        torch.cuda, "current_stream", lambda: PretendedStream.__new__(PretendedStream)
    )
    monkeypatch.setattr(torch.cuda, "stream", on)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", object)
    monkeypatch.setattr(torch.cuda, "graph", lambda _, stream: on(stream))
    side_stream.cache_clear()
    yield used
    side_stream.cache_clear()


def test_all_captures_of_a_process_run_on_one_stream_and_leave_no_trace(dataset, used):
    config = QUIET.replace({"augment.noise": 0.3, "train.optimizer": "adam"})
    for _ in range(2):
        models = make_fold_models(config, dataset, make_pairs(dataset), [np.arange(50)] * 2)
        trainer = BatchedTrainer(models)
        trainer.train_epoch(1)
        before = [tensor.clone() for tensor in trainer.optimizer.state()]
        trainer._capture()
        after = trainer.optimizer.state()
        assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))
    assert PretendedStream.made == 1
    assert [steps for _, steps in used] == [WARM_UP, 1] * 2
    assert len({id(stream) for stream, _ in used}) == 1
