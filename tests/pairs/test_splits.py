from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gpdht.data.toy import toy
from gpdht.errors import ConfigError
from gpdht.pairs.candidates import Pairs, make_pairs
from gpdht.pairs.splits import Folds, make_folds

SPLITS = ("edge", "target", "tf", "both")
PARTS = ("train", "validation", "test")


@st.composite
def random_pairs(draw) -> Pairs:
    """All candidate pairs, with random labels: every TF and most targets have both classes."""
    tfs, genes = draw(st.integers(8, 20)), draw(st.integers(30, 60))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    tf_P = np.repeat(np.arange(tfs, dtype=np.int32), genes)
    target_P = np.tile(np.arange(genes, dtype=np.int32), tfs)
    label_P = (rng.random(len(tf_P)) < draw(st.floats(0.3, 0.7))).astype(np.int8)
    other = tf_P != target_P
    return Pairs(tf_P[other], target_P[other], label_P[other], "test")


def fold(pairs: Pairs, split: str, *, seed: int = 0, folds: int = 3, share: float = 0.3) -> Folds:
    return make_folds(pairs, split=split, folds=folds, validation=share, seed=seed)


def drawn_fold(pairs: Pairs, split: str, *, seed: int = 0) -> Folds:
    """Of random labels some leave a small part with one class, and are refused."""
    try:
        return fold(pairs, split, seed=seed)
    except ConfigError as refused:
        assume("part of fold" not in str(refused))
        raise


def parts_of(drawn: Folds) -> list[np.ndarray]:
    return [getattr(part, name) for part in drawn for name in PARTS]


@settings(max_examples=25, deadline=None)
@given(pairs=random_pairs(), split=st.sampled_from(SPLITS), seed=st.integers(0, 50))
def test_parts_are_disjoint_ascending_valid_and_hold_both_classes(pairs, split, seed):
    for one in drawn_fold(pairs, split, seed=seed):
        together = np.concatenate([one.train, one.validation, one.test])
        assert len(np.unique(together)) == len(together)
        assert together.min() >= 0
        assert together.max() < len(pairs)
        if split != "both":
            assert len(together) == len(pairs)
        for name in PARTS:
            part = getattr(one, name)
            assert part.dtype == np.int64
            assert (np.diff(part) > 0).all()
            assert set(pairs.label_P[part].tolist()) == {0, 1}


@settings(max_examples=20, deadline=None)
@given(pairs=random_pairs(), split=st.sampled_from(("edge", "target", "tf")))
def test_every_pair_is_tested_exactly_once(pairs, split):
    tested = np.concatenate([one.test for one in drawn_fold(pairs, split)])
    assert np.array_equal(np.sort(tested), np.arange(len(pairs)))


@settings(max_examples=25, deadline=None)
@given(pairs=random_pairs(), split=st.sampled_from(("target", "tf", "both")))
def test_no_gene_plays_its_split_role_in_two_parts(pairs, split):
    roles = {"target": [pairs.target_P], "tf": [pairs.tf_P], "both": [pairs.tf_P, pairs.target_P]}
    for one in drawn_fold(pairs, split):
        for gene_P in roles[split]:
            train, held, test = (set(gene_P[getattr(one, name)].tolist()) for name in PARTS)
            assert not train & held
            assert not train & test
            assert not held & test


@settings(max_examples=15, deadline=None)
@given(pairs=random_pairs())
def test_both_tests_each_tf_and_each_target_in_one_fold(pairs):
    drawn = drawn_fold(pairs, "both")
    for gene_P in (pairs.tf_P, pairs.target_P):
        tested = [np.unique(gene_P[one.test]) for one in drawn]
        assert np.array_equal(np.sort(np.concatenate(tested)), np.unique(gene_P))


@settings(max_examples=15, deadline=None)
@given(pairs=random_pairs(), split=st.sampled_from(SPLITS), seed=st.integers(0, 50))
def test_the_same_seed_gives_the_same_folds_and_another_seed_others(pairs, split, seed):
    first, again = drawn_fold(pairs, split, seed=seed), drawn_fold(pairs, split, seed=seed)
    other = drawn_fold(pairs, split, seed=seed + 1)
    assert all(np.array_equal(a, b) for a, b in zip(parts_of(first), parts_of(again), strict=True))
    assert any(
        not np.array_equal(a, b) for a, b in zip(parts_of(first), parts_of(other), strict=True)
    )


@pytest.mark.parametrize("split", ["edge", "target", "tf"])
def test_positives_are_spread_over_the_folds(split):
    pairs = make_pairs(toy(genes=300, tfs=30))
    total = pairs.label_P.sum()
    largest = np.bincount(pairs.tf_P, pairs.label_P).max() if split == "tf" else 0.02 * total
    positives = [pairs.label_P[one.test].sum() for one in fold(pairs, split)]
    assert max(positives) - min(positives) <= largest


def test_the_validation_share_is_about_what_was_asked_for():
    pairs = make_pairs(toy(genes=300, tfs=30))
    for split, expected in (("edge", 0.2), ("target", 0.2), ("tf", 0.2), ("both", 0.04)):
        for one in make_folds(pairs, split=split, folds=3, validation=0.2, seed=0):
            axis = (len(one.train), len(one.validation))
            rest = sum(axis) if split != "both" else axis[0] / 0.64
            assert axis[1] / rest == pytest.approx(expected, abs=0.03)


def test_one_drawn_validation_group_can_be_scored():
    pairs = make_pairs(toy(genes=60, tfs=6))
    for seed in range(20):
        for one in make_folds(pairs, split="tf", folds=3, validation=0.05, seed=seed):
            assert len(np.unique(pairs.tf_P[one.validation])) == 1


def test_too_few_tfs_for_the_folds_are_refused():
    pairs = make_pairs(toy(tfs=3))
    with pytest.raises(ConfigError, match=r"cv\.split=tf: 3 TFs cannot fill cv\.folds=5"):
        fold(pairs, "tf", folds=5)


def test_two_tfs_leave_none_to_validate_on():
    with pytest.raises(ConfigError, match=r"2 TFs .* Use another split"):
        fold(make_pairs(toy(tfs=2)), "tf", folds=2)


def test_too_few_positives_for_the_folds_are_refused():
    pairs = Pairs(*np.zeros((2, 10), np.int32), np.array([1, 1] + [0] * 8, np.int8), "test")
    with pytest.raises(ConfigError, match=r"only 2 of the 10 pairs\. Use fewer folds"):
        fold(pairs, "edge")


def test_a_part_with_one_class_is_refused_with_fold_numbers_and_remedy():
    tf_P, target_P = (part.ravel().astype(np.int32) for part in np.mgrid[0:6, 0:20])
    label_P = (tf_P == 0).astype(np.int8)  # all known edges are those of one TF
    with pytest.raises(
        ConfigError, match=r"the \w+ part of fold \d of 3 has 0 positives in \d+ pairs; .*cv\.seed"
    ):
        fold(Pairs(tf_P, target_P, label_P, "test"), "tf")


def test_an_unknown_split_is_refused():
    with pytest.raises(ConfigError, match=r'cv\.split="cell" is no split'):
        fold(make_pairs(toy()), "cell")
