"""Databases that do not wait for the disk; what was written survives a killed process, as before.

Optuna and MLflow commit several times per epoch; no test asks what a power cut would leave.
"""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.engine import Engine


def write_without_waiting() -> None:
    """Let every SQLite database that this process opens through SQLAlchemy skip its syncs."""
    if not event.contains(Engine, "connect", _skip_syncs):
        event.listen(Engine, "connect", _skip_syncs)


def _skip_syncs(connection, record) -> None:
    connection.execute("PRAGMA synchronous = OFF")
