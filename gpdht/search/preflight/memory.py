"""Whether the largest configuration of a space fits where trials run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gpdht.execution.nodes import Node, ask_nodes
from gpdht.execution.placement import Placement
from gpdht.execution.sharing import GIB, HEADROOM, PARTS, fits
from gpdht.execution.worker import CUDA_CONTEXT
from gpdht.search.largest import Largest
from gpdht.search.preflight.checks import Check, State
from gpdht.search.preflight.gpus import NodeGpus

NAME = "memory"
PROCESS = 700 * 2**20
"""Bytes of a worker beside its trial's: a trial on toy, 30 MiB by its estimate, peaked at 698."""


def check_cpu_memory(
    largest: Largest, nodes: Sequence[Node], placement: Placement, most: int
) -> list[Check]:
    """A row for each node on which the largest configuration does not fit, or not so many at once.

    Parameters
    ----------
    most : how many trials run at once.
    """
    need, rows, least, room = largest.bytes + PROCESS, [], None, 0
    hosts = [node for node in nodes if node.room(placement.cpus, 0)]
    for answer in ask_nodes(_free(), hosts):
        name = answer.node.name
        if answer.value is None:
            found = f"{name}: does not say how much is free ({answer.error})."
            rows.append(Check(NAME, "failed", found, "Look into its logs.", name))
            continue
        free = answer.value
        least = free if least is None else min(least, free)
        room += min(answer.node.room(placement.cpus, 0), free // need)
        if need > free:
            found = f"{name}: {_large(largest, need)} {free / GIB:.1f} GiB are free."
            rows.append(Check(NAME, "failed", found, _lower(largest), name))
    if rows or least is None:
        return rows
    if room < most:
        found = f"{_large(largest, need)} Only {room} of {most} such trials fit at once."
        return [
            Check(NAME, "warning", found, f"Pass --max-concurrent {room}, or {_lower(largest)}")
        ]
    found = f"{_large(largest, need)} {least / GIB:.1f} GiB are free at least."
    return [Check(NAME, "passed", found)]


def check_gpu_memory(
    largest: Largest, nodes: Sequence[NodeGpus], placement: Placement
) -> list[Check]:
    """A row for each node on whose share of a GPU the largest configuration does not fit."""
    share, need, rows = min(placement.gpus, 1.0), largest.bytes, []
    for one in nodes:
        left, name = share * one.memory - CUDA_CONTEXT, one.node.name
        if fits(need, share, one.memory):
            continue
        found = f"{name}: {_large(largest, need)} {share:g} of a GPU has {left / GIB:.1f} GiB."
        larger = [part for part in PARTS if part > share and fits(need, part, one.memory)]
        remedy = f"Pass --gpus-per-trial {larger[0]:g}, or " if larger else ""
        state: State = "failed" if need > left else "warning"
        rows.append(Check(NAME, state, found, remedy + _lower(largest), name))
    if rows:
        return rows
    least = min(share * one.memory - CUDA_CONTEXT for one in nodes) / GIB
    found = f"{_large(largest, need)} {share:g} of a GPU has {least:.1f} GiB, {HEADROOM:g} ×"
    return [Check(NAME, "passed", f"{found} that is room enough.")]


def _large(largest: Largest, need: int) -> str:
    which = f" ({largest})" if largest.decisive else ""
    return f"the largest configuration{which} takes about {need / GIB:.1f} GiB."


def _lower(largest: Largest) -> str:
    if not largest.decisive:
        return "let graph.max_cells draw a sample of the cells (`fixed` in the space)."
    return f"lower the range of {' or '.join(largest.decisive[:2])}."


def _free() -> Callable[[], int]:
    """A task for a node: the bytes that are free there."""

    def free_here() -> int:
        from gpdht.cost import free_memory

        return free_memory()

    return free_here
