"""Pairs of other sets train, and are never validated or tested on but where a set is left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_inputs import another_set

from gpdht.config import Config
from gpdht.data.others import first_rows, sets_of, shared_genes, with_others
from gpdht.data.toy import toy
from gpdht.errors import ConfigError
from gpdht.pairs.candidates import make_pairs
from gpdht.pairs.other_sets import draw_others, with_other_sets
from gpdht.training.cross_validation import draw_folds, training_pairs

HOME = toy(genes=40, tfs=6, cells=25)


JOINED = with_others(HOME, [another_set("a", seed=1, genes=30), another_set("b", seed=2, genes=60)])


def test_the_pairs_of_other_sets_stand_behind_the_own_ones_by_row():
    own = make_pairs(HOME)
    pairs = with_other_sets(own, JOINED)
    names = [(i, gene) for i, one in enumerate(sets_of(JOINED)) for gene in one.genes.tolist()]
    assert pairs.own == len(own)
    at = 0
    for i, one in enumerate(sets_of(JOINED)):
        known = set(one.net[["source", "target"]].itertuples(index=False, name=None))
        for tf in one.known_tfs.tolist():
            for gene in one.genes.tolist():
                if gene == tf:
                    continue
                assert names[pairs.tf_P[at]] == (i, tf)
                assert names[pairs.target_P[at]] == (i, gene)
                assert pairs.label_P[at] == ((tf, gene) in known)
                at += 1
    assert at == len(pairs)


@settings(max_examples=30, deadline=None)
@given(wanted=st.integers(0, 600), seed=st.integers(0, 99))
def test_as_many_are_drawn_of_each_set_or_all_that_it_has(wanted, seed):
    pairs = with_other_sets(make_pairs(HOME), JOINED)
    among = np.arange(pairs.own, len(pairs))
    rng = np.random.default_rng(seed)
    drawn = draw_others(pairs, JOINED, among, wanted=wanted, rng=rng)
    sizes = {"a": 4 * 29, "b": 4 * 59}
    assert len(np.unique(drawn)) == len(drawn) == min(wanted, sum(sizes.values()))
    assert np.isin(drawn, among).all()
    in_a = int((pairs.tf_P[drawn] < first_rows(JOINED)[2]).sum())
    in_b = len(drawn) - in_a
    assert abs(in_a - in_b) <= 1 or in_a == sizes["a"]


@pytest.mark.parametrize("split", ["edge", "target", "tf"])
def test_other_sets_train_and_the_parts_of_the_own_pairs_stay(split):
    config = Config.from_flat({"cv.split": split, "cv.folds": 2, "train.others": 0.5})
    alone, folds = draw_folds(config, HOME)
    pairs, extended = draw_folds(config, JOINED)
    for before, after in zip(folds, extended, strict=True):
        np.testing.assert_array_equal(before.validation, after.validation)
        np.testing.assert_array_equal(before.test, after.test)
        own = after.train[after.train < pairs.own]
        np.testing.assert_array_equal(before.train, own)
        wanted = min(round(0.5 * len(own)), pairs.others)
        assert len(after.train) - len(own) == wanted
    without, _ = draw_folds(config.replace({"train.others": 0}), JOINED)
    assert len(without) == len(alone)


def test_a_left_out_set_is_tested_whole_and_training_sees_none_of_it():
    config = Config.from_flat({"cv.split": "set", "train.others": 5})
    pairs, (fold,) = draw_folds(config, JOINED)
    np.testing.assert_array_equal(fold.test, np.arange(pairs.own))
    assert (fold.train >= pairs.own).all()
    assert (fold.validation >= pairs.own).all()
    gene_R = shared_genes(JOINED)
    trained, held_out = (set(gene_R[pairs.target_P[at]]) for at in (fold.train, fold.validation))
    assert not trained & held_out
    with pytest.raises(ConfigError, match=r"has 0 .*--with SET"):
        draw_folds(config, HOME)
    with pytest.raises(ConfigError, match=r"has 2 \(train\.others=0\)\. Set train\.others above 0"):
        draw_folds(config.replace({"train.others": 0}), JOINED)
    with pytest.raises(ConfigError, match="genelink knows the genes of one set alone"):
        draw_folds(config.replace({"model.name": "genelink"}), JOINED)


def test_a_final_model_is_trained_on_all_own_pairs_and_some_of_the_others():
    pairs = training_pairs(Config.from_flat({"train.others": 0.25}), JOINED)
    own = make_pairs(HOME)
    np.testing.assert_array_equal(pairs.tf_P[: pairs.own], own.tf_P)
    assert (pairs.own, pairs.others) == (len(own), round(0.25 * len(own)))
    assert len(training_pairs(Config(), HOME)) == len(own)
