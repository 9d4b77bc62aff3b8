"""Epochs on their way to the tracker: each once, many at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

FLUSH_S = 2.0
FLUSH_POINTS = 500

Epochs = dict[int, dict[str, float]]


class EpochBuffer:
    """Collects epochs of all trials; `send(number, epochs)` gets them, trial by trial.

    An epoch is sent once, even if a trial that starts again on another node reports it again.
    """

    def __init__(self, send: Callable[[int, Epochs], None]) -> None:
        self._send = send
        self._waiting: dict[int, Epochs] = {}
        self._sent: dict[int, set[int]] = {}
        self._flushed_at = time.monotonic()

    def known(self, number: int, epochs: Iterable[int]) -> None:
        """Note epochs that the tracker has."""
        self._sent.setdefault(number, set()).update(epochs)

    def sent(self, number: int) -> set[int]:
        """Epochs of a trial that the tracker has."""
        return self._sent.get(number, set())

    def add(self, number: int, epoch: int, metrics: dict[str, float]) -> None:
        """Take an epoch, and send all that wait if they are many or old."""
        if epoch not in self.sent(number):
            self._waiting.setdefault(number, {}).setdefault(epoch, metrics)
        points = sum(len(part) for epochs in self._waiting.values() for part in epochs.values())
        if points >= FLUSH_POINTS or time.monotonic() - self._flushed_at >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Send all that wait."""
        self._flushed_at = time.monotonic()
        waiting, self._waiting = self._waiting, {}
        for number, epochs in waiting.items():
            self._send(number, epochs)
