"""What a second of a trial or job costs on the node where it runs: CPU, GPU, energy, money."""

from __future__ import annotations

import functools
import math
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import ray

from gpdht.cost import Meter
from gpdht.execution.nodes import name_of
from gpdht.execution.placement import Placement
from gpdht.trial import TrialResult

PRICE_LABEL = "gpdht.io/price-per-hour"
"""The Ray node label that says what an hour of a node costs, in the currency of your choice."""

CPU_WATTS = 12.0
"""Of one busy core: what Green Algorithms takes for an unknown CPU (its table of processors, row
"Any"; Lannelongue, Grealey, Inouye 2021, doi:10.1002/advs.202100707)."""

_NVIDIA_TIMEOUT_S = 10


@dataclass(frozen=True)
class Tariff:
    """What is used per second, and where.

    Parameters
    ----------
    gpus : the trial's; a part where it shares one.
    gpu_watts : board power of one GPU; None if the driver does not say.
    price_per_hour : the trial's part of the node's; None if that is not known.
    """

    node: str | None = None
    gpus: float = 0.0
    gpu_watts: float | None = None
    price_per_hour: float | None = None

    def usage(self, seconds: float, cpu_seconds: float) -> dict[str, Any]:
        """The usage of a `TrialResult` that took so many seconds.

        Energy is busy cores × `CPU_WATTS` + the held GPUs × their board power: an upper bound for
        a GPU that idles, and without memory, cooling and what the machine takes at rest.
        """
        gpu_seconds = self.gpus * seconds
        energy, price = cpu_seconds * CPU_WATTS / 3600, self.price_per_hour
        known = self.gpu_watts is not None or not self.gpus
        return {
            "cpu_seconds": round(cpu_seconds, 3),
            "gpu_seconds": round(gpu_seconds, 3),
            "energy_wh": energy + gpu_seconds * (self.gpu_watts or 0) / 3600 if known else None,
            "price": None if price is None else price * seconds / 3600,
            "node": self.node,
        }

    def charge(self, result: TrialResult, meter: Meter) -> TrialResult:
        """The result with what it used by the meter around it."""
        return replace(result, usage=self.usage(meter.seconds, meter.cpu_seconds))


def tariff_here(placement: Placement) -> Tariff:
    """The tariff of a piece of work with that placement on this node of the connected Ray.

    An hour costs what the node's label says, else the placement's price.
    """
    at = ray.get_runtime_context().get_node_id()
    node: dict[str, Any] = next((one for one in ray.nodes() if one["NodeID"] == at), {})
    return Tariff(
        node=name_of(node) if node else None,
        gpus=placement.gpus,
        gpu_watts=_board_watts() if placement.gpus else None,
        price_per_hour=part_of_price(
            price_of(node.get("Labels", {}), placement),
            node.get("Resources", {}),
            cpus=placement.cpus,
            gpus=placement.gpus,
        ),
    )


def part_of_price(
    per_hour: float | None, resources: Mapping[str, float], *, cpus: float, gpus: float
) -> float | None:
    """A trial's part of a node's price: the larger of its shares of the node's CPUs and GPUs.

    So trials that fill a node pay it whole, by whichever of the two runs out first; never more.
    """
    if per_hour is None:
        return None
    asked = {"CPU": cpus, "GPU": gpus}
    shares = [asked[name] / resources[name] for name in asked if resources.get(name)]
    return per_hour * min(1.0, max(shares, default=1.0))


def price_of(labels: Mapping[str, str], placement: Placement) -> float | None:
    """What an hour of a node costs: by its label, else the placement's price; None if unknown."""
    if PRICE_LABEL not in labels:
        return placement.price_per_hour
    try:
        value = float(labels[PRICE_LABEL])
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


@functools.cache
def _board_watts() -> float | None:
    """The power limit of this process's first GPU, as its driver has it."""
    command = ["nvidia-smi", "--query-gpu=power.limit", "--format=csv,noheader,nounits"]
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").partition(",")[0]
    try:
        done = subprocess.run(
            [*command, *(["-i", first] if first else [])],
            capture_output=True,
            text=True,
            timeout=_NVIDIA_TIMEOUT_S,
            check=True,
        )
        return float(done.stdout.split()[0])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
