"""What permuting changes, and what it leaves."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.comparison.controls import permute_expression, permute_labels, permute_priors
from gpdht.data.toy import toy
from gpdht.pairs.candidates import make_pairs

SETS = st.builds(
    toy,
    genes=st.integers(30, 50),
    tfs=st.integers(2, 8),
    cells=st.just(12),
    seed=st.integers(0, 20),
)
SEEDS = st.integers(0, 1000)


@settings(max_examples=25, deadline=None)
@given(dataset=SETS, seed=SEEDS)
def test_permuted_labels_keep_the_candidates_and_each_tfs_number_of_edges(dataset, seed):
    changed = permute_labels(dataset, seed=seed)
    before, after = make_pairs(dataset), make_pairs(changed)
    np.testing.assert_array_equal(before.tf_P, after.tf_P)
    np.testing.assert_array_equal(before.target_P, after.target_P)
    assert before.universe == after.universe
    assert Counter(dataset.net["source"]) == Counter(changed.net["source"])
    for tf in np.unique(before.tf_P):
        at = before.tf_P == tf
        assert before.label_P[at].sum() == after.label_P[at].sum()
    assert not changed.net.duplicated(["source", "target"]).any()
    assert (changed.net["source"] != changed.net["target"]).all()
    assert set(changed.net["target"]) <= set(dataset.genes.tolist())
    assert changed.matrix_fingerprint == dataset.matrix_fingerprint


@settings(max_examples=25, deadline=None)
@given(dataset=SETS, seed=SEEDS)
def test_permuted_expression_gives_each_gene_another_genes_profile_and_keeps_the_net(dataset, seed):
    changed = permute_expression(dataset, seed=seed)
    before, after = dataset.expression.toarray(), changed.expression.toarray()
    assert sorted(map(tuple, before.T)) == sorted(map(tuple, after.T))
    profiles = [tuple(column) for column in before.T]
    unique = [gene for gene, profile in enumerate(profiles) if profiles.count(profile) == 1]
    assert all(tuple(after[:, gene]) != profiles[gene] for gene in unique)
    assert changed.net.equals(dataset.net)
    assert changed.genes.tolist() == dataset.genes.tolist()
    pairs, same = make_pairs(dataset), make_pairs(changed)
    np.testing.assert_array_equal(pairs.label_P, same.label_P)
    assert changed.expression.has_sorted_indices
    assert changed.expression.dtype == np.float32


@settings(max_examples=15, deadline=None)
@given(dataset=SETS, seed=SEEDS, density=st.floats(0.1, 0.6))
def test_permuted_priors_keep_every_genes_number_of_edges(dataset, seed, density):
    dataset = with_prior(dataset, density)
    (before,), (after,) = dataset.priors, permute_priors(dataset, seed=seed).priors
    for end in ("source", "target"):
        assert Counter(before.edges[end]) == Counter(after.edges[end])
    assert (after.edges["source"] != after.edges["target"]).all()
    assert not after.edges.duplicated(["source", "target"]).any()
    for tf, edges in before.edges.groupby("source"):
        there = after.edges[after.edges["source"] == tf]
        assert Counter(edges["weight"]) == Counter(there["weight"])


def with_prior(dataset, density):
    rng = np.random.default_rng(0)
    genes = [*dataset.genes.tolist(), "outside"]
    pairs = [(t, g) for t in dataset.tfs for g in genes if t != g and rng.random() < density]
    pairs += [(dataset.tfs[0], "outside")]
    edges = pd.DataFrame(pairs, columns=["source", "target"]).drop_duplicates()
    return dataset.with_priors({"p": edges.assign(weight=rng.choice([-1.0, 0.5, 2.0], len(edges)))})


def test_permuted_priors_are_another_network():
    dataset = with_prior(toy(genes=40, tfs=6, cells=12), 0.4)
    (before,), (after,) = dataset.priors, permute_priors(dataset, seed=0).priors
    edges = [set(zip(p.edges["source"], p.edges["target"], strict=True)) for p in (before, after)]
    assert len(edges[0] & edges[1]) < 0.7 * len(edges[0])


def test_equal_seeds_permute_alike_and_others_do_not():
    dataset = toy(genes=40, tfs=5, cells=20)
    for permute in (permute_labels, permute_expression):
        assert permute(dataset, seed=3).fingerprint == permute(dataset, seed=3).fingerprint
        assert permute(dataset, seed=3).fingerprint != permute(dataset, seed=4).fingerprint


def test_a_tfs_labels_are_drawn_evenly_from_its_candidates():
    dataset = toy(genes=30, tfs=2, cells=12)
    tf = dataset.known_tfs[0]
    edges = int((dataset.net["source"] == tf).sum())
    drawn: Counter = Counter()
    for seed in range(400):
        net = permute_labels(dataset, seed=seed).net
        drawn.update(net.loc[net["source"] == tf, "target"])
    expected = 400 * edges / 29
    assert len(drawn) == 29
    assert max(abs(count - expected) for count in drawn.values()) < 5 * np.sqrt(expected)
