"""Many short trials on two nodes, one of which is killed again and again; nothing may be lost.

A head without trials and two workers are processes of this machine. Every so many seconds the
raylet of one worker gets SIGKILL, with all that runs there, and a new node joins. At the end each
trial has ended once, each of its epochs is there once, and no run is open in MLflow.

usage: python benchmarks/soak.py [--trials 500] [--every 30] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import ray

import gpdht as gp
from gpdht.search.study import Study
from gpdht.tracking import open_tracker

STORE = 100 * 2**20
SPACE = {
    "sampler": {"name": "tpe", "seed": 0},
    "scheduler": {"name": "asha", "grace_epochs": 2, "reduction": 3},
    "params": {
        "encoder.tau": {"float": [0.05, 2.0], "log": True},
        "graph.levels": {"int": [3, 25]},
    },
}


def short_trial(epochs: int = 5, epoch_s: float = 0.1):
    """A trial of half a second whose score rises with τ."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        import time

        from gpdht.trial import TrialResult

        value = config.encoder.tau
        for epoch in range(1, epochs + 1):
            time.sleep(epoch_s)
            report(epoch, {"val/auprc": value + epoch / 1000})
        metrics = {"val/auprc": value, "test/auprc": value}
        return TrialResult("complete", metrics, epochs=epochs, best_epoch=epochs, seconds=0.5)

    return trial


@dataclass
class Nodes:
    """A head that takes no trials, and two workers; use as a context manager.

    Attributes
    ----------
    killed : how many nodes were killed.
    """

    every_s: float
    killed: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Nodes:
        from ray._common.utils import reset_ray_address
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False}
        # without hooks at the exit, which only the main thread can set
        self.cluster = Cluster(initialize_head=True, shutdown_at_exit=False, head_node_args=head)
        reset_ray_address()
        self.workers = [self._join() for _ in range(2)]
        ray.init(address=self.cluster.address, log_to_driver=False, logging_level="ERROR")
        self.cluster.wait_for_nodes()
        self.killer = threading.Thread(target=self._kill_and_replace, daemon=True)
        self.killer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.killer.join()
        ray.shutdown()
        self.cluster.shutdown()

    def _join(self, attempts: int = 3):
        try:
            return self.cluster.add_node(num_cpus=2, num_gpus=1, object_store_memory=STORE)
        except Exception:  # on a busy machine a node may not be up in the time that Ray allows
            if attempts == 1:
                raise
            return self._join(attempts - 1)

    def _kill_and_replace(self) -> None:
        draw = random.Random(0)
        while not self.over.wait(self.every_s):
            worker = self.workers.pop(draw.randrange(len(self.workers)))
            os.kill(worker.all_processes["raylet"][0].process.pid, signal.SIGKILL)
            self.killed += 1
            self.workers.append(self._join())


def soak(folder: Path, *, trials: int, every_s: float) -> tuple[Study, int]:
    """The study of a search during which nodes were killed, and how many were."""
    tracker = open_tracker(f"sqlite:///{folder / 'mlflow.db'}", "soak")
    with Nodes(every_s) as nodes:
        study = gp.run_search(
            gp.toy(genes=20, tfs=3, cells=20),
            SPACE,
            name="soak",
            studies=folder,
            trials=trials,
            tracker=tracker,
            gpus_per_trial=0.5,
            storage=str(folder / "storage"),
            replicates=0,
            trial=short_trial(),
        )
    return study, nodes.killed


def faults_of(study: Study, folder: Path) -> dict[str, int]:
    """How many trials are lost, duplicated or open, in the study and in MLflow; all should be 0."""
    table, asked = study.trials(), set(range(study.space.trials))
    client = open_tracker(f"sqlite:///{folder / 'mlflow.db'}", "soak").client
    found = client.get_experiment_by_name("soak").experiment_id
    runs, token = [], None
    while token is None or token:
        page = client.search_runs([found], max_results=1000, page_token=token)
        runs, token = [*runs, *page], page.token or ""
    numbers = Counter(
        int(run.data.tags["gpdht.trial"]) for run in runs if "gpdht.trial" in run.data.tags
    )
    reported = [list(trial.intermediate_values) for trial in study.optuna.trials]
    points = [
        [point.step for point in client.get_metric_history(run.info.run_id, "epoch/val/auprc")]
        for run in runs
        if "gpdht.trial" in run.data.tags
    ]
    return {
        "lost": len(asked - set(table["number"])) + len(asked - set(numbers)),
        "duplicated": len(table) - len(set(table["number"])) + numbers.total() - len(numbers),
        "open or failed": int((~table["state"].isin(["complete", "pruned"])).sum())
        + sum(run.info.status == "RUNNING" for run in runs),
        "epochs missing or twice": sum(
            steps != list(range(1, len(steps) + 1))
            for steps in [*reported, *(sorted(steps) for steps in points)]
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--every", type=float, default=30.0, help="seconds between two kills")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    folder = asked.out or Path(tempfile.mkdtemp(prefix="gpdht-soak-"))
    started = time.monotonic()
    study, killed = soak(folder, trials=asked.trials, every_s=asked.every)
    faults = faults_of(study, folder)
    states = study.trials()["state"].value_counts().to_dict()
    print(f"{len(study.trials())} trials ({states}), {killed} nodes killed,")
    print(f"{time.monotonic() - started:.0f} s; {faults}")
    raise SystemExit(any(faults.values()))


if __name__ == "__main__":
    main()
