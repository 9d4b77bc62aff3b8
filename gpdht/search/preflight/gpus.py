"""Whether torch can use the GPUs that Ray hands out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gpdht.execution.nodes import Node, ask_nodes
from gpdht.search.preflight.checks import Check

NAME = "GPUs"


@dataclass(frozen=True)
class NodeGpus:
    """A node with GPUs that torch can use.

    Parameters
    ----------
    memory : bytes of the smallest.
    """

    node: Node
    memory: int


def check_gpus(nodes: Sequence[Node]) -> tuple[list[NodeGpus], list[Check]]:
    """The nodes whose GPUs torch can use, and a row for each whose it cannot, or all in one."""
    rows, usable, drivers = [], [], {}
    for answer in ask_nodes(_gpus(), [node for node in nodes if node.gpus]):
        name = answer.node.name
        memories, driver, cuda = answer.value or ([], "", "")
        if not memories:
            why = answer.error or f"driver {driver or 'none'}, torch for CUDA {cuda or 'none'}"
            found = f"{name}: Ray has {answer.node.gpus:g} GPUs, but torch finds none ({why})."
            remedy = "Install the driver and a torch for its CUDA there, or leave its GPUs out."
            rows.append(Check(NAME, "failed", found, remedy, name))
            continue
        usable.append(NodeGpus(answer.node, min(memories)))
        drivers[name] = f"driver {driver or 'unknown'}, CUDA {cuda}"
    if len(set(drivers.values())) > 1:
        said = "; ".join(f"{name}: {text}" for name, text in drivers.items())
        remedy = "Scores may differ in the last digits; use one driver and one torch."
        rows.append(Check(NAME, "warning", said, remedy))
    elif usable and not rows:
        smallest = min(one.memory for one in usable) / 2**30
        there = sum(one.node.gpus for one in usable)
        driver = next(iter(drivers.values()))
        found = f"torch can use all {there:g} ({smallest:.0f} GiB or more; {driver})"
        rows.append(Check(NAME, "passed", found))
    return usable, rows


def _gpus() -> Callable[[], tuple[list[int], str, str]]:
    """A task for a node: memory of each GPU, driver, and CUDA's version."""

    def look() -> tuple[list[int], str, str]:
        import subprocess

        import torch

        from gpdht.execution.gpus import node_gpu_memories

        query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        try:
            done = subprocess.run(query, capture_output=True, text=True, check=True, timeout=60)
            driver = done.stdout.splitlines()[0].strip()
        except (OSError, IndexError, subprocess.SubprocessError):
            driver = ""
        return node_gpu_memories(), driver, torch.version.cuda or ""

    return look
