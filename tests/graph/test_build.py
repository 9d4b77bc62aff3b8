"""The graph against plain loops over its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpdht.config import GraphConfig
from gpdht.data.toy import toy
from gpdht.graph.build import build_graph
from gpdht.graph.levels import assign_levels


@pytest.fixture(scope="module")
def dataset():
    return toy(genes=30, tfs=4, cells=25, seed=3)


def level_matrix(dataset, levels: int) -> np.ndarray:
    filled = dataset.expression.copy()
    filled.data = assign_levels(dataset.expression, levels=levels).astype(np.float32)
    return filled.toarray().astype(int)


@pytest.mark.parametrize("encoding", ["uniform", "cumulative"])
def test_every_relation_has_the_edges_of_its_level_in_both_directions(dataset, encoding):
    graph = build_graph(dataset, GraphConfig(levels=5, encoding=encoding))
    level_CG = level_matrix(dataset, 5)
    for k in range(1, 6):
        belongs = level_CG == k if encoding == "uniform" else level_CG >= k
        expected = {(c, g) for c, g in zip(*np.nonzero(belongs), strict=True)}
        forward = graph.data["cell", f"level_{k}", "gene"].edge_index
        backward = graph.data["gene", f"rev_level_{k}", "cell"].edge_index
        assert set(map(tuple, forward.T.tolist())) == expected
        assert {(c, g) for g, c in backward.T.tolist()} == expected
        assert forward.shape[1] == backward.shape[1] == len(expected)


@pytest.mark.parametrize("encoding", ["uniform", "cumulative"])
def test_bags_hold_the_neighbours_of_each_node_under_each_level(dataset, encoding):
    graph = build_graph(dataset, GraphConfig(levels=4, encoding=encoding))
    for bags, destination, source in (
        (graph.to_gene, "gene", "cell"),
        (graph.to_cell, "cell", "gene"),
    ):
        prefix = "level" if destination == "gene" else "rev_level"
        ends = [*bags.offsets.tolist()[1:], len(bags.indices)]
        starts, v_count = bags.offsets.tolist(), graph.data[destination].num_nodes
        for k in range(4):
            edges = graph.data[source, f"{prefix}_{k + 1}", destination].edge_index
            for v in range(v_count):
                rows = bags.indices[starts[k * v_count + v] : ends[k * v_count + v]]
                expected = edges[0][edges[1] == v] + k * graph.data[source].num_nodes
                assert rows.tolist() == sorted(expected.tolist())


def test_the_reconstruction_target_is_the_z_score_of_non_zero_values(dataset):
    graph = build_graph(dataset, GraphConfig(levels=4))
    dense_GC = dataset.expression.toarray().T
    for g in range(dataset.num_genes):
        values = dense_GC[g][dense_GC[g] > 0].astype(float)
        assert graph.mask_GC[g].sum() == len(values)
        if len(values) > 1 and values.std() > 0:
            expected = np.clip((values - values.mean()) / values.std(), -20, 20)
            got = graph.z_GC[g][graph.mask_GC[g]].numpy()
            np.testing.assert_allclose(got, expected, atol=1e-4)
    assert not graph.z_GC[~graph.mask_GC].any()


def test_no_tensor_of_the_graph_shares_memory_with_the_matrix(dataset):
    graph = build_graph(dataset, GraphConfig())
    before = dataset.expression.data.copy()
    for tensor in (graph.z_GC, graph.degree_G, graph.to_gene.indices):
        tensor.zero_()
    assert np.array_equal(before, dataset.expression.data)
    assert isinstance(graph.degree_C, torch.Tensor)
