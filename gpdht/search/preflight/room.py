"""Which nodes there are, and how many trials they have room for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gpdht.errors import StudyError
from gpdht.execution.nodes import Node, most_resources
from gpdht.execution.placement import Placement, available_cpus
from gpdht.execution.tariff import price_of
from gpdht.presentation import count
from gpdht.search.preflight.checks import Check

NAME = "room"
_NAMED = 8  # nodes in a line


def say_nodes(nodes: Sequence[Node], placement: Placement, *, local: bool) -> str:
    """The nodes with their sizes, in a line."""
    if local:
        return f"a local Ray on this machine: {nodes[0].size}"
    named = [f"{node.name} ({node.size})" for node in nodes[:_NAMED]]
    more = f" and {len(nodes) - _NAMED} more" if len(nodes) > _NAMED else ""
    where = f" at {placement.cluster}" if placement.cluster else ""
    return f"connected{where}; {count(len(nodes), 'node')}: {', '.join(named)}{more}"


def count_room(
    nodes: Sequence[Node], placement: Placement, *, local: bool
) -> tuple[int, str | Check]:
    """How many trials run at once, and the same in words.

    Raises
    ------
    StudyError
        If there is room for none, also were the cluster to grow.
    """
    cpus, gpus = placement.cpus, placement.gpus
    asked = f"a trial of {cpus:g} CPU and {gpus:g} GPU"
    rooms = {node.name: node.room(cpus, gpus) for node in nodes}
    room = sum(rooms.values())
    if local:
        room = min(room, math.floor(available_cpus() / cpus))
    if room:
        where = f" on {sum(map(bool, rooms.values()))} of {len(nodes)} nodes" if not local else ""
        bound = min(room, placement.max_concurrent or room)
        return bound, f"{asked}: {bound} at once{where}"
    grown = most_resources()
    if grown.get("CPU", 0) >= cpus and grown.get("GPU", 0) >= gpus:
        found = f"{asked} fits on no node yet; the cluster can grow to {_size(grown)}."
        return 0, Check(NAME, "warning", found, "Nothing to do: the search waits for it.")
    largest = max(nodes, key=lambda node: (node.gpus, node.cpus))
    raise StudyError(
        f"{asked} fits on no node; the largest is {largest.name} with {largest.size}. Lower "
        "--cpus-per-trial or --gpus-per-trial, or let a larger node join."
    )


def price_per_hour(nodes: Sequence[Node], placement: Placement) -> float | None:
    """What the nodes on which trials run cost an hour; None where that of one is not known."""
    hosts = [node for node in nodes if node.room(placement.cpus, placement.gpus)]
    prices = [price_of(node.labels, placement) for node in hosts]
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None


def _size(grown: dict[str, float]) -> str:
    return f"{grown.get('CPU', 0):g} CPUs and {grown.get('GPU', 0):g} GPUs"
