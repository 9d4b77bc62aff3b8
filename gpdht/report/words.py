"""What a score is called in a sentence, and what an interval allows to say."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal

from gpdht import __version__
from gpdht.metrics.names import TITLES, mode_of, score_of

Verdict = Literal["better", "worse", "unclear"]


def title(metric: str) -> str:
    """What a score is called: ``average precision`` for ``val/auprc``."""
    return TITLES.get(score_of(metric), metric)


def judge(low: float, high: float, metric: str) -> Verdict:
    """What the interval of a difference allows to say; without an interval nothing.

    An end at zero includes it.
    """
    if low > 0 or high < 0:
        return "better" if (low > 0) == (mode_of(metric) == "max") else "worse"
    return "unclear"


def where_zero_is(low: float, high: float) -> str:
    """Where the interval of a difference lies: a sentence."""
    if math.isnan(low) or math.isnan(high):
        return "The difference has no interval."
    if low > 0:
        return "The interval lies above zero."
    if high < 0:
        return "The interval lies below zero."
    return "The interval includes zero."


def made() -> str:
    """By which version a page was made, and when."""
    return f"Made by gpdht {__version__} on {datetime.now().astimezone():%Y-%m-%d %H:%M %Z}."
