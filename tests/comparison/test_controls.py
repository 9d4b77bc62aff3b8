"""What permuting changes, and what it leaves."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.comparison.controls import permute_expression, permute_labels
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
