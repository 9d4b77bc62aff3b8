"""Whether work is to end now: Ctrl-C, SIGTERM, or a time budget."""

from __future__ import annotations

import signal
import threading
import time
from types import TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether work is to end now; the second signal interrupts at once.

    Use as a context manager. Outside the main thread, where Python takes no signals, only the
    time budget counts.
    """

    def __init__(self, time_budget_s: float | None = None) -> None:
        self._deadline = None if time_budget_s is None else time.monotonic() + time_budget_s
        self._before: dict[int, Any] = {}
        self.signalled = False

    def __call__(self) -> bool:
        return self.signalled or self.out_of_time

    @property
    def out_of_time(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, *_: Any) -> None:
        if self.signalled:
            raise KeyboardInterrupt
        self.signalled = True
