"""The files of a local Ray of ours: removed when it ends, and by the next one if it was killed.

Ray itself removes nothing of what a session leaves in its temporary folder.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import psutil
from ray._common.utils import get_default_ray_temp_dir

_MARK = "gpdht.json"
_PAUSE_S = 0.5


def mark_session(session: Path) -> Path:
    """Note in a session's folder which process of ours it belongs to; gives the folder."""
    content = {"pid": os.getpid(), "started": psutil.Process().create_time()}
    (session / _MARK).write_text(json.dumps(content), encoding="utf-8")
    return session


def drop_session(session: Path) -> None:
    """Remove the folder of a session that has ended."""
    shutil.rmtree(session, ignore_errors=True)
    if session.exists():  # a process of it wrote its last words meanwhile
        time.sleep(_PAUSE_S)
        shutil.rmtree(session, ignore_errors=True)


def drop_dead_sessions(root: Path | None = None) -> list[Path]:
    """Remove the folders of sessions whose process of ours is gone; others' are not looked at.

    Parameters
    ----------
    root : where sessions are; None for Ray's own place.
    """
    dropped = []
    for mark in (root or Path(get_default_ray_temp_dir())).glob(f"session_*/{_MARK}"):
        if mark.is_file() and not mark.parent.is_symlink() and not _is_alive(mark):
            drop_session(mark.parent)
            dropped.append(mark.parent)
    return dropped


def _is_alive(mark: Path) -> bool:
    try:
        content = json.loads(mark.read_text("utf-8"))
        return abs(psutil.Process(content["pid"]).create_time() - content["started"]) < 2.0
    except psutil.Error:
        return False
    except (OSError, ValueError, KeyError):  # another user's, or being removed
        return True
