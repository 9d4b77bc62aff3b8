"""A search on three nodes, one of which is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
import ray
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
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **shared})
    reset_ray_address()  # else a Ray that is started elsewhere would join this one
    workers = [
        cluster.add_node(num_cpus=2, num_gpus=1, object_store_memory=_STORE) for _ in range(2)
    ]
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    cluster.wait_for_nodes()
    yield workers
    ray.shutdown()
    cluster.shutdown()


def lose(worker, journal: Journal, lost: list[int], done: Path) -> None:
    """SIGKILL a worker's raylet once trials wait on both workers, and let the others go on.

    Not before the node is known to be lost: its trials outlive the raylet for a moment, in which
    they could end.
    """
    while True:
        outcomes = journal.outcomes()
        reported = {number for number, epoch, _ in journal.named("log_epoch") if epoch >= 2}
        running = {number for number, outcome in outcomes.items() if outcome is None}
        if len(reported & running) >= 3:
            break
        time.sleep(0.05)
    os.kill(worker.all_processes["raylet"][0].process.pid, signal.SIGKILL)
    lost.extend(sorted(running))
    while sum(node["Alive"] for node in ray.nodes()) > 2:
        time.sleep(0.05)
    done.touch()


def test_a_lost_worker_costs_no_trial(three_nodes, tmp_path):
    journal, lost = Journal(tmp_path / "journal.jsonl"), []
    done = tmp_path / "a-worker-is-lost"
    killer = threading.Thread(target=lose, args=(three_nodes[0], journal, lost, done), daemon=True)
    killer.start()
    study = run_search(
        tiny_dataset(),
        {**SPACE, "trials": TRIALS},
        name="s",
        studies=tmp_path,
        tracker=journal,
        gpus_per_trial=0.5,
        cpus_per_trial=1,
        storage=str(tmp_path / "storage"),
        progress=False,
        trial=fake_trial(epochs=6, sleep_s=0.2, wait_for=str(done)),
    )
    assert lost
    table = study.trials()
    assert list(table["number"]) == list(range(TRIALS))
    assert set(table["state"]) == {"complete"}
    assert journal.outcomes() == dict.fromkeys(range(TRIALS), "complete")
    firsts = [number for number, epoch, _ in journal.named("log_epoch") if epoch == 1]
    again = {number for number in firsts if firsts.count(number) > 1}
    assert again <= set(lost)
    assert again, "no trial ran on the lost worker"
    assert all(list(t.intermediate_values) == [*range(1, 7)] for t in study.optuna.trials)
    assert len(list((study.folder / "scores").glob("*.parquet"))) == TRIALS
