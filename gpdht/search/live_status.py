"""What a search's driver says about itself, every few seconds, in the study's folder.

Who wants to know reads the file; nobody asks the driver or Ray.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Sized
from typing import Any

import psutil

from gpdht.execution.nodes import nodes_in_use
from gpdht.files import write_text
from gpdht.redaction import hide_secrets
from gpdht.search.trial_queue import TrialQueue
from gpdht.trial import TrialResult

FILE = "status.json"
EVERY_S = 3.0


class StatusFile:
    """Written at the start, when `__call__` finds that it is time, and at the end.

    Parameters
    ----------
    command : that goes on with the study; None if there is none.
    """

    def __init__(self, queue: TrialQueue, *, command: str | None = None) -> None:
        self.queue = queue
        self.command = None if command is None else hide_secrets(command)
        self._written = 0.0

    def __enter__(self) -> StatusFile:
        self.write("running")
        return self

    def __exit__(self, *_: object) -> None:
        self.write("ended")

    def __call__(self) -> None:
        if time.monotonic() - self._written >= EVERY_S:
            self.write("running")

    def write(self, state: str) -> None:
        """Write the file, whole; a full disk costs the status, not the search."""
        self._written = time.monotonic()
        with contextlib.suppress(OSError):
            write_text(self.queue.study.folder / FILE, json.dumps(self._content(state), indent=1))

    def _content(self, state: str) -> dict[str, Any]:
        outbox = getattr(self.queue.tracker, "outbox", None)  # of MLflow's tracker alone
        return {
            "state": state,
            "time": time.time(),
            "process": {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "started": psutil.Process().create_time(),
            },
            "command": self.command,
            "running": self._running() if state == "running" else [],
            "use": nodes_in_use() if state == "running" else {},
            "mlflow_waits": len(outbox) if isinstance(outbox, Sized) else 0,
        }

    def _running(self) -> list[dict[str, Any]]:
        """The trials that are being run, and what each reported last."""
        metric = self.queue.space.objective.metric
        found = []
        for number, one in sorted(self.queue.open.items()):
            last = one.last or TrialResult("failed")
            about = {"number": number, "values": one.values, "node": last.usage.get("node")}
            about |= {"epoch": last.epochs, "value": last.metrics.get(metric)}
            found.append({**about, "started": one.started, "reported": one.reported})
        return found
