"""Trials that share a GPU stay within their part of its memory (a pretended GPU)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from gpdht.errors import ConfigError
from gpdht.execution.worker import cap_gpu_memory


@pytest.fixture
def caps(monkeypatch):
    """A GPU of 16 GiB; gives the list of caps that were set."""
    set_to: list[float] = []
    device = SimpleNamespace(total_memory=16 * 2**30)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: device)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", set_to.append)
    return set_to


def test_all_trials_of_a_gpu_fit_on_it_with_their_processes(caps):
    for _ in range(4):
        cap_gpu_memory(0.25)
    gib = 16 * sum(caps) + 4 * 1  # a process takes about one beside what torch allocates
    assert gib == pytest.approx(16)


@pytest.mark.parametrize("share", [0, 1, 2])
def test_a_trial_with_whole_gpus_or_none_has_no_cap(caps, share):
    cap_gpu_memory(share)
    assert caps == []


def test_a_share_smaller_than_a_process_is_refused(caps):
    with pytest.raises(ConfigError, match=r"0\.05 of a GPU with 16 GiB .* Raise --gpus-per-trial"):
        cap_gpu_memory(0.05)
    assert caps == []
