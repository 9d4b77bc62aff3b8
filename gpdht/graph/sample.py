"""A sample of the cells, where a graph over all of them would not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gpdht.data.dataset import Dataset
from gpdht.data.derived import once


def sample_cells(dataset: Dataset, max_cells: int | None) -> Dataset:
    """The dataset with at most `max_cells` cells, drawn without replacement, in their order.

    The same data give the same sample: folds, trials and replicates share it.
    """
    if max_cells is None or dataset.num_cells <= max_cells:
        return dataset

    def draw() -> Dataset:
        drawn = np.random.default_rng(0).choice(dataset.num_cells, max_cells, replace=False)
        kept = np.sort(drawn)
        return replace(dataset, expression=dataset.expression[kept], cells=dataset.cells[kept])

    return once(dataset, "sampled cells", draw, settings=max_cells)
