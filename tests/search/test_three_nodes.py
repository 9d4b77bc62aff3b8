"""A search on three nodes, two of which are lost while a new one joins."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
import ray
import requests
import servers
from fake_trials import fake_trial
from journal import Journal
from small_inputs import SPACE, tiny_dataset

from gpdht.search.run import run_search

pytestmark = [pytest.mark.slow, pytest.mark.starts_ray]

TRIALS = 8
_STORE = 100 * 2**20


@pytest.fixture
def three_nodes():
    """A head that takes no trials and two workers with one pretended GPU each."""
    from ray._common.utils import reset_ray_address
    from ray.cluster_utils import Cluster

    shared = {"object_store_memory": _STORE, "include_dashboard": False}
    # without hooks at the exit, which only the main thread can set, nodes can join from another
    cluster = Cluster(
        initialize_head=True, shutdown_at_exit=False, head_node_args={"num_cpus": 0, **shared}
    )
    reset_ray_address()  # else a Ray that is started elsewhere would join this one
    workers = [
        cluster.add_node(num_cpus=2, num_gpus=1, object_store_memory=_STORE) for _ in range(2)
    ]
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    cluster.wait_for_nodes()
    yield cluster, workers
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(params=["folder", "s3"])
def storage(request, tmp_path, monkeypatch):
    """A place that all nodes see: a folder, or a bucket of an object store."""
    if request.param == "folder":
        yield str(tmp_path / "storage")
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    port = servers.free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with servers.Server(command, port, tmp_path):
        assert requests.put(f"http://127.0.0.1:{port}/bucket", timeout=30).ok
        yield f"s3://bucket/gpdht?scheme=http&endpoint_override=127.0.0.1:{port}"


def kill(worker, nodes: int) -> None:
    """SIGKILL a worker's raylet, and wait until Ray knows that so many nodes are left.

    A node's trials outlive the raylet for a moment, in which they could end.
    """
    os.kill(worker.all_processes["raylet"][0].process.pid, signal.SIGKILL)
    while sum(node["Alive"] for node in ray.nodes()) > nodes:
        time.sleep(0.05)


def replace(cluster, workers, journal: Journal, lost: list[int], done: Path) -> None:
    """Kill both workers once trials wait on them; a new one joins between. Then let all go on."""
    while True:
        outcomes = journal.outcomes()
        reported = {number for number, epoch, _ in journal.named("log_epoch") if epoch >= 2}
        running = {number for number, outcome in outcomes.items() if outcome is None}
        if len(reported & running) >= 3:
            break
        time.sleep(0.05)
    lost.extend(sorted(running))
    kill(workers[0], 2)
    cluster.add_node(num_cpus=2, num_gpus=1, object_store_memory=_STORE)
    kill(workers[1], 2)
    done.touch()


def test_lost_workers_cost_no_trial_and_a_new_one_takes_their_place(
    storage, three_nodes, tmp_path, caplog
):
    journal, lost = Journal(tmp_path / "journal.jsonl"), []
    done = tmp_path / "a-worker-is-lost"
    arguments = (*three_nodes, journal, lost, done)
    killer = threading.Thread(target=replace, args=arguments, daemon=True)
    killer.start()
    study = run_search(
        tiny_dataset(),
        {**SPACE, "trials": TRIALS},
        name="s",
        studies=tmp_path,
        tracker=journal,
        gpus_per_trial=0.5,
        cpus_per_trial=1,
        storage=storage,
        progress=False,
        trial=fake_trial(epochs=6, sleep_s=0.2, wait_for=str(done)),
    )
    assert len(lost) >= 3
    table = study.trials()
    assert list(table["number"]) == list(range(TRIALS))
    assert set(table["state"]) == {"complete"}
    assert journal.outcomes() == dict.fromkeys(range(TRIALS), "complete")
    firsts = [number for number, epoch, _ in journal.named("log_epoch") if epoch == 1]
    again = {number for number in firsts if firsts.count(number) > 1}
    assert again <= set(lost)
    assert again, "no trial ran on the lost worker"
    restarts = [entry.message for entry in caplog.records if "starts again" in entry.message]
    assert restarts
    assert all("lost its node" in message for message in restarts)
    assert all(list(t.intermediate_values) == [*range(1, 7)] for t in study.optuna.trials)
    assert len(list((study.folder / "scores").glob("*.parquet"))) == TRIALS
