"""A model without a search: what it keeps is what its parts give one by one."""

from __future__ import annotations

import numpy as np
import pytest
from small_inputs import TINY, small_set

import gpdht as gp
from gpdht.errors import ConfigError, GpdhtError


def test_the_model_is_the_refit_for_the_epochs_that_cross_validation_found():
    dataset, config = small_set(), TINY
    model = gp.fit(dataset, config)
    result = gp.run_trial(config, dataset)
    assert model.card["metrics"] == result.metrics
    assert model.card["best_epoch"] == model.epochs == result.best_epoch
    fitted = gp.refit(config, dataset, epochs=result.best_epoch, seed=config.train.seed)
    alone = gp.Model.of([fitted], dataset, epochs=result.best_epoch)
    ours, theirs = gp.predict(model, dataset), gp.predict(alone, dataset)
    np.testing.assert_array_equal(ours["weight"], theirs["weight"])
    assert model.calibration is not None


def test_progress_is_told_epoch_by_epoch():
    told = []
    model = gp.fit(small_set(), TINY, report=lambda epoch, _: told.append(epoch))
    assert told == list(range(1, len(told) + 1))
    assert model.card["best_epoch"] in told


def test_a_model_that_cannot_be_kept_is_refused_before_the_work():
    with pytest.raises(ConfigError, match="genelink"):
        gp.fit(small_set(), gp.Config.from_flat({"model.name": "genelink"}))


def test_several_sets_are_refused_before_the_work():
    with pytest.raises(ConfigError, match="2 sets were given, and a model is of one"):
        gp.fit([small_set(), gp.toy(genes=40, tfs=5, cells=30)], TINY)


def test_a_trial_that_fails_says_why_in_words_for_users():
    config = TINY.replace({"cv.folds": 50, "cv.split": "tf"})
    with pytest.raises(GpdhtError, match=r"the trial ended as infeasible: (?!ConfigError)"):
        gp.fit(small_set(), config)
