"""Training for a number of epochs, and what is scored after it."""

from __future__ import annotations

import numpy as np
import pytest
from small_inputs import TRAINED

from gpdht.data.toy import toy
from gpdht.errors import DivergedError
from gpdht.models.catalogue import prepare_model
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds
from gpdht.training import cross_validation
from gpdht.training.cross_validation import cross_validate, draw_folds, own_random_state
from gpdht.training.loop import train_for

SMALL = TRAINED.replace({"train.patience": 3, "train.lr": 0.003})


@pytest.fixture(scope="module")
def dataset():
    return toy(genes=50, tfs=8, cells=40, seed=0)


class Noted:
    """A trainer of two folds that notes its epochs."""

    def __init__(self, bad_epoch=None):
        self.epochs, self.bad_epoch = [], bad_epoch

    def train_epoch(self, epoch):
        self.epochs.append(epoch)
        return [1.0 / epoch, float("inf") if epoch == self.bad_epoch else 3.0 / epoch]


def test_training_for_some_epochs_runs_each_once_whatever_the_report_says():
    trainer, reported = Noted(), []
    train_for(4, trainer, report=lambda epoch, m: reported.append((epoch, m)) or True)
    assert trainer.epochs == [1, 2, 3, 4]
    assert reported == [(epoch, {"train/loss": 2.0 / epoch}) for epoch in (1, 2, 3, 4)]


def test_training_for_some_epochs_stops_at_a_loss_that_is_not_finite():
    trainer = Noted(bad_epoch=2)
    with pytest.raises(DivergedError, match="inf in epoch 2"):
        train_for(4, trainer)
    assert trainer.epochs == [1, 2]


def scores_by_hand(config, dataset, *, with_validation, epochs):
    """Test scores of fresh models after some epochs."""
    pairs, folds = draw_folds(config, dataset)
    parts = [
        np.concatenate([fold.train, fold.validation]) if with_validation else fold.train
        for fold in folds
    ]
    with own_random_state():
        prepared = prepare_model(config, dataset, folds=len(folds))
        models = prepared.models(pairs, parts)
        train_for(epochs, prepared.trainer(models))
        return np.concatenate(
            [
                model.score(pairs.tf_P[fold.test], pairs.target_P[fold.test])
                for model, fold in zip(models, folds, strict=True)
            ]
        )


@pytest.mark.parametrize("split", ["edge", "target"])
@pytest.mark.parametrize("training", ["reconstruct", "joint"])
def test_tested_models_are_trained_to_the_best_epoch_with_or_without_the_validation_part(
    dataset, split, training
):
    config = SMALL.replace({"cv.split": split, "encoder.training": training})
    results = {}
    for refit in (True, False):
        results[refit] = cross_validate(config.replace({"train.refit": refit}), dataset)
        expected = scores_by_hand(
            config, dataset, with_validation=refit, epochs=results[refit].best_epoch
        )
        assert np.array_equal(results[refit].scores["score"], expected)
    refitted, kept = results[True], results[False]
    assert not np.array_equal(refitted.scores["score"], kept.scores["score"])
    assert (refitted.best_epoch, refitted.epochs) == (kept.best_epoch, kept.epochs)
    for name, value in kept.metrics.items():
        if name.startswith(("val/", "train/", "baseline/")):
            assert refitted.metrics[name] == value


@pytest.mark.parametrize("refit", [True, False])
def test_flipped_test_labels_change_no_score_and_no_choice_of_an_epoch(dataset, monkeypatch, refit):
    config = SMALL.replace({"train.refit": refit})
    pairs, folds = draw_folds(config, dataset)
    one = Folds(folds.folds[:1], folds.split, folds.seed)  # others train on this one's test part
    test = one.folds[0].test
    flipped = pairs.label_P.copy()
    flipped[test] = 1 - flipped[test]
    results = []
    for label_P in (pairs.label_P, flipped):
        variant = Pairs(pairs.tf_P, pairs.target_P, label_P, pairs.universe)
        monkeypatch.setattr(cross_validation, "draw_folds", lambda *_, v=variant: (v, one))
        results.append(cross_validate(config, dataset))
    true, false = results
    assert np.array_equal(true.scores["label"], 1 - false.scores["label"])
    assert np.array_equal(true.scores["score"], false.scores["score"])
    assert (true.best_epoch, true.epochs) == (false.best_epoch, false.epochs)
    assert true.metrics["val/auprc"] == false.metrics["val/auprc"]
    assert true.metrics["test/auroc"] == pytest.approx(1 - false.metrics["test/auroc"])
