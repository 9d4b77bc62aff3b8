"""What a trial gets, against the device that was asked for."""

from __future__ import annotations

import pytest

from gpdht.devices import on_device
from gpdht.errors import StudyError
from gpdht.execution.placement import Placement


@pytest.mark.parametrize(
    ("device", "gpus", "message"),
    [
        ("cpu", 0.5, r"asks for 0\.5 GPU, but the device is to be the CPU"),
        ("cuda", 0, "a trial asks for none. .* --gpus-per-trial 1"),
        ("cuda:1", 1, 'device "cuda:1": .* CUDA_VISIBLE_DEVICES'),
        ("cuda:1", 0, 'device "cuda:1": .* CUDA_VISIBLE_DEVICES'),
    ],
)
@pytest.mark.parametrize("address", [None, "auto"])
def test_a_device_and_gpus_that_contradict_each_other_are_refused(device, gpus, message, address):
    placement = Placement(gpus=gpus, address=address)
    with on_device(device), pytest.raises(StudyError, match=message):
        placement.check()


@pytest.mark.parametrize(("device", "gpus"), [("cpu", 0), ("auto", 0), ("auto", 1), ("cuda", 0.5)])
def test_a_device_that_agrees_is_none_of_a_clusters_business(device, gpus):
    with on_device(device):
        Placement(gpus=gpus, address="auto").check()


def test_the_default_of_a_machine_says_nothing_about_gpus_that_ray_gives(monkeypatch):
    monkeypatch.setenv("GPDHT_DEVICE", "cpu")
    Placement(gpus=1, address="auto").check()
