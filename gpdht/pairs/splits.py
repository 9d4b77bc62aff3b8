"""Train, validation and test parts of the candidate pairs, fold by fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Split = Literal["edge", "target", "tf", "both"]


@dataclass(frozen=True, eq=False)
class Fold:
    """Positions in `Pairs` of one outer fold: three disjoint int64 arrays, each ascending."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclass(frozen=True, eq=False)
class Folds:
    """The outer folds of one draw; every trial of a study shares them."""

    folds: tuple[Fold, ...]
    split: Split
    seed: int

    def __iter__(self):
        return iter(self.folds)

    def __len__(self) -> int:
        return len(self.folds)
