"""Scores of weighted rankings against scikit-learn on repeated pairs, and worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from gpdht.metrics.ranking import Ranking


def weighted(ranking: Ranking, weight_P: np.ndarray) -> tuple[np.ndarray, ...]:
    """Areas of each group and the early precision of the first, where each pair has a weight."""
    auroc_BS, auprc_BS, early_B = ranking.on_draws(np.arange(len(weight_P)), weight_P[None])
    return auroc_BS[0], auprc_BS[0], early_B[0]


def draw(seed: int, *, ties: bool) -> tuple[np.ndarray, ...]:
    """Labels, scores, groups and weights of 40 pairs."""
    rng = np.random.default_rng(seed)
    score = rng.integers(0, 6, 40) / 2 if ties else rng.normal(size=40)
    weight = rng.multinomial(40, np.full(40, 1 / 40))
    return rng.integers(0, 2, 40), score, rng.integers(0, 4, 40), weight


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_a_weighted_ranking_scores_as_its_repeated_pairs_do(seed, ties):
    label, score, _, weight = draw(seed, ties=ties)
    repeated = np.repeat(np.arange(40), weight)
    (auroc,), (auprc,), _ = weighted(Ranking(label, score), weight)
    assert auroc == pytest.approx(roc_auc_score(label[repeated], score[repeated]), abs=1e-12)
    expected = average_precision_score(label[repeated], score[repeated])
    assert auprc == pytest.approx(expected, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_each_group_is_ranked_by_itself(seed, ties):
    label, score, group, weight = draw(seed, ties=ties)
    auroc_S, auprc_S, _ = weighted(Ranking(label, score, group), weight)
    for number, name in enumerate(np.unique(group)):
        at = np.repeat(np.flatnonzero(group == name), weight[group == name])
        if label[at].any():
            expected = average_precision_score(label[at], score[at])
            assert auprc_S[number] == pytest.approx(expected, abs=1e-12)
        else:
            assert np.isnan([auroc_S[number], auprc_S[number]]).all()
        if 0 < label[at].sum() < len(at):
            expected = roc_auc_score(label[at], score[at])
            assert auroc_S[number] == pytest.approx(expected, abs=1e-12)
        else:
            assert np.isnan(auroc_S[number])


@pytest.mark.parametrize(
    ("label", "score", "expected"),
    [
        ([1, 0, 1, 0, 0], [5, 4, 3, 2, 1], 1 / 2),  # k = 2: pairs 5 and 4
        ([1, 0, 1, 0, 0], [5, 4, 4, 4, 1], 2 / 4),  # three tie with the second
        ([0, 0, 0, 1], [4, 3, 2, 1], 0),
        ([1, 0, 1, 0], [0, 0, 0, 0], 1 / 2),  # all tie: prevalence
        ([1, 1], [2, 1], 1),
    ],
)
def test_early_precision_is_over_the_first_k_pairs_and_their_ties(label, score, expected):
    ranking = Ranking(np.array(label), np.array(score, dtype=float))
    assert weighted(ranking, np.ones(len(label), int))[2] == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_weighted_early_precision_is_that_of_the_repeated_pairs(seed, ties):
    label, score, _, weight = draw(seed, ties=ties)
    at = np.repeat(np.arange(40), weight)
    least = np.sort(score[at])[::-1][label[at].sum() - 1]
    expected = label[at][score[at] >= least].mean()
    assert weighted(Ranking(label, score), weight)[2] == pytest.approx(expected)


def test_a_rising_transformation_of_the_scores_changes_no_score():
    label, score, group, weight = draw(3, ties=True)
    first, second = (weighted(Ranking(label, s, group), weight) for s in (score, np.exp(score)))
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one, other, equal_nan=True)


def test_the_order_of_the_pairs_changes_no_score():
    label, score, group, weight = draw(4, ties=True)
    at = np.random.default_rng(0).permutation(40)
    first = weighted(Ranking(label, score, group), weight)
    second = weighted(Ranking(label[at], score[at], group[at]), weight[at])
    for one, other in zip(first, second, strict=True):
        assert np.allclose(one, other, rtol=1e-14, equal_nan=True)
