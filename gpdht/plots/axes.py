"""The axes of parallel coordinates: where a value stands, and which texts stand beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from gpdht.plots.theme import CHARACTER

_APART = 8  # px, at least, between two texts


@dataclass(frozen=True)
class Axis:
    """A setting that a study searched: its range, or its choices."""

    path: str
    kind: Literal["float", "int", "choice"]
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: Sequence[Any] = ()

    def place(self, value: Any) -> float:
        """Where a value stands, from 0 at the low end to 1; NaN for a value that is missing."""
        if self.kind == "choice":
            at = self._number(value)
            return at if len(self.choices) > 1 or math.isnan(at) else 0.5
        if _is_missing(value) or self.low is None or self.high is None:
            return math.nan
        low, high, at = (
            (math.log(number) for number in (self.low, self.high, value))
            if self.log
            else (self.low, self.high, value)
        )
        return 0.5 if high == low else (float(at) - low) / (high - low)

    def marks(self) -> list[tuple[float, str]]:
        """Places and texts: the ends of a range, each of the choices."""
        if self.kind == "choice":
            return [(self.place(choice), text_of_value(choice)) for choice in self.choices]
        ends = dict.fromkeys((self.low, self.high))
        return [(self.place(end), text_of_value(end)) for end in ends if end is not None]

    def _number(self, value: Any) -> float:
        """Which of the choices it is, as a share of the way; a table may hold 64 as 64.0."""
        for number, choice in enumerate(self.choices):
            missing = _is_missing(choice)
            if (missing and _is_missing(value)) or choice == value or str(choice) == str(value):
                return number / max(1, len(self.choices) - 1)
        return math.nan


def text_of_value(value: Any) -> str:
    """A value of a setting as a space file would have it, numbers with four digits."""
    if isinstance(value, str):
        return value
    if _is_missing(value):
        return "none"
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    number = float(value)
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e6 else f"{number:.4g}"


def lanes(marks: Sequence[tuple[float, str]], *, length: float) -> list[int]:
    """For each text the first line under its axis where it meets no other.

    Parameters
    ----------
    length : of the axis, in px.
    """
    ends: list[float] = []
    found = []
    for place, text in marks:
        left, right = _extent(place, text, length)
        lane = next((i for i, end in enumerate(ends) if left >= end + _APART), len(ends))
        ends[lane : lane + 1] = [right]
        found.append(lane)
    return found


def side_of(place: float) -> Literal["left", "center", "right"]:
    """The edge of a text that stands at its place, so that none leaves the chart."""
    return "left" if place < 0.02 else "right" if place > 0.98 else "center"


def _extent(place: float, text: str, length: float) -> tuple[float, float]:
    width, at = len(text) * CHARACTER, place * length
    left = {"left": at, "center": at - width / 2, "right": at - width}[side_of(place)]
    return left, left + width


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
