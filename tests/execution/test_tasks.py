"""Tasks through a local Ray of their own: what they see of the machine."""

from __future__ import annotations

import os

import pytest

from gpdht.data.toy import toy
from gpdht.devices import asked_device
from gpdht.execution.placement import Placement
from gpdht.execution.tasks import run_tasks


@pytest.mark.starts_ray
def test_a_task_without_gpu_runs_on_the_cpu_and_sees_no_gpu(monkeypatch):
    monkeypatch.delenv("GPDHT_DEVICE")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")

    def look(task, dataset, *, cache_dir):
        return asked_device(), os.environ.get("CUDA_VISIBLE_DEVICES")

    data = {"toy": toy(genes=20, tfs=2, cells=20)}
    (end,) = run_tasks(look, [(0, "toy")], data, placement=Placement(), stop=lambda: False)
    assert (end.value, end.error) == (("cpu", ""), "")
