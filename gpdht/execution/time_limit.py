"""A limit on how long a piece of work may take, also for work that hangs."""

from __future__ import annotations

import contextvars
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from gpdht.errors import TimeLimitError

T = TypeVar("T")


def run_within(limit_s: float | None, work: Callable[[], T]) -> T:
    """What `work` returns, or raises, if it ends in time.

    It runs in a thread of its own, in the caller's context. Python cannot end a thread that hangs:
    after a TimeLimitError the caller ends its process as soon as it has said so.

    Parameters
    ----------
    limit_s : seconds; None for no limit, and no thread.

    Raises
    ------
    TimeLimitError
        If the work has not ended by then; it names the line that the work is at.
    """
    if limit_s is None:
        return work()
    ended: dict[str, Any] = {}
    context = contextvars.copy_context()

    def run() -> None:
        try:
            ended["value"] = context.run(work)
        except BaseException as error:  # also a SystemExit: the caller's to handle
            ended["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit_s)
    if thread.is_alive():
        raise TimeLimitError(
            f"still running after its limit of {limit_s:g} seconds (--trial-timeout), in "
            f"{_place(thread)}. Raise the limit, or search what takes less."
        )
    if "error" in ended:
        raise ended["error"]
    return ended["value"]


def _place(thread: threading.Thread) -> str:
    """The innermost line of this package that a thread is at; of any other if it is in none."""
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:
        return "its last line"
    stack = traceback.extract_stack(frame)
    ours = [line for line in stack if "gpdht" in line.filename and line.filename != __file__]
    at = (ours or stack)[-1]
    return f"{at.name} ({at.filename}, line {at.lineno})"
