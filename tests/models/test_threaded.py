"""Folds side by side: the same results as one after the other, and errors that come through."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.models.gpdht.model import make_fold_models
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import make_pairs

SMALL = Config.from_flat(
    {
        "graph.levels": 3,
        "encoder.dim": 8,
        "encoder.iterations": 3,
        "model.layers": 2,
        "model.feedforward": 16,
        "train.batch_size": 32,
        "model.dropout": 0.2,
    }
)


@pytest.mark.parametrize("training", ["reconstruct", "joint"])
def test_threads_and_neighbours_change_no_bit_of_a_fold(training, one_thread):
    dataset = toy(genes=40, tfs=5, cells=30, seed=2)
    pairs = make_pairs(dataset)
    parts = [np.arange(i, len(pairs), 2 + i) for i in range(3)]
    config = SMALL.replace({"encoder.training": training})
    scores = []
    for threads in (1, 2, 3):
        models = make_fold_models(config, dataset, pairs, parts)
        trainer = ThreadedTrainer(models, threads=threads)
        losses = [trainer.train_epoch(epoch) for epoch in (1, 2)]
        scores.append([losses, [m.score(pairs.tf_P, pairs.target_P).tolist() for m in models]])
    assert scores[0] == scores[1] == scores[2]


class Counting:
    """A fold that notes who runs it and how many run at the same time."""

    running, most = 0, 0
    lock = threading.Lock()

    def __init__(self, num_steps, fails_at=None):
        self.num_steps, self.fails_at, self.done = num_steps, fails_at, 0

    def steps(self, epoch):
        for step in range(self.num_steps):
            with self.lock:
                Counting.running += 1
                Counting.most = max(Counting.most, Counting.running)
            time.sleep(0.002)
            with self.lock:
                Counting.running -= 1
            if step == self.fails_at:
                raise FloatingPointError(f"step {step}")
            self.done += 1
            yield float(step)


def test_folds_of_unequal_length_all_finish_and_use_every_thread():
    Counting.most = 0
    folds = [Counting(n) for n in (3, 9, 1, 5)]
    threads = torch.get_num_threads()
    assert ThreadedTrainer(folds, threads=3).train_epoch(1) == [1.0, 4.0, 0.0, 2.0]
    assert [fold.done for fold in folds] == [3, 9, 1, 5]
    assert Counting.most == 3
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("threads", [1, 2])
def test_a_folds_error_ends_the_epoch_for_all(threads):
    folds = [Counting(400), Counting(400, fails_at=2)]
    with pytest.raises(FloatingPointError, match="step 2"):
        ThreadedTrainer(folds, threads=threads).train_epoch(1)
    assert folds[0].done < 400
