"""What a trial pays: its part of a node, its energy, and where the price comes from."""

from __future__ import annotations

import logging

import pytest
import ray

from gpdht.execution.placement import Placement
from gpdht.execution.tariff import PRICE_LABEL, Tariff, part_of_price, tariff_here


@pytest.mark.parametrize(
    ("cpus", "gpus", "part"),
    [
        (1, 1, 0.5),  # one of two GPUs, one of eight CPUs
        (1, 0.5, 0.25),
        (6, 0.5, 0.75),  # CPUs run out first
        (2, 0, 0.25),
        (8, 2, 1.0),
        (16, 0, 1.0),  # never more than the node
    ],
)
def test_a_trial_pays_the_larger_of_its_parts_of_the_cpus_and_of_the_gpus(cpus, gpus, part):
    node = {"CPU": 8.0, "GPU": 2.0, "memory": 1e9}
    assert part_of_price(4.0, node, cpus=cpus, gpus=gpus) == pytest.approx(4.0 * part)


def test_a_node_without_gpus_is_shared_by_its_cpus_and_one_without_either_is_paid_whole():
    assert part_of_price(4.0, {"CPU": 4.0}, cpus=1, gpus=0) == 1.0
    assert part_of_price(4.0, {}, cpus=1, gpus=0) == 4.0
    assert part_of_price(None, {"CPU": 4.0}, cpus=1, gpus=0) is None


def test_half_an_hour_on_half_a_gpu_by_hand():
    tariff = Tariff("n1", gpus=0.5, gpu_watts=400.0, price_per_hour=3.0)
    # 0.5 GPU for 1800 s; 600 core-seconds at 12 W are 2 Wh, 900 GPU-seconds at 400 W are 100 Wh
    assert tariff.usage(1800.0, 600.0) == {
        "cpu_seconds": 600.0,
        "gpu_seconds": 900.0,
        "energy_wh": pytest.approx(102.0),
        "price": pytest.approx(1.5),
        "node": "n1",
    }


def test_what_is_not_known_is_none_and_not_nothing():
    usage = Tariff("n1", gpus=1.0).usage(10.0, 5.0)
    assert (usage["energy_wh"], usage["price"]) == (None, None)
    assert Tariff().usage(10.0, 300.0)["energy_wh"] == pytest.approx(1.0)  # no GPU, so all is known


@pytest.mark.slow
@pytest.mark.starts_ray
@pytest.mark.parametrize(
    ("label", "expected"), [("3.0", 1.5), (None, 0.5), ("much", None)], ids=str
)
def test_the_nodes_label_comes_before_the_placements_price(label, expected):
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        object_store_memory=100 * 2**20,
        labels={PRICE_LABEL: label} if label else None,
    )
    try:
        tariff = tariff_here(Placement(cpus=1, price_per_hour=1.0))
    finally:
        ray.shutdown()
    assert tariff.price_per_hour == expected
    assert tariff.node
