"""A dry run's checks that are about figures: versions, memory, GPUs, seconds, prices."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_inputs import TINY

from gpdht.config import Config
from gpdht.execution.nodes import Answer, Node
from gpdht.execution.placement import Placement
from gpdht.search.largest import Largest
from gpdht.search.preflight import gpus as gpu_checks
from gpdht.search.preflight import memory
from gpdht.search.preflight.gpus import NodeGpus, check_gpus
from gpdht.search.preflight.memory import PROCESS, check_cpu_memory, check_gpu_memory
from gpdht.search.preflight.one_trial import Timing, estimate, timing_of
from gpdht.search.preflight.room import price_per_hour
from gpdht.search.preflight.versions import differences
from gpdht.trial import TrialResult

GIB = 2**30
ONE_GPU = Node("b" * 56, "gpu-1", 8, 1, {})
CPUS = Node("a" * 56, "big", 8, 0, {})


def test_versions_that_differ_or_are_missing_are_named_both_ways():
    here = {"python": "3.11.7", "torch": "2.7.0", "ray": "2.60.0"}
    there = {"python": "3.11.9", "torch": "2.7.0", "optuna": "5.0.0"}
    assert differences(here, there) == [
        "python 3.11.9, the driver 3.11.7",
        "ray missing, the driver 2.60.0",
        "optuna 5.0.0, the driver none",
    ]
    assert differences(here, here) == []


def large(gib: float) -> Largest:
    values = {"encoder.dim": 512}
    return Largest(values, Config(), {"tables": int(gib * GIB)}, ("encoder.dim",))


@pytest.mark.parametrize(
    ("free_gib", "most", "state", "said"),
    [
        (40, 8, "passed", "(encoder.dim 512) takes about 4.0 GiB. 40.0 GiB are free"),
        (9, 8, "warning", "Only 2 of 8 such trials fit at once"),
        (3, 1, "failed", "3.0 GiB are free"),
    ],
)
def test_memory_of_nodes_is_held_against_the_largest_configuration(
    monkeypatch, free_gib, most, state, said
):
    answers = [Answer(CPUS, int(free_gib * GIB))]
    monkeypatch.setattr(memory, "ask_nodes", lambda *_: answers)
    (check,) = check_cpu_memory(large(4 - PROCESS / GIB), [CPUS], Placement(), most)
    assert check.state == state
    assert said in check.found
    assert state == "passed" or "lower the range of encoder.dim" in check.remedy


@pytest.mark.parametrize(
    ("need_gib", "share", "state", "remedy"),
    [
        (3.1, 0.25, "passed", ""),
        (4.5, 0.25, "warning", "Pass --gpus-per-trial 0.5, or lower the range of encoder.dim."),
        (6.0, 0.25, "failed", "Pass --gpus-per-trial 0.5, or lower the range of encoder.dim."),
        (30.0, 1, "failed", "lower the range of encoder.dim."),
    ],
)
def test_memory_of_a_part_of_a_gpu_is_held_against_the_largest_configuration(
    need_gib, share, state, remedy
):
    node = NodeGpus(ONE_GPU, 24 * GIB)
    (check,) = check_gpu_memory(large(need_gib), [node], Placement(gpus=share))
    assert (check.state, check.remedy) == (state, remedy)


def test_gpus_that_torch_cannot_use_are_named_and_other_drivers_are_said(monkeypatch):
    other = Node("c" * 56, "gpu-2", 8, 2, {})
    values = {
        "gpu-1": ([24 * GIB], "580.1", "13.0"),
        "gpu-2": ([16 * GIB, 80 * GIB], "550.2", "13.0"),
    }

    def answers(_, nodes):
        return [Answer(node, values[node.name]) for node in nodes]

    monkeypatch.setattr(gpu_checks, "ask_nodes", answers)
    usable, (check,) = check_gpus([CPUS, ONE_GPU, other])
    assert [(one.node.name, one.memory) for one in usable] == [
        ("gpu-1", 24 * GIB),
        ("gpu-2", 16 * GIB),
    ]
    assert check.state == "warning"
    assert "gpu-1: driver 580.1, CUDA 13.0; gpu-2: driver 550.2" in check.found
    values["gpu-2"] = ([], "550.2", "")
    usable, (check,) = check_gpus([ONE_GPU, other])
    assert (check.state, check.node, len(usable)) == ("failed", "gpu-2", 1)
    assert "torch for CUDA none" in check.found


@given(st.floats(0, 100), st.floats(0.01, 10), st.floats(0, 50), st.booleans(), st.integers(1, 2))
def test_what_an_epoch_takes_is_told_apart_from_what_is_around_it(
    before, epoch, after, refit, best
):
    """The clock of a trial of two epochs, with or without training again for the best of them."""
    ends = [before + epoch, before + 2 * epoch]
    whole = ends[-1] + (best * epoch if refit else 0) + after
    config = TINY.replace({"train.refit": refit})
    timing = timing_of(ends, whole, config, TrialResult("complete", best_epoch=best))
    assert timing.epoch == pytest.approx(epoch)
    assert timing.around == pytest.approx(before + after, abs=1e-6)
    assert timing.trial(50) == pytest.approx(before + after + 50 * epoch * (1 + refit), abs=1e-3)


def test_an_estimate_says_how_it_is_made_and_when_the_search_would_end():
    timing = Timing(around=20, epoch=2, passes=1, peak_memory_mb=1, node="")
    made = estimate(
        timing,
        Config().replace({"train.epochs": 50}),
        trials=10,
        at_once=4,
        price_per_hour=6.0,
        now=lambda: datetime(2030, 1, 1, 12, 0),
    )
    assert (made.seconds_per_trial, made.trials_per_hour) == (120, 120)
    assert made.hours == pytest.approx(0.1)  # three rounds of two minutes
    assert made.ends == "2030-01-01 12:06:00"
    assert made.cost == pytest.approx(0.6)
    first, how = made.lines
    assert first == (
        "Estimate: 120 trials an hour; 10 trials and replicates take 6.0 min, until "
        "2030-01-01 12:06; cost about 0.60 (the nodes: 6.00 an hour)."
    )
    assert "20 s around training + 50 epochs × 2.0 s = 2.0 min" in how
    assert "Pruning and patience" in how


def test_a_price_is_known_only_if_every_node_that_takes_trials_has_one():
    priced = Node("d" * 56, "a", 4, 0, {"gpdht.io/price-per-hour": "0.5"})
    head = Node("e" * 56, "head", 0, 0, {})
    assert price_per_hour([head, priced, priced], Placement()) == 1.0
    assert price_per_hour([priced, CPUS], Placement()) is None


@pytest.mark.parametrize(
    ("cpus", "gpus", "room"),
    [(1, 0, 8), (3, 0, 2), (1, 0.25, 8), (1, 0.4, 4), (1, 1, 2), (1, 2, 1), (1, 3, 0), (16, 0, 0)],
)
def test_a_node_has_room_for_what_fits_on_each_of_its_gpus(cpus, gpus, room):
    assert Node("f" * 56, "n", 8, 2, {}).room(cpus, gpus) == room
