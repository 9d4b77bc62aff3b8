"""Work that ends in time, and work that does not."""

from __future__ import annotations

import contextvars
import sys
import threading

import pytest

from gpdht.errors import TimeLimitError
from gpdht.execution.time_limit import run_within

ROOM = contextvars.ContextVar("room", default="none")


@pytest.mark.parametrize("limit_s", [None, 30.0])
def test_work_in_time_returns_its_value_raises_its_error_and_sees_the_callers_context(limit_s):
    ROOM.set("set by the caller")
    assert run_within(limit_s, ROOM.get) == "set by the caller"
    with pytest.raises(ZeroDivisionError):
        run_within(limit_s, lambda: 1 // 0)
    with pytest.raises(SystemExit):
        run_within(limit_s, sys.exit)


def test_work_beyond_its_limit_is_an_error_that_names_the_line_it_is_at():
    over = threading.Event()

    def waits_for_ever():
        over.wait()

    with pytest.raises(TimeLimitError, match=r"0\.2 seconds .*, in wait \(.*threading.py, line"):
        run_within(0.2, waits_for_ever)
    over.set()
