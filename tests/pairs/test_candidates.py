from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy
from gpdht.errors import ConfigError, DataError
from gpdht.pairs.candidates import draw_negatives, jointly_high, make_pairs


def dataset_of(edges: list[tuple[str, str]], genes: str = "ABCDE") -> Dataset:
    rng = np.random.default_rng(0)
    net = pd.DataFrame(edges, columns=["source", "target"], dtype=object)
    return Dataset(
        expression=sparse.csr_matrix(rng.random((10, len(genes)), dtype=np.float32)),
        cells=np.array([f"c{i}" for i in range(10)]),
        genes=np.array(list(genes)),
        net=net,
        tfs=np.array(sorted(set(net["source"]))),
        name="small",
    )


def test_the_candidate_pairs_are_every_known_tf_with_every_other_gene_in_order():
    pairs = make_pairs(dataset_of([("D", "A"), ("B", "D"), ("B", "C")]))
    expected = [(t, g) for t in (1, 3) for g in range(5) if t != g]
    assert list(zip(pairs.tf_P.tolist(), pairs.target_P.tolist(), strict=True)) == expected
    assert pairs.label_P.tolist() == [0, 1, 1, 0, 1, 0, 0, 0]
    assert pairs.universe == "known TFs × genes, no self pairs, all negatives"
    assert (pairs.tf_P.dtype, pairs.label_P.dtype) == (np.int32, np.int8)


def test_a_listed_tf_without_a_known_edge_makes_no_pairs():
    data = replace(dataset_of([("B", "C")]), tfs=np.array(["B", "E"]))
    assert set(make_pairs(data).tf_P.tolist()) == {1}


def test_jointly_high_counts_cells_like_a_double_loop():
    data = toy(genes=40, tfs=4, cells=30, seed=5)
    pairs = make_pairs(data)
    x = data.expression.toarray().astype(float)
    expected = []
    for tf, target in zip(pairs.tf_P, pairs.target_P, strict=True):
        both = 0
        for cell in range(30):
            high = [x[cell, g] > x[x[:, g] > 0, g].mean() for g in (tf, target)]
            both += all(high)
        expected.append(both / 30 >= 0.1)
    found = jointly_high(data.expression, pairs.tf_P, pairs.target_P, share=0.1)
    assert found.tolist() == expected
    assert 0 < found.sum() < len(found)


def test_co_occurrence_leaves_the_shared_matrix_untouched():
    parts = toy().parts()
    for array in parts.values():
        array.flags.writeable = False
    pairs = make_pairs(Dataset.from_parts(parts), negatives="cooccurrence")
    assert 0 < pairs.label_P.sum() < len(pairs)


def test_co_occurrence_keeps_all_positives_and_draws_the_ratio():
    data = toy()
    full, part = make_pairs(data), make_pairs(data, negatives="cooccurrence", ratio=1, seed=2)
    positives = full.label_P.sum()
    assert part.label_P.sum() == positives
    assert (part.label_P == 0).sum() == positives
    assert "up to 1 negatives per positive, drawn with seed 2" in part.universe
    kept = set(zip(part.tf_P.tolist(), part.target_P.tolist(), strict=True))
    assert kept <= set(zip(full.tf_P.tolist(), full.target_P.tolist(), strict=True))


def test_sampled_negatives_follow_the_seed():
    first, again, other = (
        make_pairs(toy(), negatives="cooccurrence", ratio=1, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.target_P, again.target_P)
    assert not np.array_equal(first.target_P, other.target_P)


def test_all_negatives_are_kept_if_there_are_fewer_than_asked_for():
    label_P = np.array([1, 0, 0, 1, 0])
    dropped_P = np.array([False, True, False, False, False])
    assert draw_negatives(label_P, dropped_P, ratio=5, seed=0).tolist() == [0, 2, 3, 4]


def test_a_net_that_holds_every_pair_is_refused():
    data = dataset_of([("A", gene) for gene in "BCDE"])
    with pytest.raises(DataError, match=r"4 of 4 .* \(e\.g\. A → B\) .* give only the edges"):
        make_pairs(data)


def test_an_empty_net_is_refused():
    with pytest.raises(DataError, match="0 of 0 candidate pairs are known edges"):
        make_pairs(dataset_of([]))


def test_a_share_that_drops_every_negative_is_refused():
    with pytest.raises(DataError, match=r"less than 0 % of cells; raise pairs\.cooccurrence"):
        make_pairs(toy(), negatives="cooccurrence", cooccurrence=0.0)


def test_an_unknown_rule_for_negatives_is_refused():
    with pytest.raises(ConfigError, match=r'pairs\.negatives="some"'):
        make_pairs(toy(), negatives="some")
