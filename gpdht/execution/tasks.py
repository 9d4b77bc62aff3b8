"""Many independent pieces of work as Ray tasks: started in order, results as they end."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import numpy as np
import ray
from ray.exceptions import RayError

from gpdht.data.dataset import Dataset
from gpdht.devices import on_device
from gpdht.errors import StudyError, TimeLimitError
from gpdht.execution.placement import Placement
from gpdht.execution.ray_session import ray_session
from gpdht.execution.stop import StopRequest
from gpdht.execution.time_limit import run_within
from gpdht.execution.worker import cache_folder, device_of, hold_dataset, prepare_worker

T = TypeVar("T")
R = TypeVar("R")

RETRIES = 3  # each lost node or dead worker uses one up
_GOODBYE_S = 1.0  # for an error to leave its process
_WAIT_S = 0.5  # between two looks at the stop request


@dataclass(frozen=True, eq=False)
class TaskEnd(Generic[R]):
    """How a task ended: with a value, or with the error that lost it, in one line."""

    position: int
    value: R | None = None
    error: str = ""


def run_tasks(
    function: Callable[..., R],
    tasks: Sequence[tuple[T, str]],
    datasets: Mapping[str, Dataset],
    *,
    placement: Placement,
    stop: StopRequest,
    cache_dir: Path | None = None,
    started: Callable[[int], None] = lambda _: None,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[TaskEnd[R]]:
    """The ends of `function(task, dataset, cache_dir=…)` for each task, as they come.

    Tasks start in the order given. A dataset's arrays go through the object store once per node
    and are read-only in the tasks. A task whose process or node is lost runs again, a few times;
    then, as when it raises, its end has an error. Once `stop` says so, no further end comes and
    what is running is dropped.

    Parameters
    ----------
    tasks : each with the name of its dataset.
    cache_dir : a folder that all tasks of a local Ray share; on a cluster each node has its own.
    started : told the position of each task that is handed to Ray.
    waiting : called about twice a second.
    """
    parts = {name: datasets[name].parts() for name in {name for _, name in tasks}}
    size = sum(array.nbytes for one in parts.values() for array in one.values())
    with ray_session(placement, shipped_bytes=size) as local:
        shipped = {name: ray.put(one) for name, one in parts.items()}
        del parts
        remote: Any = ray.remote(cast(Any, _run_one)).options(
            num_cpus=placement.cpus, num_gpus=placement.gpus, max_retries=RETRIES
        )
        cache = str(cache_dir.absolute()) if cache_dir is not None and local else None
        queue = iter(range(len(tasks)))
        running: dict[Any, int] = {}
        try:
            while not stop():
                # one more for a cluster, so that one which can grow sees that there is work
                room = placement.at_once(local=local) + (not local and not placement.max_concurrent)
                while len(running) < room and (position := next(queue, None)) is not None:
                    task, name = tasks[position]
                    started(position)
                    key = datasets[name].fingerprint
                    ref = remote.remote(
                        function,
                        task,
                        shipped[name],
                        fingerprint=key,
                        cache=cache,
                        placement=placement,
                    )
                    running[ref] = position
                if not running:
                    return
                ended, _ = ray.wait(list(running), timeout=_WAIT_S)
                if local and not ended:
                    _check_alive()
                for ref in ended:
                    yield _end(running.pop(ref), ref)
                waiting()
        finally:
            for ref in running:
                ray.cancel(ref, force=True)


def _run_one(
    function: Callable[..., R],
    task: Any,
    parts: dict[str, np.ndarray],
    *,
    fingerprint: str,
    cache: str | None,
    placement: Placement,
) -> R:
    """On a worker."""
    prepare_worker(placement.gpus)
    dataset, folder = hold_dataset(fingerprint, parts), cache_folder(cache)
    with on_device(device_of(placement.gpus)):
        try:
            return run_within(
                placement.trial_timeout_s, partial(function, task, dataset, cache_dir=folder)
            )
        except TimeLimitError:
            # the only end of a thread that hangs; what Ray begins here meanwhile, it begins again
            threading.Timer(_GOODBYE_S, os._exit, (1,)).start()
            raise


def _check_alive() -> None:
    """A local Ray whose only node is gone would keep its tasks waiting for ever.

    Raises
    ------
    StudyError
        If it is gone.
    """
    if not any(node["Alive"] for node in ray.nodes()):
        raise StudyError(
            "the local Ray died while it ran jobs (out of memory, or its process was ended); what "
            "had ended is kept. Give the same command again."
        )


def _end(position: int, ref: Any) -> TaskEnd[Any]:
    try:
        return TaskEnd(position, ray.get(ref))
    except RayError as error:
        cause = getattr(error, "cause", None)
        text = f"{type(cause or error).__name__}: {cause or error}"
        text = text if cause is not None else f"its process died ({text})"
        return TaskEnd(position, error=" ".join(text.split())[:500])
