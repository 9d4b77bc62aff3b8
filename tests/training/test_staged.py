"""The first fold trained ahead of the others: the same result as with all in lockstep."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reported import run_reported
from small_inputs import TRAINED

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.errors import DivergedError
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Fold, Folds
from gpdht.training.loop import Best, train_folds
from gpdht.trial import run_trial

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = TRAINED.replace({"train.patience": 2, "train.lr": 0.01})
PEER = Config.from_flat({"model.name": "genelink", "train.epochs": 3, "train.patience": 1})


@pytest.fixture(scope="module")
def dataset():
    return toy(genes=40, tfs=6, cells=30, seed=0)


def is_mean(name):
    """Whether a name is that of a mean over folds."""
    return name.startswith("val/") and not name.endswith("_sd") and "_fold" not in name


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        SMALL.replace({"train.refit": False, "cv.split": "target", "model.effects": "factors"}),
        SMALL.replace({"encoder.training": "joint", "train.refit": False}),
        SMALL.replace({"train.monitor": "brier", "model.dropout": 0.5, "cv.folds": 4}),
        PEER.replace({"train.refit": False}),
    ],
    ids=["refit", "kept", "joint", "brier", "peer"],
)
def test_a_staged_trial_ends_as_one_in_lockstep_bit_by_bit(dataset, config):
    lockstep, epochs = run_reported(config, dataset)
    staged, reported = run_reported(config, dataset, staged=True)
    first = reported.pop(0)
    assert reported == epochs
    assert staged.metrics == lockstep.metrics
    assert staged.scores.equals(lockstep.scores)
    assert (staged.epochs, staged.best_epoch) == (lockstep.epochs, lockstep.best_epoch)
    assert {name.removesuffix("_fold0") for name in first} == {
        name for name in epochs[1] if is_mean(name)
    }


def test_with_more_threads_a_staged_trial_is_close_to_one_in_lockstep(dataset):
    torch.set_num_threads(2)
    config = SMALL.replace({"train.epochs": 2})
    (_, lockstep), (_, staged) = (
        run_reported(config, dataset, staged=flag) for flag in (False, True)
    )
    for epoch, metrics in lockstep.items():
        assert staged[epoch] == pytest.approx(metrics, abs=1e-3)


def test_a_trial_given_up_after_its_first_fold_trains_no_other(dataset):
    seen = []
    result = run_trial(
        SMALL, dataset, report=lambda epoch, _: seen.append(epoch) or True, staged=True
    )
    assert (result.state, result.epochs, result.scores, seen) == ("pruned", 0, None, [0])


class Scripted:
    """A fold model that ranks its validation pairs by a table's row of this epoch."""

    num_steps = 1

    def __init__(self, logit_EP, *, bad_epoch=None):
        self.logit_EP, self.bad_epoch = logit_EP, bad_epoch
        self.epoch, self.trained = 0, []

    def steps(self, epoch):
        assert epoch == len(self.trained) + 1
        self.epoch = epoch
        self.trained.append(epoch)
        yield float("nan") if epoch == self.bad_epoch else epoch / 7

    def score(self, tf_P, target_P):
        return self.logit_EP[self.epoch - 1]

    def snapshot(self):
        return self.epoch

    def restore(self, snapshot):
        self.epoch = snapshot


PART = np.arange(6)
PAIRS = Pairs(PART % 2, PART, np.array([1, 0, 1, 1, 0, 0], np.int8), "scripted")
curves = st.lists(st.integers(0, 2**31), min_size=2, max_size=4)


def train(seeds, bad_epochs, **options) -> tuple[Best | str, list[int], list[list[int]]]:
    """How training ends, the epochs that the models are left at, and those each was trained for."""
    folds = Folds(tuple(Fold(PART, PART, PART) for _ in seeds), "edge", 0)
    models = [
        Scripted(np.random.default_rng(seed).normal(size=(9, 6)).astype(np.float32), bad_epoch=bad)
        for seed, bad in zip(seeds, bad_epochs, strict=False)
    ]
    try:
        end = train_folds(models, ThreadedTrainer, PAIRS, folds, monitor="auprc", **options)
    except DivergedError as error:
        return str(error), [], []
    return end, [model.epoch for model in models], [model.trained for model in models]


@settings(max_examples=60, deadline=None)
@given(
    curves,
    st.integers(1, 9),
    st.integers(1, 4),
    st.lists(st.none() | st.integers(1, 9), min_size=4, max_size=4),
)
def test_stages_change_no_ending_whatever_the_curves_are(seeds, epochs, patience, bad_epochs):
    limits = {"epochs": epochs, "patience": patience}
    lockstep, left_at, trained = train(seeds, bad_epochs, **limits)
    staged, left_at_staged, trained_staged = train(seeds, bad_epochs, staged=True, **limits)
    assert staged == lockstep
    assert left_at_staged == left_at
    assert trained_staged[1:] == trained[1:]
    if trained:
        assert trained_staged[0][: len(trained[0])] == trained[0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 9), st.integers(1, 4))
def test_the_first_fold_stops_where_it_would_alone(seed, epochs, patience):
    limits = {"epochs": epochs, "patience": patience}
    alone, *_ = train([seed], [None], **limits)
    seen = []
    _, _, trained = train(
        [seed, seed + 1],
        [None, None],
        staged=True,
        report=lambda *r: seen.append(r) or True,
        **limits,
    )
    assert trained == [list(range(1, alone.epochs + 1)), []]
    ((epoch, metrics),) = seen
    assert epoch == 0
    assert metrics == {
        f"{name}_fold0": value for name, value in alone.metrics.items() if is_mean(name)
    }


@pytest.mark.parametrize("staged", [True, False])
def test_a_single_fold_has_no_stages(staged):
    seen = []
    train([1], [None], epochs=3, patience=3, staged=staged, report=lambda e, _: seen.append(e))
    assert seen == [1, 2, 3]
