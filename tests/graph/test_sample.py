"""A sample of the cells: a part of the same data, always the same part."""

from __future__ import annotations

import numpy as np

from gpdht.data.toy import toy
from gpdht.graph.sample import sample_cells


def test_a_sample_keeps_whole_cells_in_their_order_and_is_the_same_every_time():
    dataset = toy(genes=30, tfs=4, cells=50, seed=0)
    sample = sample_cells(dataset, 20)
    assert sample.num_cells == len(set(sample.cells)) == 20
    position = {cell: i for i, cell in enumerate(dataset.cells.tolist())}
    at = [position[cell] for cell in sample.cells.tolist()]
    assert at == sorted(at)
    np.testing.assert_array_equal(
        sample.expression.toarray(), dataset.expression.toarray()[np.array(at)]
    )
    assert sample.genes is dataset.genes
    assert sample_cells(dataset, 20).fingerprint == sample.fingerprint


def test_enough_room_for_all_cells_changes_nothing():
    dataset = toy(genes=30, tfs=4, cells=50, seed=0)
    assert sample_cells(dataset, None) is dataset
    assert sample_cells(dataset, 50) is dataset


def test_the_sample_is_drawn_once_per_dataset_and_size():
    dataset = toy(genes=30, tfs=4, cells=50, seed=0)
    assert sample_cells(dataset, 20) is sample_cells(dataset, 20)
    assert sample_cells(dataset, 30).num_cells == 30
