"""The meter: seconds and peak memory of a block."""

from __future__ import annotations

import time

import numpy as np

from gpdht.cost import Meter


def test_seconds_stop_with_the_block():
    with Meter() as meter:
        time.sleep(0.05)
    measured = meter.seconds
    assert 0.05 <= measured < 5
    assert meter.seconds == measured


def test_the_peak_remembers_memory_that_is_gone_and_forgets_what_came_before():
    with Meter() as small:
        np.ones(1000).sum()
    with Meter() as large:
        block = np.ones(40_000_000)
        del block
    with Meter() as after:
        np.ones(1000).sum()
    assert large.peak_memory_mb > small.peak_memory_mb + 200
    assert after.peak_memory_mb < large.peak_memory_mb - 200
