"""Figures of several sets together: means over the sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def mean_over_sets(per_set: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure that all sets have; a single set's are returned as they are.

    An end of an interval (`…_low`, `…_high`) lies as far from the mean as the error of a mean of
    independent figures: the root of the summed squares of the sets' own distances, over their
    number.
    """
    if len(per_set) == 1:
        return dict(per_set[0])
    shared = [name for name in per_set[0] if all(name in one for one in per_set)]
    value = {name: np.array([one[name] for one in per_set]) for name in shared}
    out = {name: float(of_sets.mean()) for name, of_sets in value.items()}
    for name in shared:
        middle, _, end = name.rpartition("_")
        if end in ("low", "high") and middle in value:
            distance = float(np.linalg.norm(value[name] - value[middle])) / len(per_set)
            out[name] = out[middle] + (distance if end == "high" else -distance)
    return out


def scores_by_set(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Out-of-fold scores of each set by its name; those of a single set by an empty one."""
    if "set" not in scores:
        return {"": scores}
    return {str(name): part for name, part in scores.groupby("set", sort=False)}
