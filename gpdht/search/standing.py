"""How a search stands, from what its study and its driver keep in the study's folder."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import psutil

from gpdht.search.ledger import Ledger, ledger_of
from gpdht.search.live_status import FILE
from gpdht.search.outlook import busy_seconds
from gpdht.search.study import Study
from gpdht.search.study_tables import OPEN
from gpdht.trial import USED

SILENT_S = 60.0
"""A driver on another machine counts as gone when its last sign is older."""
_SAME_START_S = 2.0  # the start of a process is known to a hundredth, by one clock or another


def standing_of(study: Study, *, now: float | None = None) -> dict[str, Any]:
    """How a study stands, as plain data.

    `study, folder, total, ended` (by state), `driver` (`state`: running, ended, gone or unknown;
    `pid, host, last_sign_s`), `running` (each with `silent_s`, the seconds since its last report),
    `use`, `per_hour, left_s, ends_at`, `spent, expected` (by `price, gpu_seconds, …`, what is
    known), `mlflow_waits`, `why` (it ended), `command` (that goes on with it). Unknown is None.

    Parameters
    ----------
    now : seconds since 1970.
    """
    now = time.time() if now is None else now
    said = _said(study)
    states = study.trials()["state"]
    ended = states[~states.isin(OPEN)].value_counts()
    driver = _driver(said, now)
    runs = driver["state"] == "running"
    per_hour, total = _pace(study), study.space.trials
    left = (total - int(ended.sum())) / per_hour * 3600 if per_hour else None
    ledger = ledger_of(study)
    return {
        "study": study.name,
        "folder": str(study.folder),
        "total": total,
        "ended": {str(state): int(many) for state, many in ended.items()},
        "driver": driver,
        "running": [
            {**one, "silent_s": now - (one["reported"] or one["started"])}
            for one in (said.get("running", ()) if runs else ())
        ],
        "use": said.get("use", {}) if runs else {},
        "per_hour": per_hour,
        "left_s": left,
        "ends_at": now + left if runs and left is not None else None,
        "spent": _known(ledger, 1.0),
        "expected": _known(ledger, max(1.0, total / max(1, int(ended.sum())))),
        "mlflow_waits": said.get("mlflow_waits", 0) if runs else study.record.get("untracked", 0),
        "why": (study.record.get("ended") or {}).get("why"),
        "command": said.get("command"),
    }


def _said(study: Study) -> dict[str, Any]:
    """What the last driver said; empty if none has."""
    try:
        return json.loads((study.folder / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _driver(said: dict[str, Any], now: float) -> dict[str, Any]:
    if not said:
        return {"state": "unknown", "pid": None, "host": None, "last_sign_s": None}
    process, silent = said["process"], now - said["time"]
    state = said["state"]
    if state == "running" and not _is_alive(process, silent):
        state = "gone"
    about = {"pid": process["pid"], "host": process["host"]}
    return {"state": state, **about, "last_sign_s": silent}


def _is_alive(process: dict[str, Any], silent_s: float) -> bool:
    """Whether a driver lives: by its process if that is of this machine, else by its signs."""
    if process["host"] != socket.gethostname():
        return silent_s <= SILENT_S
    try:
        started = psutil.Process(process["pid"]).create_time()
    except psutil.Error:
        return False
    return abs(started - process["started"]) < _SAME_START_S


def _pace(study: Study) -> float | None:
    """Ended trials per hour in which trials ran."""
    trials = study.optuna.get_trials(deepcopy=False)
    ended = [trial for trial in trials if trial.state.is_finished()]
    busy = busy_seconds(ended)
    return len(ended) / busy * 3600 if busy else None


def _known(ledger: Ledger, times: float) -> dict[str, float]:
    sums = {name: getattr(ledger.total, name) for name in USED}
    return {name: value * times for name, value in sums.items() if value is not None}
