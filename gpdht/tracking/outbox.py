"""Calls to a tracking server, in order, kept while the server is away."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable

from mlflow.exceptions import MlflowException
from requests.exceptions import RequestException
from sqlalchemy.exc import SQLAlchemyError

from gpdht.tracking.connection import one_line, shown

logger = logging.getLogger(__name__)

RETRY_S = 30.0
MOST = 10_000  # calls that wait, some 50 MB; who has missed more is brought up to date afterwards
# Answers that a repetition would get again.
_PERMANENT = {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST", "BAD_REQUEST", "INVALID_STATE"}
_FAILURES = (MlflowException, RequestException, SQLAlchemyError, OSError)


class Outbox:
    """Sends each call at once; while the server is away, keeps them and tries again.

    A search neither dies nor waits because its tracking server is restarted. A call that the
    server refuses for good is dropped with a warning. After `most` calls nothing is sent any more:
    a part of what came later would look whole.
    """

    def __init__(self, uri: str, *, retry_s: float = RETRY_S, most: int = MOST) -> None:
        self.uri, self.retry_s, self.most = uri, retry_s, most
        self._calls: deque[Callable[[], object]] = deque()
        self._dropped = 0
        self._wait_until = 0.0

    def __len__(self) -> int:
        """How many calls have not been sent."""
        return len(self._calls) + self._dropped

    def put(self, call: Callable[[], object]) -> None:
        """Send a call after those that wait."""
        self._calls.append(call)
        if len(self) > self.most:
            self._dropped += len(self._calls)
            self._calls.clear()
        elif time.monotonic() >= self._wait_until:
            self._send()

    def close(self) -> int:
        """Send all that waits; returns how many calls are missing at the server, with a warning."""
        self._send()
        if len(self):
            logger.warning(
                "MLflow at %s does not answer; %d entries are missing there. What is in the folder "
                "is whole; once the server is back, `gpdht sync` (for a study), or the same "
                "command again, adds what is missing",
                shown(self.uri),
                len(self),
            )
        return len(self)

    def _send(self) -> None:
        while self._calls:
            started = time.monotonic()
            try:
                self._calls[0]()
            except _FAILURES as error:
                if getattr(error, "error_code", None) not in _PERMANENT:
                    self._pause(error, time.monotonic() - started)
                    return
                logger.warning("MLflow refused an entry: %s", one_line(error, self.uri))
            self._calls.popleft()
            if self._wait_until:
                logger.warning("MLflow at %s answers again", shown(self.uri))
            self._wait_until = 0.0

    def _pause(self, error: Exception, took_s: float) -> None:
        if not self._wait_until:
            logger.warning(
                "MLflow at %s does not answer; the search goes on and logs later (%s)",
                shown(self.uri),
                one_line(error, self.uri),
            )
        # A server that hangs until a time-out must not take most of the driver's time.
        self._wait_until = time.monotonic() + max(self.retry_s, 5 * took_s)
