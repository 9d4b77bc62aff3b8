"""Processes beside each other on one GPU, as the workers of a search are."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gpdht.data.toy import toy

pytestmark = pytest.mark.gpu

WORKER = """
import json, sys
from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.devices import on_device
from gpdht.execution.worker import device_of, prepare_worker
from gpdht.models.gpdht import memory_estimate
from gpdht.trial import run_trial

share, large = float(sys.argv[1]), sys.argv[2] == "large"
memory_estimate.free_memory = lambda **_: 2**60
prepare_worker(share)
import torch
if large:
    torch.cuda.set_per_process_memory_fraction(1e-3)
settings = {"encoder.dim": 256 if large else 16, "graph.levels": 15, "train.epochs": 3}
with on_device(device_of(share)):
    result = run_trial(Config.from_flat(settings), toy(genes=600, tfs=4, cells=400))
print(json.dumps([result.state, torch.cuda.is_initialized(), result.metrics.get("test/auprc")]))
"""


def start(share: float, size: str) -> subprocess.Popen:
    command = [sys.executable, "-c", WORKER, str(share), size]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(worker: subprocess.Popen) -> list:
    out, err = worker.communicate(timeout=300)
    assert worker.returncode == 0, err
    return json.loads(out.splitlines()[-1])


def test_a_worker_out_of_memory_takes_nothing_from_one_beside_it_or_from_one_without_gpu():
    """Three processes at once: one runs out, one shares the GPU, one has none and touches none."""
    workers = [start(0.25, "large"), start(0.25, "small"), start(0, "small")]
    lost, beside, without = map(end, workers)
    assert lost[:2] == ["out_of_memory", True]
    assert beside[:2] == ["complete", True]
    assert without[:2] == ["complete", False]
    assert beside[2] == pytest.approx(without[2], abs=0.1)


@pytest.mark.parametrize("gpus", [0, 0.25])
def test_a_task_of_ray_sees_the_gpu_it_was_given_and_no_other(gpus):
    pytest.importorskip("ray")
    from gpdht.execution.placement import Placement
    from gpdht.execution.tasks import run_tasks

    def look(task, dataset, *, cache_dir):
        import torch

        from gpdht.devices import chosen_device

        return chosen_device().type, torch.cuda.device_count()

    data = {"toy": toy(genes=20, tfs=2, cells=20)}
    placed = Placement(cpus=1, gpus=gpus)
    (end,) = run_tasks(look, [(0, "toy")], data, placement=placed, stop=lambda: False)
    assert (end.value, end.error) == (("cuda", 1) if gpus else ("cpu", 0), "")
