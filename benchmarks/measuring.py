"""What the benchmarks share: a row of their table, and a stopwatch."""

from __future__ import annotations

import time
from collections.abc import Callable

Row = tuple[str, str, str, float]
"""What, ours, against what, and the ratio of the two (or a fitted exponent)."""


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Mean seconds of a call, after one that does not count."""
    work()
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats
