"""Which axis of a matrix holds the genes."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import get_args

from gpdht.data.matrices import Matrix, Orientation
from gpdht.errors import DataError

logger = logging.getLogger(__name__)


def orient(matrix: Matrix, net_genes: set[str], orientation: Orientation) -> Matrix:
    """The matrix as cells × genes.

    Parameters
    ----------
    orientation : ``auto`` looks which axis has genes of the net; ``genes`` and ``cells`` say what
        the rows are.

    Raises
    ------
    DataError
        If ``auto`` finds genes of the net on both axes, or on neither.
    """
    if orientation not in get_args(Orientation):
        known = ", ".join(get_args(Orientation))
        raise DataError(f'orientation "{orientation}" is unknown; use one of {known}.')
    rows_are = orientation if orientation != "auto" else matrix.rows_are
    if rows_are == "auto":
        rows_are = _guess(matrix, net_genes)
        logger.info("%s: rows are %s", matrix.path, rows_are)
    return replace(matrix if rows_are == "cells" else matrix.transposed(), rows_are="cells")


def _guess(matrix: Matrix, net_genes: set[str]) -> Orientation:
    in_rows = [name for name in matrix.rows if name in net_genes]
    in_columns = [name for name in matrix.columns if name in net_genes]
    if in_rows and in_columns:
        raise DataError(
            f"{matrix.path.name}: {len(in_rows)} row names and {len(in_columns)} column names are "
            f'genes of the edge list (e.g. "{in_rows[0]}", "{in_columns[0]}"); expected them on '
            "one axis. Pass --orientation genes (rows are genes) or --orientation cells."
        )
    if not in_rows and not in_columns:
        raise DataError(_no_overlap(matrix, net_genes))
    return "genes" if in_rows else "cells"


def _no_overlap(matrix: Matrix, net_genes: set[str]) -> str:
    upper = {name.upper(): name for name in (*matrix.columns, *matrix.rows)}
    gene = next((gene for gene in sorted(net_genes) if gene.upper() in upper), None)
    found = (
        f"{matrix.path.name}: 0 of {len(net_genes)} genes of the edge list are genes of the "
        "expression matrix"
    )
    if gene is not None:
        return (
            f'{found} (e.g. "{gene}"; the matrix has "{upper[gene.upper()]}"). '
            "Pass --symbols upper."
        )
    return (
        f'{found} (e.g. "{min(net_genes)}"; the matrix has rows like "{matrix.rows[0]}", columns '
        f'like "{matrix.columns[0]}"). Give both in the same kind of gene names, in the first '
        "line and the first column."
    )
