"""Spreading compiled kernels over threads.

Kernels let go of the interpreter's lock, so plain threads run side by side. (numba's own threads
are not used: their portable layer may not be entered from several Python threads at once.)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import torch


def spread(task: Callable[[int], None], order: Iterable[int]) -> None:
    """Run a task for each number, over as many threads as torch has.

    Threads take the next number when they are free, so put the longest first. With one thread
    everything runs in the caller. The tasks must not spread work themselves.
    """
    numbers = list(order)
    workers = min(torch.get_num_threads(), len(numbers))
    if workers <= 1:
        for number in numbers:
            task(number)
        return
    queue = iter(numbers)  # next() of a list's iterator is atomic

    def work() -> None:
        for number in queue:
            task(number)

    others = [_pool(workers - 1, os.getpid()).submit(work) for _ in range(workers - 1)]
    try:
        work()
    finally:
        for other in others:
            if not other.cancel():  # not begun: the pool is busy for others, and nothing is left
                other.result()


@lru_cache
def _pool(workers: int, _process: int) -> ThreadPoolExecutor:
    """Idle threads cost nothing, so a pool stays; a forked process needs its own."""
    return ThreadPoolExecutor(workers, thread_name_prefix="gpdht-kernel")
