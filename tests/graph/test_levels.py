"""Levels against a plain loop over values."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from gpdht.graph.levels import assign_levels


def level_by_hand(values: list[float], levels: int) -> list[int]:
    """The paper's rule for the non-zero values of one gene, written out."""
    logs = [math.log(v) for v in values]
    mean = sum(logs) / len(logs)
    sd = math.sqrt(sum((x - mean) ** 2 for x in logs) / len(logs))
    low, high = max(mean - 2 * sd, min(logs)), min(mean + 2 * sd, max(logs))
    width = (high - low) / levels
    if width <= 0:
        return [1] * len(logs)
    return [min(max(math.floor((x - low) / width), 0), levels - 1) + 1 for x in logs]


def test_a_hand_worked_gene_gets_its_levels():
    # logs 0, .5, 1.5, 2.5, 4: mean 1.7, sd 1.43, so L = max(-1.17, 0) = 0, U = min(4.57, 4) = 4
    # and w = 1 for K = 4; the largest value belongs to the last level
    column = np.exp([0.0, 0.5, 1.5, 2.5, 4.0])[:, None]
    assert assign_levels(sparse.csr_matrix(column), levels=4).tolist() == [1, 1, 2, 3, 4]


def test_levels_equal_a_double_loop():
    rng = np.random.default_rng(0)
    dense = rng.gamma(1.0, 2.0, (40, 12)).astype(np.float32) * (rng.random((40, 12)) < 0.6)
    dense[:, 3] = 0
    dense[:, 4] = np.where(dense[:, 4] > 0, 2.5, 0)
    matrix = sparse.csr_matrix(dense)
    got = matrix.copy()
    got.data = assign_levels(matrix, levels=7).astype(np.float32)
    for gene in range(12):
        expressed = dense[:, gene] > 0
        expected = level_by_hand(dense[expressed, gene].tolist(), 7) if expressed.any() else []
        assert got.toarray()[expressed, gene].tolist() == expected


@given(
    st.lists(st.floats(2**-10, 2**10, width=32), min_size=1, max_size=30),
    st.integers(1, 20),
)
def test_levels_stay_between_one_and_k_and_never_fall_with_expression(values, levels):
    column = np.array(values, dtype=np.float32)[:, None]
    got = assign_levels(sparse.csr_matrix(column), levels=levels)
    assert got.min() >= 1
    assert got.max() <= levels
    order = np.argsort(values, kind="stable")
    assert (np.diff(got[order]) >= 0).all()
