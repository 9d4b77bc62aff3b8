"""Every baseline keeps the protocol's promises; each method has an oracle of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import mutual_info_score, roc_auc_score

from gpdht.config import ModelName
from gpdht.data.derived import once
from gpdht.data.toy import toy
from gpdht.models.baselines import matrix_factorisation
from gpdht.models.baselines.boosted_label_rows import _features
from gpdht.models.baselines.matrix_factorisation import MatrixFactorisation, _fit, _Labels, _table
from gpdht.models.baselines.mutual_information import binned, information
from gpdht.models.baselines.rates import Rates
from gpdht.models.baselines.target_rate import TargetRate
from gpdht.models.baselines.tf_rate import TFRate
from gpdht.models.catalogue import BASELINES, MODELS, WITHOUT_EXPRESSION, names_of
from gpdht.models.gene_statistics import components, correlations, moments, regulators
from gpdht.pairs.candidates import Pairs, make_pairs
from gpdht.pairs.splits import make_folds


def with_prior(seed=0):
    """A toy set and a prior of 150 random edges between its genes."""
    dataset = toy(genes=60, tfs=12, cells=80, seed=seed)
    ends = np.random.default_rng(7).choice(toy(genes=60, tfs=12, cells=80, seed=0).genes, (150, 2))
    return dataset.with_priors({"p": pd.DataFrame(ends, columns=["source", "target"])})


DATASET = with_prior()
PAIRS = make_pairs(DATASET)
SPLITS = ("edge", "target", "tf", "both")
LABEL_ONLY = names_of("label")


def fitted(name: str, train: np.ndarray, *, pairs: Pairs = PAIRS, seed: int = 0, dataset=DATASET):
    model = MODELS[name].make(dataset, pairs, train, seed=seed)
    (loss,) = model.steps(1)
    assert np.isfinite(loss)
    return model


def all_scores(model) -> np.ndarray:
    return model.score(PAIRS.tf_P, PAIRS.target_P)


def fold_of(split: str):
    return next(iter(make_folds(PAIRS, split=split, folds=3, validation=0.2, seed=0)))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("name", BASELINES)
def test_every_pair_has_a_finite_score_on_every_split(name, split):
    score = all_scores(fitted(name, fold_of(split).train))
    assert score.shape == (len(PAIRS),)
    assert score.dtype == np.float32
    assert np.isfinite(score).all()


@pytest.mark.parametrize("split", ["edge", "tf"])
@pytest.mark.parametrize("name", BASELINES)
def test_labels_outside_the_training_part_change_nothing(name, split):
    train = fold_of(split).train
    label_P = PAIRS.label_P.copy()
    others = np.setdiff1d(np.arange(len(PAIRS)), train)
    label_P[others] = np.random.default_rng(1).permutation(label_P[others])
    assert (label_P != PAIRS.label_P).any()
    permuted = Pairs(PAIRS.tf_P, PAIRS.target_P, label_P, PAIRS.universe)
    first, second = (all_scores(fitted(name, train, pairs=p)) for p in (PAIRS, permuted))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", BASELINES)
def test_equal_seeds_give_equal_scores(name):
    train = fold_of("edge").train
    again = with_prior()  # nothing made for the first can be reused
    first = all_scores(fitted(name, train, seed=3))
    assert np.array_equal(first, all_scores(fitted(name, train, seed=3, dataset=again)))


@pytest.mark.parametrize("name", BASELINES)
def test_a_pairs_score_does_not_depend_on_what_is_scored_with_it(name):
    fold = fold_of("edge")
    model = fitted(name, fold.train)
    together = all_scores(model)
    for at in ([7], [3, 200, 41], fold.test[::-1]):
        assert np.array_equal(model.score(PAIRS.tf_P[at], PAIRS.target_P[at]), together[at])


@pytest.mark.parametrize("name", BASELINES)
def test_a_snapshot_survives_later_training(name):
    first, other = fold_of("edge").train, fold_of("edge").test
    model, later = fitted(name, first), fitted(name, other)
    score, snapshot = all_scores(model), model.snapshot()
    model.restore(later.snapshot())
    assert np.array_equal(all_scores(model), all_scores(later))
    model.restore(snapshot)
    assert np.array_equal(all_scores(model), score)


@pytest.mark.parametrize("name", BASELINES)
def test_pairs_of_one_tf_alone_can_be_learned_from(name):
    own = np.flatnonzero(PAIRS.tf_P == PAIRS.tf_P[0])
    assert 0 < PAIRS.label_P[own].mean() < 1
    assert np.isfinite(all_scores(fitted(name, own))).all()


@pytest.mark.parametrize("name", [*LABEL_ONLY, *WITHOUT_EXPRESSION])
def test_baselines_without_expression_do_not_look_at_it(name):
    other = replace(DATASET, expression=with_prior(9).expression)
    train = fold_of("edge").train
    first, second = (all_scores(fitted(name, train, dataset=d)) for d in (DATASET, other))
    assert np.array_equal(first, second)


def test_the_table_names_its_baselines_by_what_they_see():
    assert all(name == model.name for name, model in MODELS.items())
    assert {MODELS[name].kind for name in BASELINES} == {"label", "expression", "prior"}
    assert {MODELS[name].sees for name in WITHOUT_EXPRESSION} == {frozenset({"labels", "priors"})}
    assert all(MODELS[name].probabilities for name in LABEL_ONLY)
    assert {MODELS[name].sees for name in LABEL_ONLY} == {frozenset({"labels"})}
    assert set(get_args(ModelName)) == {"gpdht", *names_of("peer")}


def test_rates_are_smoothed_shares_counted_by_hand():
    tf_P, target_P = np.array([0, 0, 0, 1]), np.array([2, 3, 1, 2])
    pairs = Pairs(tf_P, target_P, np.array([1, 0, 1, 0]), "")
    tf, target = (kind(pairs, np.arange(4), num_genes=4) for kind in (TFRate, TargetRate))
    share = 2.5 / 5
    for model in (tf, target):
        list(model.steps(1))
    got = expit(tf.score(np.array([0, 1, 3]), np.array([1, 1, 1])))
    assert got == pytest.approx([(2 + 2 * share) / 5, (0 + 2 * share) / 3, share])
    got = expit(target.score(np.array([0, 0, 0]), np.array([2, 3, 0])))
    assert got == pytest.approx([(1 + 2 * share) / 4, (0 + 2 * share) / 3, share])


@pytest.mark.parametrize("name", ["matrix_factorisation", "boosted_label_rows"])
def test_with_an_unseen_end_the_other_ends_rate_decides(name):
    train = fold_of("both").train
    tf_P, target_P, label_P = (a[train] for a in (PAIRS.tf_P, PAIRS.target_P, PAIRS.label_P))
    rates = Rates.count(tf_P, target_P, label_P, num_genes=DATASET.num_genes)
    model = fitted(name, train)
    new_tf = np.setdiff1d(PAIRS.tf_P, tf_P)[0]
    new_target = np.setdiff1d(PAIRS.target_P, target_P)[0]
    got = model.score(
        np.array([tf_P[0], new_tf, new_tf]), np.array([new_target, target_P[0], new_target])
    )
    expected = [rates.tf_G[tf_P[0]], rates.target_G[target_P[0]], rates.prior]
    assert got == pytest.approx(np.array(expected, dtype=np.float32))


@pytest.mark.parametrize("split", ["target", "tf"])
def test_the_factorisation_is_not_fitted_where_no_pair_has_two_seen_ends(split, monkeypatch):
    fold = fold_of(split)
    model = MODELS["matrix_factorisation"].make(DATASET, PAIRS, fold.train, seed=0)
    monkeypatch.setattr(matrix_factorisation, "_fit", None)
    got = model.learn_and_score(PAIRS.tf_P[fold.test], PAIRS.target_P[fold.test])
    rate = fitted("tf_rate" if split == "target" else "target_rate", fold.train)
    assert np.array_equal(got, rate.score(PAIRS.tf_P[fold.test], PAIRS.target_P[fold.test]))


def test_the_factorisation_ends_where_its_loss_is_flat():
    rng = np.random.default_rng(0)
    row_P, column_P = np.divmod(rng.choice(60, 45, replace=False), 12)
    label_P = rng.integers(0, 2, 45)
    labels = _Labels.spread(row_P, column_P, label_P, (5, 12))
    start = rng.normal(0, 0.1, 1 + 17 * 9)
    x = _fit(labels, start, 2.0)

    def loss(x: np.ndarray) -> float:
        logit_P = _table(x, (5, 12))[row_P, column_P]
        fit = -np.log(np.where(label_P == 1, expit(logit_P), 1 - expit(logit_P))).sum()
        return fit + (x[1:18] ** 2).sum() / 2 + 2.0 * (x[18:] ** 2).sum() / 2

    least = loss(x)
    for step in rng.normal(0, 1e-2, (200, len(x))):
        assert loss(x + step) > least
    assert least < loss(start)


def test_the_factorisation_finds_structure_that_biases_cannot():
    rng = np.random.default_rng(0)
    block_TG = rng.integers(0, 2, 20)[:, None] == rng.integers(0, 2, 60)
    row_P, column_P = np.divmod(np.arange(1200), 60)
    pairs = Pairs(row_P, column_P + 20, block_TG.ravel().astype(np.int8), "")
    test_P = rng.random(1200) < 0.3
    model = MatrixFactorisation(pairs, np.flatnonzero(~test_P), num_genes=80, seed=0)
    list(model.steps(1))
    score = model.score(pairs.tf_P[test_P], pairs.target_P[test_P])
    assert roc_auc_score(pairs.label_P[test_P], score) > 0.95


def test_a_label_row_hides_the_pairs_own_label_and_no_other():
    label_GT = np.array([[1, 0, np.nan], [0, 1, 1]], dtype=np.float32)
    rates = Rates(0.0, np.array([0.1, 0.2, 0.3]), np.zeros(3))
    got = _features(label_GT, np.arange(3), rates, np.array([1, 0]), np.array([0, 1]))
    expected = [[1, np.nan, np.nan, 1, 0.2], [np.nan, 1, 1, 0, 0.1]]
    assert np.allclose(got, expected, equal_nan=True)
    assert label_GT[0, 1] == 0


def test_boosted_rows_do_not_learn_from_labels_without_structure():
    rng = np.random.default_rng(0)
    label_P = (rng.random(len(PAIRS)) < 0.3).astype(np.int8)
    noise = Pairs(PAIRS.tf_P, PAIRS.target_P, label_P, "")
    area = []
    for fold in make_folds(noise, split="edge", folds=3, validation=0.2, seed=0):
        model = fitted("boosted_label_rows", fold.train, pairs=noise)
        at = fold.test
        area.append(roc_auc_score(label_P[at], model.score(noise.tf_P[at], noise.target_P[at])))
    assert 0.35 < np.mean(area) < 0.65


def test_moments_and_correlations_equal_those_of_numpy():
    x_CG = DATASET.expression.toarray().astype(float)
    mean_G, detected_G, sd_G = moments(DATASET.expression)
    assert mean_G == pytest.approx(x_CG.mean(0))
    assert detected_G == pytest.approx((x_CG > 0).mean(0))
    assert sd_G == pytest.approx(x_CG.std(0))
    tfs = regulators(DATASET)
    assert np.allclose(correlations(DATASET.expression, tfs), np.corrcoef(x_CG.T)[tfs])


def test_a_constant_gene_correlates_with_nothing():
    expression = DATASET.expression.copy().tolil()
    expression[:, 3] = 0
    constant = expression.tocsr().astype(np.float32)
    assert (correlations(constant, np.array([0, 3]))[:, 3] == 0).all()
    assert (correlations(constant, np.array([0, 3]))[1] == 0).all()
    assert components(constant, number=5, seed=0)[3] == pytest.approx(0, abs=1e-12)


def test_components_equal_those_of_a_full_decomposition():
    x_CG = DATASET.expression.toarray().astype(float)
    scaled = (x_CG - x_CG.mean(0)) / x_CG.std(0)
    _, _, expected_DG = np.linalg.svd(scaled, full_matrices=False)
    got = components(DATASET.expression, number=4, seed=0)
    assert np.abs(got) == pytest.approx(np.abs(expected_DG[:4].T), abs=1e-8)
    assert (got[np.abs(got).argmax(0), np.arange(4)] > 0).all()


def test_mutual_information_equals_that_of_scikit_learn():
    bin_GC = binned(DATASET.expression)
    assert set(np.unique(bin_GC)) <= set(range(6))
    assert ((bin_GC == 0) == (DATASET.expression.toarray().T == 0)).all()
    got = information(bin_GC[2], bin_GC)
    expected = [mutual_info_score(bin_GC[2], other) for other in bin_GC]
    assert got == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["correlation", "mutual_information", "tree_importance"])
def test_a_target_made_from_one_tf_is_ascribed_to_it(name):
    dataset = toy(genes=40, tfs=6, cells=150, seed=4)
    expression = dataset.expression.tolil()
    expression[:, 30] = expression[:, 2] * 2
    made = type(dataset)(**{**vars(dataset), "expression": expression.tocsr().astype(np.float32)})
    pairs = make_pairs(made)
    model = fitted(name, np.arange(len(pairs)), pairs=pairs, dataset=made)
    tfs = regulators(made)
    score = model.score(tfs, np.full(len(tfs), 30))
    assert tfs[score.argmax()] == 2
    assert score.min() >= 0


def test_a_gene_that_is_no_tf_regulates_nothing():
    model = fitted("correlation", np.arange(len(PAIRS)))
    stranger = np.setdiff1d(np.arange(DATASET.num_genes), regulators(DATASET))[0]
    assert model.score(np.array([stranger]), np.array([0])) == 0


def test_what_has_no_labels_is_made_once_per_dataset():
    dataset, made = toy(genes=40, tfs=6, cells=30, seed=0), []
    for _ in range(3):
        once(dataset, "something", lambda: made.append(1))
    assert made == [1]
