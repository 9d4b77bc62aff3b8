"""The nodes of a connected Ray: what they have, what is in use, a question to each of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import ray
from ray._private.state import state
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

R = TypeVar("R")

PATIENCE_S = 120.0  # a worker starts in seconds, on a busy machine in a minute


@dataclass(frozen=True)
class Node:
    """A node that is alive.

    Parameters
    ----------
    name : its own or its address, with the start of its id where several have the same.
    labels : what it was started with.
    """

    id: str
    name: str
    cpus: float
    gpus: float
    labels: Mapping[str, str]

    def room(self, cpus: float, gpus: float) -> int:
        """How many pieces of work that take so much fit on it at once."""
        by_cpu = int(self.cpus / cpus)
        if not gpus:
            return by_cpu
        by_gpu = self.gpus // gpus if gpus >= 1 else self.gpus * int(1 / gpus)
        return min(by_cpu, int(by_gpu))

    @property
    def size(self) -> str:
        """``8 CPUs, 1 GPU``."""
        gpus = f", {self.gpus:g} GPU{'s' * (self.gpus != 1)}" if self.gpus else ""
        return f"{self.cpus:g} CPU{'s' * (self.cpus != 1)}{gpus}"


@dataclass(frozen=True)
class Answer(Generic[R]):
    """What a node said, or the error that kept it from that, in one line."""

    node: Node
    value: R | None = None
    error: str = ""


def alive_nodes() -> list[Node]:
    """The nodes of the connected Ray, this process's own first."""
    found = [node for node in ray.nodes() if node["Alive"]]
    own = ray.get_runtime_context().get_node_id()
    found.sort(key=lambda node: (node["NodeID"] != own, name_of(node)))
    names = Counter(map(name_of, found))
    return [
        Node(
            node["NodeID"],
            _name(node, alone=names[name_of(node)] == 1),
            node["Resources"].get("CPU", 0),
            node["Resources"].get("GPU", 0),
            node["Labels"],
        )
        for node in found
    ]


def name_of(node: Mapping[str, Any]) -> str:
    """What a node is called: the name it was given, else its host's."""
    address, name = node["NodeManagerAddress"], node.get("NodeName")
    return str(name if name and name != address else node["NodeManagerHostname"])


def nodes_in_use() -> dict[str, Any]:
    """The nodes that are alive, and CPUs and GPUs of all of them: how many, how many in use.

    Empty without a Ray that answers.
    """
    try:
        nodes = alive_nodes()
        there, free = ray.cluster_resources(), ray.available_resources()
    except Exception:  # Ray is not there, or on its way in or out
        return {}
    kinds = {"cpus": "CPU", "gpus": "GPU"}
    in_use = {
        f"{kind}_in_use": there.get(name, 0.0) - free.get(name, 0.0) for kind, name in kinds.items()
    }
    return {
        "nodes": [{"name": one.name, "cpus": one.cpus, "gpus": one.gpus} for one in nodes],
        **{kind: there.get(name, 0.0) for kind, name in kinds.items()},
        **in_use,
    }


def most_resources() -> dict[str, float]:
    """What a cluster that grows can become; empty if it does not, or does not say so."""
    return dict(state.get_max_resources_from_cluster_config() or {})


def ask_nodes(
    function: Callable[..., R], nodes: Sequence[Node], *given: Any, patience_s: float = PATIENCE_S
) -> list[Answer[R]]:
    """What `function(*given)` returns on each node, where it takes no CPU and no GPU.

    Parameters
    ----------
    patience_s : a node that has not answered by then is left out.
    """
    remote = ray.remote(function)
    asked = [
        remote.options(
            num_cpus=0,
            max_retries=0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False),
        ).remote(*given)
        for node in nodes
    ]
    until = time.monotonic() + patience_s
    return [_answer(node, ref, until) for node, ref in zip(nodes, asked, strict=True)]


def _answer(node: Node, ref: Any, until: float) -> Answer[Any]:
    try:
        return Answer(node, ray.get(ref, timeout=max(0.0, until - time.monotonic())))
    except RayError as error:
        cause = getattr(error, "cause", None)
        text = " ".join(f"{type(cause or error).__name__}: {cause or error}".split())
        ray.cancel(ref, force=True)
        return Answer(node, error=text[:300])


def _name(node: Mapping[str, Any], *, alone: bool) -> str:
    return name_of(node) if alone else f"{name_of(node)} ({node['NodeID'][:6]})"
