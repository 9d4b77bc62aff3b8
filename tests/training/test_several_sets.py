"""One configuration on several sets: each comes to what it comes to alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from reported import run_reported
from small_inputs import TRAINED, another_set, small_set

from gpdht.config import Config
from gpdht.data.together import each_alone, together
from gpdht.errors import ConfigError, DivergedError
from gpdht.training import one_set
from gpdht.training.cross_validation import candidate_pairs
from gpdht.training.side_by_side import SideBySide
from gpdht.trial import TrialResult, run_trial

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = TRAINED.replace({"train.patience": 2, "train.lr": 0.01, "cv.split": "target"})
PEER = Config.from_flat({"model.name": "gatcl", "train.epochs": 3, "train.refit": False})


@pytest.fixture(scope="module")
def sets():
    return together([small_set("first"), another_set("second", seed=5, genes=30)])


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize(
    "config",
    [CONFIG, CONFIG.replace({"train.refit": False, "encoder.training": "joint"}), PEER],
    ids=["refit", "joint", "peer"],
)
def test_each_set_comes_to_what_it_comes_to_alone_bit_by_bit(sets, config, staged):
    both, reported = run_reported(config, sets, staged=staged)
    alone, curves = {}, {}
    for one in each_alone(sets):
        alone[one.name], curves[one.name] = run_reported(config, one, staged=staged)
        found = both.of_set(one.name)
        for entry in ("metrics", "epochs", "best_epoch", "baseline_models", "universe"):
            assert getattr(found, entry) == getattr(alone[one.name], entry), entry
        expected = alone[one.name].scores
        pd.testing.assert_frame_equal(
            found.scores.drop(columns="set").reset_index(drop=True), expected
        )
    first, second = alone.values()
    assert both.epochs == max(first.epochs, second.epochs)
    assert both.best_epoch == first.best_epoch
    for name in ("val/auprc", "val/auprc_fold1", "test/auprc", "baseline/auroc"):
        assert both.metrics[name] == np.mean([first.metrics[name], second.metrics[name]]), name

    def at(name, epoch):
        return curves[name].get(epoch, alone[name].metrics)["val/auprc"]

    for epoch, metrics in reported.items():
        if epoch:
            expected = np.mean([at(one.name, epoch) for one in each_alone(sets)])
            assert metrics["val/auprc"] == expected, epoch
        else:
            expected = np.mean([curves[name][0]["val/auprc_fold0"] for name in curves])
            assert metrics["val/auprc_fold0"] == expected
    assert max(reported) == both.epochs


def test_sets_that_end_at_different_epochs_keep_their_own(sets):
    result, _ = run_reported(CONFIG.replace({"train.epochs": 12, "train.patience": 1}), sets)
    ends = {name: (one["epochs"], one["best_epoch"]) for name, one in result.sets.items()}
    assert len(set(ends.values())) == 2, "the sets end together, so nothing is shown"


@pytest.mark.parametrize(("staged", "last"), [(True, 0), (False, 1)])
def test_a_trial_given_up_trains_no_set_further(sets, staged, last):
    seen = []
    result = run_trial(
        CONFIG, sets, report=lambda epoch, _: seen.append(epoch) or True, staged=staged
    )
    assert (result.state, result.epochs, result.scores, seen) == ("pruned", last, None, [last])
    assert result.metrics == {}


def test_what_sets_came_to_survives_as_plain_data(sets):
    result, _ = run_reported(CONFIG, sets)
    again = TrialResult.from_account(result.account())
    assert again.of_set("second").metrics == result.of_set("second").metrics
    assert again.of_set("second").best_epoch == result.sets["second"]["best_epoch"]
    single = run_trial(CONFIG, each_alone(sets)[0])
    assert "sets" not in single.account()
    assert single.of_set("") is single


def test_sets_may_be_given_in_a_list(sets):
    alone = each_alone(sets)
    assert run_trial(PEER, alone).metrics == run_trial(PEER, sets).metrics
    with pytest.raises(ConfigError, match="the same data"):
        run_trial(PEER, [alone[0], alone[0]])


def test_a_set_without_folds_of_this_split_is_told(sets):
    result = run_trial(CONFIG.replace({"cv.split": "tf", "cv.folds": 5}), sets)
    assert result.state == "infeasible"
    assert "second: cv.split=tf: 4 TFs cannot fill" in result.error


@pytest.mark.parametrize("name", ["first", "second", "alone"])
def test_the_set_on_which_training_diverges_is_named(sets, monkeypatch, name):
    data = each_alone(sets)[0] if name == "alone" else sets
    num_pairs = {one.name: len(candidate_pairs(CONFIG, one)) for one in each_alone(data)}
    diverging = num_pairs.get(name, num_pairs["first"])
    unchanged = SideBySide.epoch

    def epoch(self, number):
        after = unchanged(self, number)
        lost = len(self.pairs) == diverging and number == 2
        return [replace(fold, loss=np.nan) for fold in after] if lost else after

    monkeypatch.setattr(SideBySide, "epoch", epoch)
    result = run_trial(CONFIG, data)
    told = "" if name == "alone" else f"{name}: "
    assert (result.state, result.error) == (
        "failed",
        f"{told}the training loss is nan in epoch 2; try a smaller train.lr.",
    )


def test_the_set_whose_second_training_diverges_is_named(sets, monkeypatch):
    def diverge(epochs, trainer):
        raise DivergedError("the training loss is nan in epoch 1")

    monkeypatch.setattr(one_set, "train_for", diverge)
    result = run_trial(CONFIG, sets)
    assert result.error == "first: the training loss is nan in epoch 1"
