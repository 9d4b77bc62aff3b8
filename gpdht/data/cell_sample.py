"""A part of the cells, for matrices of more than can be worked on."""

from __future__ import annotations

import numpy as np

from gpdht.data.matrices import Matrix
from gpdht.data.problems import Problem

SEED = 0


def draw_cells(matrix: Matrix, most: int | None) -> Matrix:
    """At most so many cells, each set of that size equally likely, in their order; all for None.

    Equal matrices give equal cells.

    Parameters
    ----------
    matrix : cells × genes.
    """
    total = len(matrix.rows)
    if most is None or most >= total:
        return matrix
    chosen = np.sort(np.random.default_rng(SEED).choice(total, most, replace=False))
    found = f"{matrix.where}: {most} of {total} cells were drawn uniformly (seed {SEED})"
    return matrix.pick(rows=chosen).with_problem(Problem("note", found, "As --max-cells says."))
