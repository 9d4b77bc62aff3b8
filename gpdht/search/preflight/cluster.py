"""All checks that need Ray, in one connection to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gpdht.data.dataset import Dataset
from gpdht.execution.nodes import Node, alive_nodes
from gpdht.execution.placement import Placement
from gpdht.execution.ray_session import ray_session
from gpdht.execution.sharing import place
from gpdht.presentation import seconds
from gpdht.search.ending import check_gpu_budget
from gpdht.search.largest import Largest, largest_config
from gpdht.search.preflight.asked import Asked
from gpdht.search.preflight.checks import Check, Checks
from gpdht.search.preflight.gpus import check_gpus
from gpdht.search.preflight.memory import check_cpu_memory, check_gpu_memory
from gpdht.search.preflight.one_trial import (
    EPOCHS,
    Estimate,
    Timing,
    default_config,
    estimate,
    run_one,
)
from gpdht.search.preflight.room import count_room, price_per_hour, say_nodes
from gpdht.search.preflight.storage import check_storage
from gpdht.search.preflight.versions import check_versions
from gpdht.search.space import Space
from gpdht.search.trainable import TrialFunction


@dataclass(frozen=True)
class Inputs:
    """What earlier checks found; None for what failed.

    Parameters
    ----------
    remaining : trials that are still to run.
    """

    dataset: Dataset | None
    space: Space | None
    remaining: int | None


def check_cluster(
    checks: Checks, inputs: Inputs, asked: Asked, tell: Callable[[str], None]
) -> Estimate | None:
    """Add the checks; gives what a search takes, if a trial could be run.

    Parameters
    ----------
    tell : told what takes long.
    """
    largest = None
    if inputs.dataset is not None and inputs.space is not None:
        largest = largest_config(inputs.space, inputs.dataset)
    placement = checks.attempt("trials", lambda: _place(asked, inputs, largest))
    with ExitStack() as stack:
        joined = checks.attempt("Ray", partial(_join, stack, inputs), placement)
        local, nodes = joined if joined is not None else (False, None)
        room = checks.attempt("room", partial(count_room, local=local), nodes, placement)
        checks.attempt_rows("storage", partial(check_storage, asked.storage), nodes)
        checks.attempt_rows("versions", check_versions, nodes)
        checks.attempt_rows(
            "memory", partial(_check_memory, checks), largest, nodes, placement, room
        )
        if room == 0:
            checks.skip("one trial", "no node has room for it yet")
            return None
        run = partial(_time_one, asked.trial, tell)
        needs = inputs.dataset, inputs.space, placement, nodes, inputs.remaining, room
        timing = checks.attempt("one trial", run, *needs)
    if timing is None:
        return None
    assert inputs.space is not None
    assert inputs.remaining is not None
    assert room
    assert nodes
    assert placement is not None
    made = estimate(
        timing,
        default_config(inputs.space),
        trials=inputs.remaining + 2 * asked.replicates,
        at_once=room,
        price_per_hour=price_per_hour(nodes, placement),
    )
    limit, each = placement.trial_timeout_s, made.seconds_per_trial
    if limit is not None and each > limit:
        found = (
            f"a trial that uses all its epochs takes about {seconds(each)}; {seconds(limit)} are"
        )
        remedy = "Raise --trial-timeout, or lower train.epochs."
        checks.add([Check("trial timeout", "warning", f"{found} allowed.", remedy)])
    return made


def _place(asked: Asked, inputs: Inputs, largest: Largest | None) -> tuple[Placement, str]:
    placement, words = place(
        asked.placement,
        asked.gpus,
        needed=lambda: largest.bytes if largest else 0,
        at_most=asked.trials or (inputs.space.trials if inputs.space else 1),
    )
    check_gpu_budget(asked.gpu_budget_s, placement)
    gpus = f"{placement.gpus:g} GPU" if placement.gpus else "no GPU"
    return placement, words or f"each gets {placement.cpus:g} CPU and {gpus}"


def _join(
    stack: ExitStack, inputs: Inputs, placement: Placement
) -> tuple[tuple[bool, list[Node]], str]:
    parts = inputs.dataset.parts().values() if inputs.dataset else ()
    size = sum(array.nbytes for array in parts)
    # whether trials fit is asked next
    session = ray_session(replace(placement, cpus=0, gpus=0), shipped_bytes=size)
    local = stack.enter_context(session)
    nodes = alive_nodes()
    return (local, nodes), say_nodes(nodes, placement, local=local)


def _check_memory(
    checks: Checks, largest: Largest, nodes: Sequence[Node], placement: Placement, room: int
) -> list[Check]:
    if not placement.gpus:
        return check_cpu_memory(largest, nodes, placement, room)
    usable, rows = check_gpus(nodes)
    checks.add(rows)
    return check_gpu_memory(largest, usable, placement) if usable else []


def _time_one(
    trial: TrialFunction,
    tell: Callable[[str], None],
    dataset: Dataset,
    space: Space,
    placement: Placement,
    *others: Any,
) -> tuple[Timing, str]:
    tell(f"Running one trial of {EPOCHS} epochs on a worker.")
    nodes: Sequence[Node] = others[0]
    names = {node.id: node.name for node in nodes}
    timing = run_one(space, dataset, placement, trial=trial, names=names)
    return timing, (
        f"{seconds(timing.around)} around training, {seconds(timing.epoch)} an epoch, "
        f"{timing.peak_memory_mb:.0f} MiB at the peak, on {timing.node}"
    )
