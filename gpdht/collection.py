"""Python's cyclic garbage collector, paused where much is read that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Iterator[None]:
    """No collection within it, nor within a function that it decorates.

    Reading thousands of trials makes a million small objects, of which hardly one is garbage; the
    collector walks over them again and again, for a third of the time of a report.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
