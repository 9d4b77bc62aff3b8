"""The candidate pairs that a score is about, and their labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Pairs:
    """Candidate (TF, target) pairs; P of them.

    Parameters
    ----------
    tf_P, target_P : int32 positions in `Dataset.genes`.
    label_P : int8; 1 for a known edge, else 0.
    universe : which pairs these are, in words; logged with every score.
    """

    tf_P: np.ndarray
    target_P: np.ndarray
    label_P: np.ndarray
    universe: str

    def __len__(self) -> int:
        return len(self.tf_P)
