"""The genes that BEELINE's published protocol keeps: TFs and the most variable of the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.data.symbols import Symbols, spell
from gpdht.data.tables import MISSING, exact_numbers, read_strings
from gpdht.errors import DataError
from gpdht.presentation import count

P_VALUE, VARIANCE = "VGAMpValue", "Variance"


@dataclass(frozen=True)
class Selection:
    """The genes kept: `tfs` by rising p-value, then `others` by falling variance.

    `threshold` is the corrected p-value that all of them are below; `passing` counts the genes
    that are, kept or not.
    """

    tfs: list[str]
    others: list[str]
    threshold: float
    passing: int

    @property
    def genes(self) -> list[str]:
        return [*self.tfs, *self.others]


def select_genes(
    ordering: pd.DataFrame, tfs: Collection[str], *, number: int, p_value: float = 0.01
) -> Selection:
    """All TFs that vary along pseudotime, and the `number` most variable of the other such genes.

    A gene varies if its p-value is below `p_value` divided by the number of genes (Bonferroni; a
    p-value equal to that does not pass). If fewer than `number` others do, all are taken. Equal
    variances are ordered by p-value, then by name, so the order of the rows does not matter.

    Parameters
    ----------
    ordering : one row per gene, its name in the index, with `VGAMpValue` and `Variance`; a missing
        p-value does not pass, a missing variance comes last.
    tfs : names of the TF list.

    Raises
    ------
    DataError
        If `number` is negative or `p_value` is not in (0, 1].
    """
    if number < 0 or not 0 < p_value <= 1:
        raise DataError(
            f"number={number}, p_value={p_value:g}; it takes a number of genes ≥ 0 and "
            "0 < p-value ≤ 1."
        )
    threshold = p_value / max(len(ordering), 1)
    passing = ordering[ordering[P_VALUE] < threshold].rename_axis("gene").reset_index()
    passing = passing.sort_values([P_VALUE, "gene"])
    is_tf = passing["gene"].isin(set(tfs))
    others = passing[~is_tf].sort_values(VARIANCE, ascending=False, kind="stable")
    return Selection(
        tfs=passing.loc[is_tf, "gene"].tolist(),
        others=others["gene"].tolist()[:number],
        threshold=threshold,
        passing=len(passing),
    )


def read_ordering(path: Path, *, symbols: Symbols = "exact") -> pd.DataFrame:
    """BEELINE's gene ordering: `VGAMpValue, Variance` per gene, float64, in the file's order.

    Raises
    ------
    DataError
        If a column is missing, a value is no number, or a gene occurs twice.
    """
    table = read_strings(path)
    header, body = table.iloc[0].tolist(), table.iloc[1:]
    columns = {}
    for name in (P_VALUE, VARIANCE):
        if name not in header[1:]:
            raise DataError(
                f'{path}: no column "{name}" in the header "{", ".join(header)[:80]}"; expected '
                f"gene names and then {P_VALUE}, {VARIANCE}. Give BEELINE's GeneOrdering.csv."
            )
        columns[name] = _to_numbers(body[header.index(name)], f"{path}, {name}")
    genes = pd.Series(spell(body[0], symbols), dtype=object)
    repeated = genes[genes.duplicated()]
    if not repeated.empty:
        case = " (in upper case)" if symbols == "upper" else ""
        raise DataError(
            f"{path}: {count(len(repeated), 'gene occurs', 'genes occur')} more than once, e.g. "
            f'"{repeated.iloc[0]}"{case}; expected each once. Remove the others.'
        )
    return pd.DataFrame(columns).set_axis(pd.Index(genes), axis=0)


def _to_numbers(text: pd.Series, where: str) -> np.ndarray:
    numbers = exact_numbers(text)
    wrong = text[np.isnan(numbers) & ~text.str.lower().isin(MISSING)]
    if not wrong.empty:
        no_numbers = count(len(wrong), "value is no number", "values are no numbers")
        raise DataError(
            f'{where}: {no_numbers}, e.g. "{wrong.iloc[0]}"; expected a decimal point and no text. '
            "Remove or correct these lines."
        )
    return numbers
