"""What trials cost, as further objectives, and limits on what they may cost or score."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from pydantic import AfterValidator

from gpdht.search.sections import METRICS, one_of

COSTS = ("seconds", "peak_memory_mb", "parameters", "epochs")
"""A trial's costs, each of which is better when lower; memory in MiB, parameters of one fold."""

_LIMIT = re.compile(r"\s*(<=|>=)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*")


def _known_cost(name: str) -> str:
    if name not in COSTS:
        raise ValueError(one_of(name, COSTS))
    return name


def _known_limited(name: str) -> str:
    if name not in (*COSTS, *METRICS):
        raise ValueError(one_of(name, (*COSTS, *METRICS)))
    return name


def _readable(text: str) -> str:
    if not _LIMIT.fullmatch(text):
        raise ValueError('expected "<= NUMBER" or ">= NUMBER".')
    return text


Cost: TypeAlias = Annotated[str, AfterValidator(_known_cost)]
Constraints: TypeAlias = dict[
    Annotated[str, AfterValidator(_known_limited)], Annotated[str, AfterValidator(_readable)]
]


def excess(limit: str, value: float) -> float:
    """How far a value is beyond a limit like ``<= 4000``; zero or less within it."""
    match = _LIMIT.fullmatch(limit)
    assert match, limit
    bound = float(match[2])
    return value - bound if match[1] == "<=" else bound - value


def broken(constraints: Mapping[str, str], values: Mapping[str, float]) -> list[str]:
    """The constraints that do not hold, in words; one whose value is unknown is not broken."""
    return [
        f"{name} {values[name]:.4g}, not {limit.strip()}"
        for name, limit in constraints.items()
        if name in values and excess(limit, values[name]) > 0
    ]


def pareto_front(loss_NK: np.ndarray) -> np.ndarray:
    """Which rows no other row beats: as good in every column and better in one; (N,) bool.

    Parameters
    ----------
    loss_NK : lower is better; the first of equal rows is kept with the others.
    """
    return np.array(
        [not ((loss_NK <= one).all(axis=1) & (loss_NK < one).any(axis=1)).any() for one in loss_NK],
        dtype=bool,
    )


def losses(objective: ArrayLike, mode: str, costs_NK: ArrayLike) -> np.ndarray:
    """Objective and costs as columns that are all better when lower, (N, 1 + K)."""
    first = np.asarray(objective, float)
    return np.column_stack([-first if mode == "max" else first, np.asarray(costs_NK, float)])
