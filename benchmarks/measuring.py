"""What the benchmarks share: a row of their table, and a stopwatch."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

Row = tuple[str, str, str, float]
"""What, ours, against what, and the ratio of the two (or a fitted exponent)."""


def wait() -> None:
    """Until a GPU, if one is used, has done all that it was given."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Mean seconds of a call, after one that does not count; a GPU's work is waited for."""
    work()
    wait()
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    wait()
    return (time.perf_counter() - start) / repeats
