"""Whether work is to end now: Ctrl-C, SIGTERM, or a budget that is spent."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether work is to end now; the second signal interrupts at once.

    Use as a context manager. Outside the main thread, where Python takes no signals, only
    budgets count. A budget once spent stays spent; `spent` says which.
    """

    def __init__(self, time_budget_s: float | None = None) -> None:
        self._before: dict[int, Any] = {}
        self._budgets: dict[str, Callable[[], bool]] = {}
        self.signalled = False
        self.spent: str | None = None
        if time_budget_s is not None:
            deadline = time.monotonic() + time_budget_s
            self.limit("time budget", lambda: time.monotonic() >= deadline)

    def __call__(self) -> bool:
        if self.spent is None:
            self.spent = next((name for name, over in self._budgets.items() if over()), None)
        return self.signalled or self.spent is not None

    def limit(self, name: str, is_spent: Callable[[], bool]) -> None:
        """Another budget, which is asked about often."""
        self._budgets[name] = is_spent

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
