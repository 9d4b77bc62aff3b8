"""Counts are recognised however small, and normalised unless that is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from gpdht.data.dataset import Dataset
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.normalise import ValueSummary, log_normalised
from gpdht.data.source import open_dataset
from gpdht.data.toy import toy
from gpdht.errors import DataError

NET = pd.DataFrame({"source": ["a"], "target": ["b"]})


def by_hand(counts: np.ndarray) -> np.ndarray:
    """log(1 + 10,000 x / sum of the cell), cell by cell."""
    found = np.zeros(counts.shape)
    for i, cell in enumerate(counts):
        for j, value in enumerate(cell):
            found[i, j] = np.log(1 + 10_000 * value / sum(cell)) if sum(cell) else 0
    return found


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([0.7, 1.4, 6.5], "log"),
        ([1, 2, 3.5], "log"),
        ([1, 2, 101], "counts"),
        ([5, 5, 15, 15, 20], "whole"),
        ([1] * 9 + [2] * 4 + [3] * 2 + [6], "counts"),
        ([1] * 9 + [2] * 4 + [3] * 2 + [5], "whole"),
        ([1, 1, 1], "whole"),
        ([1] * 9 + [2] * 4, "whole"),
        ([1, 2, 3] * 4, "whole"),
        ([3, 3, 3, 2, 2, 1], "whole"),
        ([0.5, 60], "linear"),
        ([1, 2, 500], "counts"),
    ],
)
def test_a_scale_is_told_from_all_values(values, scale):
    assert ValueSummary.of(np.array(values, dtype=np.float32)).scale == scale


@pytest.mark.parametrize("rate", [0.8, 2, 20])
def test_shallow_and_deep_counts_are_counts(rate):
    values = np.random.default_rng(3).poisson(rate * np.random.default_rng(4).gamma(0.6, 1, 4000))
    assert ValueSummary.of(values[values > 0].astype(np.float32)).scale == "counts"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=6))
def test_normalising_is_what_the_equation_says(cells):
    counts = np.array(cells, dtype=np.float32)
    found = log_normalised(sparse.csr_matrix(counts)).toarray()
    assert np.allclose(found, by_hand(counts), rtol=1e-6)


COUNTS = np.array([[5, 1, 0], [200, 3, 2], [1, 1, 1]], dtype=float)


def opened(values, **options) -> Dataset:
    frame = pd.DataFrame(values, index=["c1", "c2", "c3"], columns=["a", "b", "c"])
    return Dataset.from_frame(frame, NET, matrix_options=MatrixOptions(**options))


def test_counts_are_normalised_with_a_notice():
    found = opened(COUNTS)
    assert np.allclose(found.expression.toarray(), by_hand(COUNTS))
    (problem,) = found.problems
    assert problem.severity == "repaired"
    assert "the values are counts, all whole, not log-normalised (highest 200)" in problem.found
    assert "normalised to 10,000 per cell, then log1p" in problem.found
    assert "--normalize none keeps" in problem.remedy


def test_linear_values_are_normalised_with_a_notice():
    found = opened(COUNTS * 10.5)
    assert np.allclose(found.expression.toarray(), by_hand(COUNTS))
    assert "not log-normalised (highest 2100; expected about 10)" in found.problems[0].found


def test_counts_can_be_kept_and_are_doubted():
    found = opened(COUNTS, normalize="none")
    assert np.array_equal(found.expression.toarray(), COUNTS)
    (problem,) = found.problems
    assert problem.severity == "warning"
    assert "they were kept as they are" in problem.found


@pytest.mark.parametrize("values", [COUNTS > 1, np.minimum(COUNTS, 2)])
def test_levels_and_ones_are_kept_and_what_they_are_is_asked(values):
    values = np.asarray(values, dtype=float)
    found = opened(values)
    assert np.array_equal(found.expression.toarray(), values)
    doubt = next(item for item in found.problems if "whole" in item.found)
    assert doubt.severity == "warning"
    assert "counts, levels, or 0 and 1" in doubt.found
    assert "Pass --normalize log1p if they are counts" in doubt.remedy
    told = opened(values, normalize="none").problems
    assert [item.severity for item in told if "whole" in item.found] == ["note"]
    forced = opened(values, normalize="log1p")
    assert np.allclose(forced.expression.toarray(), by_hand(values))


def test_normalising_logarithms_again_is_done_when_asked_for_and_doubted():
    logs = np.log1p(COUNTS)
    found = opened(logs, normalize="log1p")
    assert np.allclose(found.expression.toarray(), by_hand(logs))
    assert "look log-normalised already" in found.problems[0].found
    assert opened(logs).problems == ()


def test_the_toy_is_left_as_it_is(tmp_path):
    data = toy()
    data.adata.write_h5ad(tmp_path / "toy.h5ad")
    data.net.to_csv(tmp_path / "net.csv", index=False)
    found = open_dataset(tmp_path / "toy.h5ad", net=tmp_path / "net.csv")
    assert (found.fingerprint, found.problems) == (data.fingerprint, ())


def test_an_unknown_choice_is_refused():
    with pytest.raises(DataError, match='normalize "yes" is unknown; use one of auto, none, log1p'):
        MatrixOptions(normalize="yes")
