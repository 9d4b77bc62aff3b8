"""Signs of edges, worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.data.dataset import Dataset
from gpdht.errors import DataError
from gpdht.network.edge_signs import add_signs

EDGES = pd.DataFrame(
    {
        "source": ["T", "T", "S", "T", "S"],
        "target": ["up", "down", "up", "flat", "T"],
        "weight": np.array([0.9, 0.8, 0.7, 0.6, 0.5], dtype=np.float32),
    }
)


def cells(net):
    """T rises with `up`, falls with `down`; `flat` is constant; S is high where `up` is low."""
    expression = pd.DataFrame(
        {
            "T": [0.0, 1, 2, 3],
            "S": [3.0, 3, 0, 0],
            "up": [1.0, 2, 4, 5],
            "down": [3.0, 2, 1, 0],
            "flat": [0.7, 0.7, 0.7, 0.7],
        },
        index=["a", "b", "c", "d"],
    )
    return Dataset.from_frame(expression, pd.DataFrame(net), orientation="cells", name="by hand")


def test_the_sign_of_the_correlation_over_cells_and_none_for_a_constant_gene():
    dataset = cells({"source": ["T"], "target": ["up"]})
    signed = add_signs(EDGES, dataset, by="correlation")
    assert signed["target"].tolist() == ["up", "down", "up", "T"]
    assert signed["sign"].tolist() == [1, -1, -1, -1]
    assert signed["weight"].tolist() == pytest.approx([0.9, -0.8, -0.7, -0.5])
    assert signed["weight"].dtype == np.float32


def test_a_correlation_is_that_of_numpy():
    rng = np.random.default_rng(0)
    names = [f"g{i}" for i in range(12)]
    matrix = rng.poisson(1.0, (30, 12)) * rng.random((30, 12)) + np.array([5.0, *[0] * 11])
    frame = pd.DataFrame(matrix, columns=names, index=[f"c{i}" for i in range(30)])
    net = pd.DataFrame({"source": ["g0"], "target": ["g1"]})
    dataset = Dataset.from_frame(frame, net, orientation="cells")
    pairs = [(a, b) for a in names[:3] for b in names if a != b]
    edges = pd.DataFrame(pairs, columns=["source", "target"]).assign(weight=1.0)
    expected = np.sign(frame.corr().to_numpy())
    signed = add_signs(edges, dataset, by="correlation")
    assert len(signed) == len(edges)
    for row in signed.itertuples():
        assert row.sign == expected[names.index(row.source), names.index(row.target)]


def test_the_sign_of_the_known_edge_and_pairs_that_are_not_known_are_left_out():
    net = {"source": ["T", "T", "S"], "target": ["up", "down", "T"], "weight": [0.2, -3, 1]}
    signed = add_signs(EDGES, cells(net), by="known")
    assert list(zip(signed["source"], signed["target"], signed["sign"], strict=True)) == [
        ("T", "up", 1),
        ("T", "down", -1),
        ("S", "T", 1),
    ]
    assert signed["weight"].tolist() == pytest.approx([0.9, -0.8, 0.5])


@pytest.mark.parametrize(
    "net",
    [
        {"source": ["T"], "target": ["up"]},
        {"source": ["T", "S"], "target": ["up", "T"], "weight": [0.5, 2.0]},
    ],
)
def test_known_edges_without_signs_are_refused(net):
    with pytest.raises(DataError, match=r"0 of \d known edges of by hand .* no signs.*correlation"):
        add_signs(EDGES, cells(net), by="known")


def test_what_has_signs_gets_none():
    dataset = cells({"source": ["T"], "target": ["up"]})
    signed = add_signs(EDGES, dataset, by="correlation")
    with pytest.raises(DataError, match="have signs already"):
        add_signs(signed, dataset, by="correlation")


def test_a_target_that_is_not_among_the_cells_genes_has_no_sign():
    dataset = cells({"source": ["T"], "target": ["up"]})
    edges = pd.DataFrame({"source": ["T", "X"], "target": ["other", "up"], "weight": [0.5, 0.4]})
    assert add_signs(edges, dataset, by="correlation").empty
