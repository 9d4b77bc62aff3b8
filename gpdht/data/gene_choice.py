"""The genes that are kept of a matrix with more than can be worked on: TFs, and the most variable.

As BEELINE chooses its 500 or 1,000 genes, but by the variance over cells in place of that along
pseudotime, and with the TFs counted in. The matrix is read a block at a time, three times; how it
is cut changes nothing, not even in the last digit, as all sums run in the same order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.expression import as_csr, check_any, check_values
from gpdht.data.matrices import Matrix
from gpdht.data.matrix_options import Normalize
from gpdht.data.normalise import ValueSummary, decide, log_normalised
from gpdht.data.problems import Problem
from gpdht.data.stored import Values, blocks_of
from gpdht.errors import DataError

Blocks = Iterator[tuple[np.ndarray, np.ndarray, sparse.csr_matrix]]


def choose_genes(
    matrix: Matrix, tfs: Collection[str], most: int, normalize: Normalize
) -> tuple[Matrix, list[Problem]]:
    """The matrix with the genes that are kept, in their order, normalised; and what is to be said.

    Kept are the TFs that any cell expresses, then the genes of highest variance over the cells
    after normalisation, the first of equal ones, until there are `most`.

    Parameters
    ----------
    matrix : cells × genes, each name once; in memory, or in a file.
    tfs : those with known edges.
    normalize : as `MatrixOptions`; cells are brought to 10,000 over all of their genes.

    Raises
    ------
    DataError
        If values cannot be used, or more TFs than `most` are expressed.
    """
    summary, total_C = _look(matrix)
    wanted, scaled = decide(summary, normalize, matrix.where)
    totals = total_C if wanted else None
    variance_G = _variance(_scaled(matrix.values, totals), matrix.values.shape)
    is_tf = np.isin(matrix.columns, list(tfs)) & (variance_G >= 0)
    at = _places(variance_G, is_tf, most)
    picked = matrix.pick(columns=at)
    values = _gather(_scaled(picked.values, totals), picked.values.shape)
    found = replace(picked, values=values)
    if len(at) == len(matrix.columns):
        return found, scaled
    return found, [*scaled, _said(matrix, int(is_tf.sum()), len(at))]


def restrict_net(
    net: pd.DataFrame, genes: Sequence[str], where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges between genes that were kept, and how many these are.

    Raises
    ------
    DataError
        If there were some, and none is left.
    """
    inside = net["source"].isin(genes) & net["target"].isin(genes)
    if inside.all():
        return net, []
    found = f"{where}: {inside.sum()} of {len(net)} edges are between genes that --max-genes kept"
    if not inside.any():
        raise DataError(f"{found}; expected some. Raise --max-genes.")
    note = Problem("note", found, "Raise --max-genes to keep more targets.")
    return net[inside].reset_index(drop=True), [note]


def _look(matrix: Matrix) -> tuple[ValueSummary, np.ndarray]:
    """What the values are, and their sum in each cell."""
    summary, total_C = ValueSummary(), np.zeros(len(matrix.rows))
    for rows, columns, block in _blocks(matrix.values):
        names = [matrix.rows[i] for i in rows], [matrix.columns[i] for i in columns]
        check_values(replace(matrix, values=block, rows=names[0], columns=names[1]))
        summary = summary + ValueSummary.of(block.data)
        np.add.at(total_C, _rows_of(rows, block), block.data.astype(np.float64))
    check_any(summary.highest > 0, matrix)
    return summary, total_C


def _scaled(values: Values, total_C: np.ndarray | None) -> Blocks:
    """The blocks, normalised if cells' totals are given."""
    for rows, columns, block in _blocks(values):
        scaled = block if total_C is None else log_normalised(block, total_C[rows])
        yield rows, columns, scaled


def _blocks(values: Values) -> Blocks:
    for rows, columns, block in blocks_of(values):
        yield rows, columns, as_csr(block)


def _variance(blocks: Blocks, shape: tuple[int, int]) -> np.ndarray:
    """Population variance of each gene over all cells, (G,); −1 where no cell expresses it."""
    cells, genes = shape
    sum_G, square_G = np.zeros(genes), np.zeros(genes)
    for _, columns, block in blocks:
        gene, value = columns[block.indices], block.data.astype(np.float64)
        np.add.at(sum_G, gene, value)
        np.add.at(square_G, gene, value**2)
    variance_G = np.maximum(square_G / cells - (sum_G / cells) ** 2, 0)
    return np.where(sum_G > 0, variance_G, -1.0)


def _places(variance_G: np.ndarray, is_tf: np.ndarray, most: int) -> np.ndarray:
    """Ascending places of the TFs and of the most variable others."""
    if most >= len(is_tf):
        return np.arange(len(is_tf))
    tfs = np.flatnonzero(is_tf)
    if len(tfs) > most:
        raise DataError(
            f"--max-genes {most}: {len(tfs)} TFs of the edge list are expressed, and all of them "
            f"are kept. Pass --max-genes {2 * len(tfs)} or more, to leave room for targets."
        )
    others = np.argsort(-variance_G, kind="stable")
    others = others[~is_tf[others]]
    return np.sort(np.concatenate([tfs, others[: most - len(tfs)]]))


def _gather(blocks: Blocks, shape: tuple[int, int]) -> sparse.csr_matrix:
    found = [
        (block.data, _rows_of(rows, block), cols[block.indices]) for rows, cols, block in blocks
    ]
    data, row, column = (np.concatenate(part) for part in zip(*found, strict=True))
    return as_csr(sparse.csr_matrix((data, (row, column)), shape))


def _rows_of(rows: np.ndarray, block: sparse.csr_matrix) -> np.ndarray:
    """The row of each value."""
    return np.repeat(rows, np.diff(block.indptr))


def _said(matrix: Matrix, tfs: int, kept: int) -> Problem:
    found = (
        f"{matrix.where}: {kept} of {len(matrix.columns)} genes were kept, {tfs} TFs with known "
        f"edges and the {kept - tfs} of highest variance over {len(matrix.rows)} cells"
    )
    return Problem("note", found, "As --max-genes says.")
