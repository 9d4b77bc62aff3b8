"""Random networks against all that there are, counted out."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from gpdht.data.random_networks import random_networks


def all_networks(out_degree, in_degree, allowed):
    """Every network with these degrees, as bytes, by trying all rows."""
    genes = len(in_degree)
    rows = []
    for degree, may in zip(out_degree, allowed, strict=True):
        choices = combinations(np.flatnonzero(may), degree)
        rows.append([np.isin(np.arange(genes), choice) for choice in choices])
    return {
        np.array(network).tobytes()
        for network in product(*rows)
        if (np.sum(network, axis=0) == in_degree).all()
    }


def without_self(tfs, genes, *more):
    allowed = np.ones((tfs, genes), dtype=bool)
    allowed[np.arange(tfs), np.arange(tfs)] = False
    for tf, gene in more:
        allowed[tf, gene] = False
    return allowed


def first_network(allowed, edges, seed):
    network = np.zeros_like(allowed)
    cells = np.flatnonzero(allowed)
    network.flat[np.random.default_rng(seed).choice(cells, edges, replace=False)] = True
    return network


RING = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=bool)
# only handing round among all four TFs leads from one of the two networks to the other
RING4 = np.roll(np.eye(4, dtype=bool), 1, axis=1)
CASES = {
    "nothing forbidden": (np.ones((3, 4), dtype=bool), None),
    "no self pairs": (without_self(4, 5), None),
    "pairs that are no candidates": (without_self(4, 6, (0, 3), (2, 4), (3, 0)), None),
    "a ring that trades cannot turn": (without_self(3, 3), RING),
    "two networks, four TFs apart": (RING4 | np.eye(4, dtype=bool), RING4),
    "two TFs": (np.ones((2, 5), dtype=bool), None),
}


@pytest.mark.parametrize("case", CASES)
def test_every_network_with_the_degrees_is_equally_frequent(case):
    allowed, network = CASES[case]
    network = (
        first_network(allowed, int(allowed.sum()) // 2, seed=1) if network is None else network
    )
    everything = all_networks(network.sum(1), network.sum(0), allowed)
    number = 100 * len(everything)
    # far apart, so that a test for independent draws holds
    drawn = random_networks(network[None], allowed[None], number=number, seed=0, trades_per_tf=10)
    found = Counter(one.tobytes() for one in drawn)
    assert set(found) <= everything
    assert 2 <= len(everything) <= 60
    assert chisquare([found[one] for one in everything]).pvalue > 0.01


@given(
    folds=st.integers(1, 3),
    tfs=st.integers(1, 6),
    genes=st.integers(1, 8),
    density=st.floats(0, 1),
    closed=st.floats(0, 0.6),
    seed=st.integers(0, 1000),
)
def test_degrees_stay_in_each_fold_and_forbidden_cells_stay_empty(
    *, folds, tfs, genes, density, closed, seed
):
    rng = np.random.default_rng(seed)
    fold = rng.integers(folds, size=(tfs, genes))
    allowed = (rng.random((tfs, genes)) >= closed) & (fold == np.arange(folds)[:, None, None])
    network = allowed & (rng.random((tfs, genes)) < density)
    before = network.copy()
    drawn = [one.copy() for one in random_networks(network, allowed, number=5, seed=seed)]
    assert len(drawn) == 5
    for one in drawn:
        assert (one.sum(1) == network.sum(1)).all()
        assert (one.sum(2) == network.sum(2)).all()
        assert not (one & ~allowed).any()
    assert (network == before).all()


def test_equal_seeds_give_equal_networks_and_others_others():
    allowed = without_self(6, 12)[None]
    network = first_network(allowed, 30, seed=0)
    first, again, other = (
        [one.copy() for one in random_networks(network, allowed, number=4, seed=seed)]
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_network_that_its_degrees_determine_comes_back():
    # what a threshold on TF effect plus target effect gives: no other network has its degrees
    effect = np.add.outer(np.arange(5.0), np.linspace(0, 3.3, 12))
    network = effect[None] > 4.1
    allowed = np.ones_like(network)
    assert all(
        (one == network).all() for one in random_networks(network, allowed, number=5, seed=0)
    )


def test_the_rank_of_a_random_network_among_short_walks_is_uniform():
    # far too few trades to forget the start: the p-value must hold all the same
    allowed = without_self(5, 10)[None]
    known = np.random.default_rng(3).random((1, 5, 10))
    start = first_network(allowed, 22, seed=2)
    ranks = []
    truths = random_networks(start, allowed, number=400, seed=7)
    for seed, truth in enumerate(truths):
        observed = known[truth].sum()
        walks = random_networks(truth, allowed, number=19, seed=seed, trades_per_tf=0.2)
        above = sum(known[one].sum() >= observed - 1e-9 for one in walks)
        ranks.append((1 + above) / 20)
    spread = np.array(ranks) - np.random.default_rng(0).random(400) / 20
    assert kstest(spread, "uniform").pvalue > 0.01
    assert np.mean(np.array(ranks) <= 0.05) < 0.08
