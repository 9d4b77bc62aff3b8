"""Numbers in sentences, and what an interval allows to say."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal

from gpdht import __version__
from gpdht.metrics.names import TITLES, mode_of, score_of

Verdict = Literal["better", "worse", "unclear"]


def number(value: float, digits: int = 3) -> str:
    """``0.484``; a dash for what is undefined."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 3) -> str:
    """``+0.016`` or ``−0.016``."""
    return "–" if math.isnan(value) else f"{value:+.{digits}f}".replace("-", "−")


def between(low: float, high: float, *, sign: bool = False, dash: bool = False) -> str:
    """``0.427 to 0.538``, or ``0.427–0.538``; empty without an interval."""
    if math.isnan(low) or math.isnan(high):
        return ""
    write = signed if sign else number
    return f"{write(low)}{'–' if dash else ' to '}{write(high)}"


def with_interval(value: float, low: float, high: float, *, sign: bool = False) -> str:
    """``0.484 (0.427 to 0.538)``."""
    ends = between(low, high, sign=sign)
    return (signed(value) if sign else number(value)) + (f" ({ends})" if ends else "")


def seconds(value: float) -> str:
    """``12 s``, ``3.4 min``, ``2.1 h``."""
    if math.isnan(value):
        return "–"
    if value < 60:
        return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"
    return f"{value / 60:.1f} min" if value < 3600 else f"{value / 3600:.1f} h"


def count(many: int, one: str, several: str | None = None) -> str:
    """``1 trial``, ``3 trials``."""
    return f"{many} {one if many == 1 else several or one + 's'}"


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
