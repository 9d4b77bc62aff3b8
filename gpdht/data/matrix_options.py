"""What users say about a matrix: which values, which cells, which names."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    max_genes : how many genes are kept at most: the TFs with known edges that are expressed, then
        those of highest variance over the cells (after normalisation); see
        `gpdht.data.gene_choice`.
    max_cells : how many cells are kept at most, drawn uniformly after `cells`; the same ones each
        time.

    With one of the last two, files that allow it are read a block at a time, so that only what is
    kept has to fit into memory.

    Raises
    ------
    DataError
        If a choice is unknown, or a number below 1.
    """

    layer: str | None = None
    use_raw: bool = False
    gene_names: str | None = None
    cells: str | None = None
    duplicates: Duplicates = "error"
    normalize: Normalize = "auto"
    max_genes: int | None = None
    max_cells: int | None = None

    def __post_init__(self) -> None:
        check_choice("duplicates", self.duplicates, Duplicates)
        check_choice("normalize", self.normalize, Normalize)
        if self.use_raw and self.layer is not None:
            raise DataError(
                f'layer "{self.layer}" and raw values were asked for; expected one of them. Leave '
                "out --layer or --use-raw."
            )
        for option, most in (("--max-genes", self.max_genes), ("--max-cells", self.max_cells)):
            if most is not None and most < 1:
                raise DataError(f"{option} {most}: expected a number ≥ 1.")

    @property
    def is_partial(self) -> bool:
        """Whether only a part of large matrices is kept."""
        return self.max_genes is not None or self.max_cells is not None

    def of_other_sets(self) -> MatrixOptions:
        """What holds for every set; layers, names and cells are one matrix's own."""
        return replace(self, layer=None, use_raw=False, gene_names=None, cells=None)


AS_STORED = MatrixOptions()
"""What is read where nothing is said: X, all cells, counts normalised."""
