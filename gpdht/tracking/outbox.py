"""Calls to a tracking server, in order, kept while the server is away."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable

from mlflow.exceptions import MlflowException
from requests.exceptions import RequestException
from sqlalchemy.exc import SQLAlchemyError

from gpdht.errors import TrackingError
from gpdht.tracking.connection import one_line, shown

logger = logging.getLogger(__name__)

RETRY_S = 30.0
# Answers that a repetition would get again.
_PERMANENT = {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST", "BAD_REQUEST", "INVALID_STATE"}
_FAILURES = (MlflowException, RequestException, SQLAlchemyError, OSError)


class Outbox:
    """Sends each call at once; while the server is away, keeps them and tries again.

    A search neither dies nor waits because its tracking server is restarted. A call that the
    server refuses for good is dropped with a warning.
    """

    def __init__(self, uri: str, *, retry_s: float = RETRY_S) -> None:
        self.uri, self.retry_s = uri, retry_s
        self._calls: deque[Callable[[], object]] = deque()
        self._wait_until = 0.0

    def __len__(self) -> int:
        return len(self._calls)

    def put(self, call: Callable[[], object]) -> None:
        """Send a call after those that wait."""
        self._calls.append(call)
        if time.monotonic() >= self._wait_until:
            self._send()

    def close(self) -> None:
        """Send all that waits.

        Raises
        ------
        TrackingError
            If the server is still away.
        """
        self._send()
        if self._calls:
            raise TrackingError(
                f"MLflow at {shown(self.uri)} stopped answering; {len(self._calls)} entries are "
                "missing there. What is in the folder is whole; once the server is back, the same "
                "command (a search with --resume) adds what is missing."
            )

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
