"""A worker: its share of a (pretended) GPU, its cache, and the dataset that it holds."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from gpdht.data.toy import toy
from gpdht.errors import ConfigError, StudyError
from gpdht.execution.worker import (
    cache_folder,
    cap_gpu_memory,
    device_of,
    hold_dataset,
    prepare_worker,
)


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


def test_each_user_has_a_cache_of_their_own_that_others_cannot_open(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    folder = cache_folder(None)
    assert folder == tmp_path / f"gpdht-cache-{os.getuid()}" == cache_folder(None)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert cache_folder("/shared") == Path("/shared")
    folder.chmod(0o755)
    with pytest.raises(StudyError, match="mode 755; expected a folder of user"):
        cache_folder(None)


def test_a_cache_that_is_a_link_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / f"gpdht-cache-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="Remove it, or set TMPDIR"):
        cache_folder(None)


def test_trials_of_one_process_share_the_dataset_object():
    dataset = toy(genes=20, tfs=2, cells=20)
    parts = dataset.parts()
    held = hold_dataset(dataset.fingerprint, parts)
    assert held.fingerprint == dataset.fingerprint
    assert hold_dataset(dataset.fingerprint, parts) is held
    other = toy(genes=20, tfs=2, cells=20, seed=1)
    assert hold_dataset(other.fingerprint, other.parts()).fingerprint == other.fingerprint
    assert hold_dataset(dataset.fingerprint, parts) is not held


def test_a_trial_with_a_share_of_a_gpu_takes_it_and_one_without_takes_none():
    assert [device_of(share) for share in (0, 0.25, 1)] == ["cpu", "auto", "auto"]


def test_a_worker_without_gpu_asks_nothing_of_cuda(monkeypatch):
    def refuse(*_):
        raise AssertionError("CUDA was asked")

    for name in ("is_available", "empty_cache", "get_device_properties"):
        monkeypatch.setattr(torch.cuda, name, refuse)
    prepare_worker(0)
