"""Where models run: one choice, however it is given, on machines with pretended GPUs."""

from __future__ import annotations

import sys
import threading

import pytest
import torch

from gpdht.config import Config
from gpdht.cost import Meter, free_memory
from gpdht.data.toy import toy
from gpdht.devices import asked_device, chosen_device, on_device
from gpdht.errors import DeviceError
from gpdht.models.gpdht.batched import side_stream
from gpdht.training.cross_validation import own_random_state
from gpdht.trial import run_trial


@pytest.fixture(autouse=True)
def no_default(monkeypatch):
    monkeypatch.delenv("GPDHT_DEVICE", raising=False)


@pytest.fixture
def gpus(monkeypatch):
    """Gives a function that pretends so many GPUs, the second of which is torch's current one."""

    def pretend(count: int) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(torch.cuda, "current_device", lambda: min(1, count - 1))
        monkeypatch.setattr(torch.cuda, "init", lambda: None)

    return pretend


@pytest.fixture
def forbidden_gpu(monkeypatch):
    """A GPU that torch can use; whoever asks it for anything fails."""

    def refuse(*_, **__):
        raise AssertionError("CUDA was asked")

    def is_available():
        if not sys._getframe(1).f_globals["__name__"].startswith("torch"):
            refuse()
        return False  # the optimisers of torch's builds for CUDA ask whatever they move

    names = ("device_count", "current_device", "mem_get_info", "empty_cache")
    for name in (*names, "reset_peak_memory_stats", "max_memory_allocated", "_lazy_init"):
        monkeypatch.setattr(torch.cuda, name, refuse)
    monkeypatch.setattr(torch.cuda, "is_available", is_available)


@pytest.mark.parametrize(
    ("count", "name", "chosen"),
    [
        (0, None, "cpu"),
        (0, "auto", "cpu"),
        (2, None, "cuda:1"),
        (2, "auto", "cuda:1"),
        (2, "cuda", "cuda:1"),
        (2, "cuda:0", "cuda:0"),
        (2, "cpu", "cpu"),
        (1, "auto", "cuda:0"),
    ],
)
def test_a_name_is_a_device_in_a_block_and_in_the_environment(
    gpus, monkeypatch, count, name, chosen
):
    gpus(count)
    with on_device(name):
        assert chosen_device() == torch.device(chosen)
    if name is not None:
        monkeypatch.setenv("GPDHT_DEVICE", name)
    assert chosen_device() == torch.device(chosen)


def test_the_innermost_block_decides_and_the_environment_last(gpus, monkeypatch):
    gpus(3)
    monkeypatch.setenv("GPDHT_DEVICE", "cuda:2")
    assert asked_device() is None
    with on_device("cpu"):
        with on_device("cuda:0"), on_device(None):
            assert (asked_device(), chosen_device()) == ("cuda:0", torch.device("cuda:0"))
        assert chosen_device() == torch.device("cpu")
    with pytest.raises(RuntimeError), on_device("cpu"):
        raise RuntimeError
    assert chosen_device() == torch.device("cuda:2")


def test_a_choice_holds_for_its_own_thread_alone(gpus):
    gpus(1)
    found = []
    with on_device("cpu"):
        other = threading.Thread(target=lambda: found.append(chosen_device()))
        other.start()
        other.join()
    assert found == [torch.device("cuda:0")]


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "CPU", "cuda:-1", " "])
def test_what_is_no_device_is_refused_with_those_there_are(monkeypatch, name):
    with (
        pytest.raises(DeviceError, match=r"expected auto, cpu, cuda, or .* cuda:0"),
        on_device(name),
    ):
        pass
    monkeypatch.setenv("GPDHT_DEVICE", name)
    with pytest.raises(DeviceError, match=f'GPDHT_DEVICE "{name}" is no device'):
        chosen_device()


@pytest.mark.parametrize(("count", "name"), [(0, "cuda"), (0, "cuda:0"), (2, "cuda:2")])
def test_a_gpu_that_is_not_there_is_refused_before_a_trial_runs(gpus, count, name):
    gpus(count)
    dataset = toy(genes=20, tfs=2, cells=20)
    with on_device(name), pytest.raises(DeviceError, match=f'"{name}".* finds {count} GPUs here'):
        run_trial(Config(), dataset)


def test_a_trial_on_the_cpu_asks_nothing_of_a_gpu(forbidden_gpu):
    settings = {"graph.levels": 3, "encoder.dim": 8, "encoder.iterations": 2, "train.epochs": 1}
    with on_device("cpu"):
        result = run_trial(Config.from_flat(settings), toy(genes=40, tfs=5, cells=30))
    assert (result.state, result.error) == ("complete", None)


def test_a_trial_on_one_of_several_gpus_touches_no_other(gpus, monkeypatch):
    """Its memory, its peak and torch's current device are that GPU's."""
    gpus(3)
    asked: list[tuple[str, object]] = []

    def noting(name, value=None):
        def note(device, *_):
            asked.append((name, device))
            return value

        return note

    class Current:
        def __init__(self, device):
            asked.append(("current", device))

        def __enter__(self): ...

        def __exit__(self, *_): ...

    for name, value in (
        ("reset_peak_memory_stats", None),
        ("max_memory_allocated", 3 * 2**20),
        ("memory_allocated", 0),
        ("mem_get_info", (2**30, 2**31)),
        ("get_per_process_memory_fraction", 1.0),
    ):
        monkeypatch.setattr(torch.cuda, name, noting(name, value))
    states = [torch.tensor([number]) for number in range(3)]
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: states[device])
    restored = []
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda *state: restored.append(state))
    monkeypatch.setattr(torch.cuda, "device", Current)
    with on_device("cuda:2"), Meter() as meter, own_random_state():
        assert free_memory(gpu=True) == 2**30
        assert meter.peak_memory_mb == 3
    assert {"current", "mem_get_info", "reset_peak_memory_stats"} <= {name for name, _ in asked}
    assert {device for _, device in asked} == {torch.device("cuda:2")}
    assert restored == [(state, number) for number, state in enumerate(states)]


def test_a_process_has_one_side_stream_for_each_gpu(monkeypatch):
    made: list[torch.device] = []

    def stream(device):
        made.append(device)
        return object()

    monkeypatch.setattr(torch.cuda, "Stream", stream)
    side_stream.cache_clear()
    first, second = torch.device("cuda:0"), torch.device("cuda:1")
    assert side_stream(first) is side_stream(torch.device("cuda", 0))
    assert side_stream(second) is not side_stream(first)
    assert made == [first, second]
    side_stream.cache_clear()
