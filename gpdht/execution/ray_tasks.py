"""Many independent pieces of work as Ray tasks, longest first, results as they end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import numpy as np
import ray
from ray.exceptions import RayError

from gpdht.data.dataset import Dataset
from gpdht.errors import StudyError
from gpdht.execution.ray_session import available_cpus, ray_session
from gpdht.execution.stop import StopRequest
from gpdht.execution.worker import cap_gpu_memory, node_cache, reset_process

T = TypeVar("T")
R = TypeVar("R")

_RETRIES = 3  # each lost node or dead worker uses one up
_WAIT_S = 0.5  # between two looks at the stop request
# A worker's latest dataset: what models derive from the expression alone is kept with the object.
_HELD: dict[str, Dataset] = {}


@dataclass(frozen=True)
class TaskPlacement:
    """Where tasks run and what each gets; see `gpdht.search.run.run_search`."""

    cpus: float = 1
    gpus: float = 0
    max_concurrent: int | None = None
    address: str | None = None


@dataclass(frozen=True, eq=False)
class TaskEnd(Generic[R]):
    """How a task ended: with a value, or lost with an error in one line."""

    position: int
    value: R | None = None
    error: str | None = None


def run_tasks(
    function: Callable[..., R],
    tasks: Sequence[tuple[T, str]],
    datasets: Mapping[str, Dataset],
    *,
    placement: TaskPlacement,
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
    used = {name for _, name in tasks}
    parts = {name: datasets[name].parts() for name in used}
    size = sum(array.nbytes for one in parts.values() for array in one.values())
    session = ray_session(
        placement.address, cpus=placement.cpus, gpus=placement.gpus, shipped_bytes=size
    )
    with session as local:
        shipped = {name: ray.put(one) for name, one in parts.items()}
        del parts
        remote: Any = ray.remote(cast(Any, _run_one)).options(
            num_cpus=placement.cpus, num_gpus=placement.gpus, max_retries=_RETRIES
        )
        cache = str(cache_dir.absolute()) if cache_dir is not None and local else None
        queue = iter(range(len(tasks)))
        running: dict[Any, int] = {}
        try:
            while not stop():
                room = _room(placement, local=local)
                while len(running) < room and (position := next(queue, None)) is not None:
                    task, name = tasks[position]
                    started(position)
                    ref = remote.remote(
                        function,
                        task,
                        shipped[name],
                        key=datasets[name].fingerprint,
                        cache_dir=cache,
                        gpu_share=placement.gpus,
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


def _run_one(
    function: Callable[..., R],
    task: Any,
    parts: dict[str, np.ndarray],
    *,
    key: str,
    cache_dir: str | None,
    gpu_share: float,
) -> R:
    """On a worker, which may have run another task before."""
    reset_process()
    cap_gpu_memory(gpu_share)
    cache = Path(cache_dir) if cache_dir else node_cache()
    if key not in _HELD:
        _HELD.clear()
        _HELD[key] = Dataset.from_parts(parts)
    return function(task, _HELD[key], cache_dir=cache)


def _end(position: int, ref: Any) -> TaskEnd[Any]:
    try:
        return TaskEnd(position, ray.get(ref))
    except RayError as error:
        cause = getattr(error, "cause", None)
        if cause is not None:
            text = f"{type(cause).__name__}: {cause}"
        else:
            text = f"its process died ({type(error).__name__}: {error})"
        return TaskEnd(position, error=" ".join(text.split())[:500])


def _room(placement: TaskPlacement, *, local: bool) -> int:
    """How many tasks Ray is given at once: as many as fit.

    A cluster gets one more, so that one which can grow sees that there is work.
    """
    if placement.max_concurrent:
        return placement.max_concurrent
    there = ray.cluster_resources()
    cpus = available_cpus() if local else there.get("CPU", 0)
    room = cpus / placement.cpus if placement.cpus else float(cpus)
    if placement.gpus:
        room = min(room, there.get("GPU", 0) / placement.gpus)
    return max(1, math.floor(room)) + (0 if local else 1)
