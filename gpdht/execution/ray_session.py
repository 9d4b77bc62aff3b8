"""A connection to Ray while work is done: our own local one, or a cluster's."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

import ray
from ray._private import ray_constants

from gpdht.errors import StudyError
from gpdht.execution.placement import Placement, available_cpus
from gpdht.execution.session_files import drop_dead_sessions, drop_session, mark_session

logger = logging.getLogger(__name__)

# Read by Ray Tune when a search starts.
_TUNE = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # no csv, json, tensorboard files per trial
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # we stop the search ourselves
    "TUNE_FUNCTION_THREAD_TIMEOUT_S": "30",  # a pruned trial may be slow to let go of its actor
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",  # snapshots serve Tuner.restore, which we do not use
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # relative paths mean the same in a trial
    "RAY_AIR_NEW_OUTPUT": "0",  # Tune's own progress would print between ours
}
# Read by the processes of a local Ray.
_LOCAL = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",  # a trial without GPU sees none
    # Despite the name: off, a node is at 127.0.0.1 and listens there alone. Asked for that
    # address in any other way, Ray takes the machine's own and listens on every interface.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
}
_STORE_FLOOR, _STORE_COPIES = 256 * 2**20, 4
_OPEN: ContextVar[bool | None] = ContextVar("open", default=None)  # of the block around, if any


@contextlib.contextmanager
def ray_session(placement: Placement, *, shipped_bytes: int = 0) -> Iterator[bool]:
    """Connect to Ray; yields whether it is a local Ray of ours, which ends with the block.

    Inside another such block that one's connection serves. A Ray that the caller has initialised is
    used as it is. Else the cluster that is named, else a local Ray on the loopback interface,
    without dashboard, guarded by a token of its own.

    Parameters
    ----------
    shipped_bytes : size of what goes through the object store.

    Raises
    ------
    StudyError
        If Ray cannot start, or the cluster cannot be reached.
    """
    around = _OPEN.get()
    if around is not None:
        yield around
        return
    ours = not ray.is_initialized()
    local = ours and not placement.cluster
    with environment({**_TUNE, **_LOCAL} if local else _TUNE):
        with _kept_handlers():
            if local:
                _ensure_token()
                drop_dead_sessions()
                files = _start_local(shipped_bytes)
            elif ours:
                _connect(str(placement.cluster))
        opened = _OPEN.set(local)
        try:
            _warn_if_too_small(placement)
            yield local
        finally:
            _OPEN.reset(opened)
            if ours:
                with _kept_handlers():
                    ray.shutdown()
            if local:
                drop_session(files)


@contextlib.contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the length of a block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _kept_handlers() -> Iterator[None]:
    """Undo what `ray.init` and `ray.shutdown` make of SIGTERM: the process aborts, or just ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None:  # else it was not set from Python
            signal.signal(signal.SIGTERM, before)


def _start_local(shipped_bytes: int) -> Path:
    """Start a Ray of our own; gives the folder of its files."""
    # this process read the variable of that name when it imported ray
    clusters = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        started = ray.init(
            address="local",  # not a cluster that someone else started on this machine
            num_cpus=available_cpus(),
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            object_store_memory=max(_STORE_FLOOR, _STORE_COPIES * shipped_bytes),
        )
    except Exception as error:  # a node that is slow to start is a bare one
        raise StudyError(
            f"Ray cannot start on this machine ({error}); on a busy machine try again later."
        ) from error
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = clusters
    return mark_session(Path(cast(Any, started).address_info["session_dir"]))


def _connect(address: str) -> None:
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # a node that is slow to answer is a bare one
        raise StudyError(
            f"no Ray cluster answers at {address} ({error}); start one with `ray up` or "
            "`ray start --head`, or leave --address and RAY_ADDRESS away."
        ) from error


def _warn_if_too_small(placement: Placement) -> None:
    """A trial that fits on no node waits, perhaps for ever: a cluster may still grow."""
    cpus, gpus = placement.cpus, placement.gpus
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(node.get("CPU", 0) >= cpus and node.get("GPU", 0) >= gpus for node in nodes):
        logger.warning(
            "no node of the cluster has %g CPU and %g GPU for a trial yet; waiting until one joins",
            cpus,
            gpus,
        )


def _ensure_token() -> None:
    """A token for a local Ray, in no file: Ray's own would be readable by all users.

    Ray turns token mode on by itself when it starts a local cluster, and a process reads its
    token only once; so the variable stays for a Ray that this process starts later.
    """
    if not os.environ.keys() & {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"}:
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
