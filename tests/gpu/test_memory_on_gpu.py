"""Memory of a GPU: a trial gives back what it took, keeps to its share, and ends alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pandas as pd
import pytest
import torch

from gpdht.cost import free_memory
from gpdht.data.toy import toy
from gpdht.execution.worker import cap_gpu_memory, prepare_worker
from gpdht.models.gpdht import memory_estimate
from gpdht.trial import run_trial

pytestmark = pytest.mark.gpu

MIB = 2**20


@pytest.fixture(autouse=True)
def whole_gpu() -> Iterator[None]:
    """A test's share of the memory ends with it."""
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


def kept() -> tuple[int, int]:
    """Bytes that torch holds once all is collected: in tensors and workspaces, and from CUDA."""
    gc.collect()
    torch.cuda.empty_cache()
    return torch.cuda.memory_allocated(), torch.cuda.memory_reserved()


def test_memory_stays_flat_over_twenty_trials(quiet, complete, dataset):
    """Of different sizes, each with two captures (it trains again for the test parts)."""
    configs = [
        quiet(encoder__dim=dim, train__refit=True, train__precision=precision, train__epochs=2)
        for dim in (16, 32)
        for precision in ("float32", "bfloat16")
    ]
    for config in configs:
        complete(config, dataset)
    after_first = kept()
    for number in range(20):
        complete(configs[number % len(configs)], dataset)
    allocated, reserved = kept()
    assert allocated <= after_first[0] + MIB
    assert reserved <= after_first[1] + 32 * MIB  # what lies between is cut anew now and then


def test_other_trainings_and_models_give_their_memory_back_too(quiet, complete, dataset):
    configs = [quiet(encoder__training="joint"), quiet(model__name="hgatlink")]
    for config in configs:
        complete(config, dataset)
    allocated, _ = kept()
    for config in configs * 3:
        complete(config, dataset)
    assert kept()[0] <= allocated + MIB


def test_a_share_bounds_what_a_process_takes_and_what_it_thinks_is_free(dataset):
    total = torch.cuda.get_device_properties(0).total_memory
    cap_gpu_memory(0.25)
    room = 0.25 * total - 2**30  # a process takes about a GiB beside torch
    assert free_memory(gpu=True) <= room + MIB
    held = torch.empty(int(0.5 * room), dtype=torch.uint8, device="cuda")
    assert free_memory(gpu=True) <= 0.5 * room + MIB
    with pytest.raises(torch.OutOfMemoryError):
        torch.empty(int(0.75 * room), dtype=torch.uint8, device="cuda")
    del held


def only_as_much_more(size: int) -> None:
    """Let this process take so many bytes more of the GPU."""
    _, reserved = kept()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((reserved + size) / total)


def test_what_cannot_fit_is_refused_with_an_estimate_before_it_is_taken(quiet):
    only_as_much_more(64 * MIB)
    before = torch.cuda.memory_allocated()
    large = quiet(encoder__dim=256, graph__levels=15)
    result = run_trial(large, toy(genes=1000, tfs=8, cells=800))
    assert result.state == "out_of_memory"
    assert "GiB are free. Lower encoder.dim" in result.error
    assert result.peak_memory_mb <= before / MIB + 1


def test_out_of_memory_ends_one_trial_alone(quiet, complete, dataset, monkeypatch):
    """The next trial of the same process is what it would have been."""
    expected = complete(quiet(), dataset)
    only_as_much_more(64 * MIB)
    with monkeypatch.context() as patch:
        patch.setattr(memory_estimate, "free_memory", lambda **_: 2**60)  # an estimate too low
        large = quiet(encoder__dim=256, graph__levels=15)
        result = run_trial(large, toy(genes=1000, tfs=8, cells=800))
    assert result.state == "out_of_memory"
    assert result.error.startswith("OutOfMemoryError: CUDA out of memory")
    torch.cuda.set_per_process_memory_fraction(1.0)
    prepare_worker(1)
    again = complete(quiet(), dataset)
    pd.testing.assert_frame_equal(again.scores, expected.scores, check_exact=True)


def test_a_trials_peak_is_that_of_the_gpu(quiet, complete, dataset):
    held = torch.empty(512 * MIB, dtype=torch.uint8, device="cuda")
    del held
    peak = complete(quiet(), dataset).peak_memory_mb
    assert 0 < peak < 512
