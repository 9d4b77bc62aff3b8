"""A study's log: one line of JSON for each event, and for each warning of gpdht's own code.

`log.jsonl` in the study's folder, with `time, level, event, trial, node, message`; a trial's
warnings come from its worker with its next report.
"""

from __future__ import annotations

import contextlib
import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from gpdht.redaction import hide_secrets

FILE = "log.jsonl"
MAX_BYTES, KEPT = 4 * 2**20, 2
"""A full file is renamed to `log.jsonl.1`, that one to `log.jsonl.2`, and no more are kept."""
_LONGEST = 2000  # characters of a message; of a traceback twice as many
_MANY = 50  # warnings of a worker between two reports
_OWN, _EVENTS = "gpdht", "gpdht.events"


def note(
    event: str,
    message: str = "",
    *,
    trial: int | None = None,
    node: str | None = None,
    level: int = logging.INFO,
) -> None:
    """Keep an event in the log of the study that is being run; nothing without one."""
    more = {"event": event, "trial": trial, "node": node}
    logging.getLogger(_EVENTS).log(level, "%s", message, extra=more)


@contextlib.contextmanager
def keeping_log(folder: Path) -> Iterator[None]:
    """Keep events and gpdht's warnings in a folder's log for the length of a block."""
    handler = RotatingFileHandler(
        folder / FILE, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(_JsonLine())
    own, events = logging.getLogger(_OWN), logging.getLogger(_EVENTS)
    before = events.level, events.propagate
    warnings = _Above(handler)
    own.addHandler(warnings)
    events.addHandler(handler)
    # events are for the file alone; warnings also go where the user has them go
    events.setLevel(logging.INFO)
    events.propagate = False
    try:
        yield
    except Exception as error:
        note("search failed", f"{type(error).__name__}: {error}", level=logging.ERROR)
        raise
    finally:
        events.level, events.propagate = before
        events.removeHandler(handler)
        own.removeHandler(warnings)
        handler.close()


def entry_of(record: logging.LogRecord) -> dict[str, Any]:
    """A record as the log has it: plain data, bounded, without secrets."""
    entry: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": getattr(record, "event", record.levelname.lower()),
        "trial": getattr(record, "trial", None),
        "node": getattr(record, "node", None),
        "message": hide_secrets(record.getMessage())[:_LONGEST],
    }
    if record.exc_info and record.exc_info[0]:
        text = hide_secrets("".join(traceback.format_exception(*record.exc_info)))
        entry["traceback"] = text[-2 * _LONGEST :]
    return entry


class TrialWarnings(logging.Handler):
    """Collects what gpdht's code warns about in this process, while the `with` block lasts."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._found: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._found) < _MANY:
            self._found.append(entry_of(record))

    def take(self) -> list[dict[str, Any]]:
        """What came since the last call."""
        found, self._found = self._found, []
        return found

    def __enter__(self) -> TrialWarnings:
        logging.getLogger(_OWN).addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger(_OWN).removeHandler(self)


def relay(entry: Mapping[str, Any], *, trial: int, node: str | None) -> None:
    """Keep what a trial's worker warned about, under the trial's number."""
    level = logging.getLevelNamesMapping()[entry["level"].upper()]
    more = {"entry": {**entry, "trial": trial, "node": node}}
    logging.getLogger(_EVENTS).log(level, "%s", entry["message"], extra=more)


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(getattr(record, "entry", None) or entry_of(record), ensure_ascii=False)


class _Above(logging.Handler):
    """Passes warnings on to the log's handler, whose own level is that of events."""

    def __init__(self, handler: logging.Handler) -> None:
        super().__init__(logging.WARNING)
        self.handler = handler

    def emit(self, record: logging.LogRecord) -> None:
        self.handler.handle(record)
