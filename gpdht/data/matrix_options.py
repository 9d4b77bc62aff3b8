"""What users say about a matrix: which values, which cells, which names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gpdht.data.problems import check_choice
from gpdht.errors import DataError

Duplicates = Literal["error", "sum", "first"]
Normalize = Literal["auto", "none", "log1p"]


@dataclass(frozen=True)
class MatrixOptions:
    """How an expression matrix is read.

    Parameters
    ----------
    layer : taken instead of `X` (AnnData, loom).
    use_raw : take AnnData's `raw` instead of `X`.
    gene_names : a column beside the genes (AnnData's `var`, a column of text) with their names.
    cells : an expression over what is known of cells (AnnData's `obs`), as in
        ``cell_type == "HSC" and n_genes > 500``; the others are left out.
    duplicates : what becomes of genes of one name: refused, summed, or the first is kept.
    normalize : ``auto`` normalises counts (10,000 per cell, log1p) and says so; ``none`` keeps all
        values, ``log1p`` normalises any.

    Raises
    ------
    DataError
        If a choice is unknown.
    """

    layer: str | None = None
    use_raw: bool = False
    gene_names: str | None = None
    cells: str | None = None
    duplicates: Duplicates = "error"
    normalize: Normalize = "auto"

    def __post_init__(self) -> None:
        check_choice("duplicates", self.duplicates, Duplicates)
        check_choice("normalize", self.normalize, Normalize)
        if self.use_raw and self.layer is not None:
            raise DataError(
                f'layer "{self.layer}" and raw values were asked for; expected one of them. Leave '
                "out --layer or --use-raw."
            )

    def of_other_sets(self) -> MatrixOptions:
        """What holds for every set; layers, names and cells are one matrix's own."""
        return MatrixOptions(duplicates=self.duplicates, normalize=self.normalize)


AS_STORED = MatrixOptions()
"""What is read where nothing is said: X, all cells, counts normalised."""
