"""The graph against plain loops over its definition."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from gpdht.config import GraphConfig
from gpdht.data.toy import toy
from gpdht.graph.build import NonZeros, build_graph, graph_of, positions
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
        starts, v_count = bags.offsets.tolist(), graph.data[destination].num_nodes
        ends = starts[1:]
        for k in range(4):
            edges = graph.data[source, f"{prefix}_{k + 1}", destination].edge_index
            for v in range(v_count):
                rows = bags.indices[starts[k * v_count + v] : ends[k * v_count + v]]
                expected = edges[0][edges[1] == v] + k * graph.data[source].num_nodes
                assert rows.tolist() == sorted(expected.tolist())


def test_the_reconstruction_target_is_the_z_score_of_non_zero_values(dataset):
    nonzeros = build_graph(dataset, GraphConfig(levels=4)).nonzeros
    dense_CG = dataset.expression.toarray().astype(float)
    expected_CG = np.zeros_like(dense_CG)
    for g in range(dataset.num_genes):
        at = dense_CG[:, g] > 0
        values = dense_CG[at, g]
        if len(values) > 1 and values.std() > 0:
            expected_CG[at, g] = np.clip((values - values.mean()) / values.std(), -20, 20)
    assert nonzeros.shape == dense_CG.T.shape
    assert nonzeros.density == np.mean(dense_CG > 0)
    for c in range(dataset.num_cells):
        here = slice(int(nonzeros.starts_C[c]), int(nonzeros.starts_C[c + 1]))
        assert nonzeros.gene_E[here].tolist() == np.flatnonzero(dense_CG[c]).tolist()
        z = expected_CG[c][dense_CG[c] > 0]
        np.testing.assert_allclose(nonzeros.z_E[here].numpy(), z, atol=1e-4)
    for g in range(dataset.num_genes):
        here = slice(int(nonzeros.starts_G[g]), int(nonzeros.starts_G[g + 1]))
        assert nonzeros.cell_E[here].tolist() == np.flatnonzero(dense_CG[:, g]).tolist()


def test_degrees_count_the_edges_of_all_levels(dataset):
    level_CG = level_matrix(dataset, 6)
    for encoding, edges_CG in (("uniform", level_CG > 0), ("cumulative", level_CG)):
        graph = build_graph(dataset, GraphConfig(levels=6, encoding=encoding))
        assert graph.degree_G.tolist() == edges_CG.sum(axis=0).tolist()
        assert graph.degree_C.tolist() == edges_CG.sum(axis=1).tolist()


def test_a_matrix_with_unsorted_columns_gives_the_same_graph(dataset):
    shuffled = dataset.expression.copy()
    for c in range(dataset.num_cells):
        here = slice(shuffled.indptr[c], shuffled.indptr[c + 1])
        shuffled.indices[here] = shuffled.indices[here][::-1].copy()
        shuffled.data[here] = shuffled.data[here][::-1].copy()
    shuffled.has_sorted_indices = False
    a, b = (
        build_graph(replace(dataset, expression=x), GraphConfig(levels=4))
        for x in (dataset.expression, shuffled)
    )
    for name in ("to_gene", "to_cell"):
        assert torch.equal(getattr(a, name).indices, getattr(b, name).indices)
        assert torch.equal(getattr(a, name).offsets, getattr(b, name).offsets)
    for field in fields(NonZeros):
        assert torch.equal(getattr(a.nonzeros, field.name), getattr(b.nonzeros, field.name))


def test_positions_are_32_bit_until_they_do_not_fit():
    small = np.arange(3)
    assert positions(small, 2**31 - 1).dtype == torch.int32
    assert positions(small, 2**31).dtype == torch.int64


def test_no_tensor_of_the_graph_shares_memory_with_the_matrix(dataset):
    graph = build_graph(dataset, GraphConfig())
    before = [part.copy() for part in csr_parts(dataset)]
    for tensor in (graph.degree_G, graph.to_gene.indices, graph.to_cell.indices):
        tensor.zero_()
    for field in fields(NonZeros):
        getattr(graph.nonzeros, field.name).zero_()
    for part, kept in zip(csr_parts(dataset), before, strict=True):
        assert np.array_equal(part, kept)


def csr_parts(dataset) -> tuple[np.ndarray, ...]:
    return dataset.expression.data, dataset.expression.indices, dataset.expression.indptr


def test_the_graph_of_a_dataset_is_built_once_for_equal_settings(dataset):
    first = graph_of(dataset, GraphConfig(levels=4))
    assert graph_of(dataset, GraphConfig(levels=4)) is first
    assert graph_of(replace(dataset), GraphConfig(levels=4)) is not first
    other = graph_of(dataset, GraphConfig(levels=5))
    assert other.levels == 5
    assert graph_of(dataset, GraphConfig(levels=5)) is other
    again = graph_of(dataset, GraphConfig(levels=4))
    for field in fields(NonZeros):
        assert torch.equal(getattr(again.nonzeros, field.name), getattr(first.nonzeros, field.name))
    assert torch.equal(again.to_gene.indices, first.to_gene.indices)


def test_a_moved_graph_has_all_its_tensors_on_the_device(dataset):
    graph = build_graph(dataset, GraphConfig(levels=4))
    assert graph.data["gene"].num_nodes == 30  # made before the move, and left behind
    moved = graph.to(torch.device("meta"))
    assert moved.levels == 4
    for part in (moved, moved.to_gene, moved.to_cell, moved.nonzeros):
        tensors = [x for x in vars(part).values() if isinstance(x, torch.Tensor)]
        assert tensors
        assert all(tensor.is_meta for tensor in tensors)
