"""Baselines see what a model of the same folds may see, and no more."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from gpdht.data.toy import toy
from gpdht.models.baselines.matrix_factorisation import MatrixFactorisation
from gpdht.models.catalogue import MODELS
from gpdht.pairs.candidates import Pairs, make_pairs
from gpdht.pairs.splits import make_folds
from gpdht.training.baselines import baseline_scores

DATASET = toy(genes=60, tfs=12, cells=60, seed=0)
PAIRS = make_pairs(DATASET)
FOLDS = make_folds(PAIRS, split="edge", folds=3, validation=0.2, seed=0)


def test_each_fold_is_scored_by_a_model_of_its_training_and_validation_part():
    got = baseline_scores("one_hot_logistic", DATASET, PAIRS, FOLDS)
    for fold, score in zip(FOLDS, got, strict=True):
        seen = np.concatenate([fold.train, fold.validation])
        model = MODELS["one_hot_logistic"].make(DATASET, PAIRS, seen, seed=0)
        list(model.steps(1))
        expected = model.score(PAIRS.tf_P[fold.test], PAIRS.target_P[fold.test])
        assert np.array_equal(score, expected)


def test_a_validation_part_is_scored_by_a_model_of_the_training_part():
    got = baseline_scores("tf_rate", DATASET, PAIRS, FOLDS, part="validation")
    for fold, score in zip(FOLDS, got, strict=True):
        model = MODELS["tf_rate"].make(DATASET, PAIRS, fold.train, seed=0)
        list(model.steps(1))
        expected = model.score(PAIRS.tf_P[fold.validation], PAIRS.target_P[fold.validation])
        assert np.array_equal(score, expected)


@pytest.mark.parametrize("name", ["matrix_factorisation", "boosted_label_rows"])
def test_a_folds_test_labels_do_not_change_its_scores(name):
    first = baseline_scores(name, DATASET, PAIRS, FOLDS)
    test = next(iter(FOLDS)).test
    label_P = PAIRS.label_P.copy()
    label_P[test] = 1 - label_P[test]
    turned = Pairs(PAIRS.tf_P, PAIRS.target_P, label_P, PAIRS.universe)
    second = baseline_scores(name, DATASET, turned, FOLDS)
    assert np.array_equal(first[0], second[0])
    assert not np.array_equal(first[1], second[1])


def test_folds_fit_on_one_blas_thread_each_and_leave_the_setting_as_it_was(monkeypatch):
    def blas() -> list[int]:
        return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]

    seen = []
    fit = MatrixFactorisation.fit
    monkeypatch.setattr(
        MatrixFactorisation, "fit", lambda self: (seen.extend(blas()), fit(self))[1]
    )
    before = blas()
    baseline_scores("matrix_factorisation", DATASET, PAIRS, FOLDS)
    assert set(seen) == {1}
    assert blas() == before


def test_folds_are_fitted_side_by_side_on_the_threads_that_torch_has(monkeypatch):
    fit, threads = MatrixFactorisation.fit, torch.get_num_threads()
    two = threading.Barrier(2, timeout=60)  # broken, with an error, if one came after the other
    monkeypatch.setattr(MatrixFactorisation, "fit", lambda self: (two.wait(), fit(self))[1])
    folds = make_folds(PAIRS, split="edge", folds=2, validation=0.2, seed=0)
    torch.set_num_threads(2)
    try:
        got = baseline_scores("matrix_factorisation", DATASET, PAIRS, folds)
    finally:
        torch.set_num_threads(threads)
    monkeypatch.undo()
    alone = baseline_scores("matrix_factorisation", DATASET, PAIRS, folds)
    assert all(map(np.array_equal, got, alone))
