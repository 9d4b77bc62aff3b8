"""Counts: recognised by their values, and made log-normalised expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from gpdht.data.matrix_options import Normalize
from gpdht.data.problems import Problem, Severity

LOG_CEILING = 50.0  # log1p of any count is far below
COUNT_FLOOR = 100.0  # integers up to here may be log2 values or levels
FEW_LEVELS = 5.0
CELL_TOTAL = 1e4

Scale = Literal["log", "counts", "linear", "whole"]


@dataclass(frozen=True)
class ValueSummary:
    """What tells counts from logarithms; of parts of a matrix, `+` gives that of the whole.

    Parameters
    ----------
    highest, whole : the highest value, and whether all are whole numbers.
    ones, twos, threes : how many values are 1, 2, 3.
    """

    highest: float = 0.0
    whole: bool = True
    ones: int = 0
    twos: int = 0
    threes: int = 0

    @classmethod
    def of(cls, values: np.ndarray) -> ValueSummary:
        """That of non-zero values."""
        ones, twos, threes = (int(np.count_nonzero(values == number)) for number in (1, 2, 3))
        whole = bool((values == np.rint(values)).all())
        return cls(float(values.max(initial=0)), whole, ones, twos, threes)

    def __add__(self, other: ValueSummary) -> ValueSummary:
        return ValueSummary(
            max(self.highest, other.highest),
            self.whole and other.whole,
            self.ones + other.ones,
            self.twos + other.twos,
            self.threes + other.threes,
        )

    @property
    def scale(self) -> Scale:
        """Logarithms, counts, another linear scale, or just whole numbers.

        Whole numbers are counts if one is above 100, or one above 5 and 1, 2 and 3 are each rarer
        than the one before, as counts of molecules are; else they may be levels, or 0 and 1.
        """
        if not self.whole:
            return "linear" if self.highest > LOG_CEILING else "log"
        falling = self.highest > FEW_LEVELS and self.ones > self.twos > self.threes > 0
        return "counts" if self.highest > COUNT_FLOOR or falling else "whole"


def normalised(
    expression: sparse.csr_matrix, normalize: Normalize, where: str
) -> tuple[sparse.csr_matrix, list[Problem]]:
    """The matrix as `normalize` says, and what was done or is doubted.

    Parameters
    ----------
    expression : (cells, genes), not negative, at least one value above 0.
    """
    wanted, problems = decide(ValueSummary.of(expression.data), normalize, where)
    return log_normalised(expression) if wanted else expression, problems


def decide(summary: ValueSummary, normalize: Normalize, where: str) -> tuple[bool, list[Problem]]:
    """Whether values are to be normalised, and what is said of it."""
    scale = summary.scale
    words = _in_words(scale, summary.highest)
    if normalize == "log1p":
        again = Problem(
            "warning",
            f"{where}: the values look log-normalised already and were normalised again",
            "Leave out --normalize log1p, unless they are not.",
        )
        asked = Problem("note", f"{where}: {words}; {_done()}", "As --normalize says.")
        return True, [again if scale == "log" else asked]
    if scale == "log":
        return False, []
    if normalize == "auto" and scale != "whole":
        remedy = "Nothing to do; --normalize none keeps the values, e.g. if they are levels."
        return True, [Problem("repaired", f"{where}: {words}; {_done()}", remedy)]
    remedy = {
        "auto": "Pass --normalize log1p if they are counts; --normalize none says they are not.",
        "none": "Leave out --normalize none, or pass --normalize log1p, if they are counts.",
    }[normalize]
    severity: Severity = "note" if (normalize, scale) == ("none", "whole") else "warning"
    return False, [Problem(severity, f"{where}: {words}; they were kept as they are", remedy)]


def log_normalised(
    expression: sparse.csr_matrix, total_C: np.ndarray | None = None
) -> sparse.csr_matrix:
    """log(1 + x) of the matrix with 10,000 in each cell, as scanpy's normalize_total and log1p.

    Parameters
    ----------
    total_C : what each cell has over all genes, where the matrix has a part of them.
    """
    cells = total_C
    if cells is None:
        cells = np.asarray(expression.sum(axis=1, dtype=np.float64)).ravel()
    factor = np.divide(CELL_TOTAL, cells, out=np.zeros_like(cells), where=cells > 0)
    values = np.log1p(expression.data * np.repeat(factor, np.diff(expression.indptr)))
    return sparse.csr_matrix(
        (values.astype(np.float32), expression.indices, expression.indptr), expression.shape
    )


def _in_words(scale: Scale, highest: float) -> str:
    return {
        "log": "the values look log-normalised",
        "counts": f"the values are counts, all whole, not log-normalised (highest {highest:.6g})",
        "linear": f"the values are not log-normalised (highest {highest:.6g}; expected about 10)",
        "whole": f"all values are whole numbers up to {highest:.6g}: counts, levels, or 0 and 1, "
        "not log-normalised",
    }[scale]


def _done() -> str:
    return f"they were normalised to {CELL_TOTAL:,.0f} per cell, then log1p"
