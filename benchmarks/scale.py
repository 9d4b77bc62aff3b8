"""What the platform itself costs: per trial, with many nodes, with thousands of trials.

overhead : seconds of a trial beyond its own work, with warm workers of a local Ray.
nodes    : trials that only wait, on 1, 2, 4, 8 nodes that are processes of this machine; the share
           of the time that the nodes spend in the trials' own work, from when each node has ended a
           trial, so that all of them are up, until the first of them finds no trial left.
study    : a study of thousands of trials: the driver's milliseconds per trial and its memory as the
           study grows, and how long reading, reporting and resuming it take.

usage: python benchmarks/scale.py overhead|nodes|study [--trials N] [--nodes 1 2 4 8] [--journal]
           [--out FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import ray

import gpdht as gp
from gpdht.cli.trials import summary_of
from gpdht.execution.progress import Progress
from gpdht.metrics.out_of_fold import out_of_fold_metrics
from gpdht.report.writing import write_report
from gpdht.search.resume import prepare_study
from gpdht.search.space import load_space
from gpdht.search.study import Study, open_study
from gpdht.search.trial_queue import TrialQueue
from gpdht.tracking import MemoryStudyTracker
from gpdht.trial import TrialResult

EPOCHS = 20
SPACE = {
    "sampler": {"name": "tpe", "seed": 0},
    "scheduler": {"name": "asha", "grace_epochs": 5, "reduction": 3},
    "params": {
        "encoder.tau": {"float": [0.05, 2.0], "log": True},
        "graph.levels": {"int": [3, 25]},
        "train.lr": {"float": [1e-4, 1e-2], "log": True},
        "model.dropout": {"float": [0.0, 0.6]},
        "encoder.dim": {"choice": [32, 64, 128]},
    },
}
UNPRUNED = {**SPACE, "scheduler": {"name": "none"}, "sampler": {"name": "random"}}


def waiting_trial(seconds: float):
    """A trial that waits, in four epochs, and says how long it took."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        import time

        from gpdht.trial import TrialResult

        began = time.monotonic()
        for epoch in range(1, 5):
            time.sleep(seconds / 4)
            report(epoch, {"val/auprc": config.encoder.tau})
        took = time.monotonic() - began
        metrics = {"val/auprc": config.encoder.tau, "test/auprc": took}
        return TrialResult("complete", metrics, epochs=4, best_epoch=4, seconds=took)

    return trial


def search(folder: Path, trials: int, seconds: float, **options) -> Study:
    return gp.run_search(
        gp.toy(genes=20, tfs=3, cells=20),
        UNPRUNED,
        name="s",
        studies=folder,
        trials=trials,
        replicates=0,
        progress=False,
        trial=waiting_trial(seconds),
        **options,
    )


def spans(study: Study) -> pd.DataFrame:
    """When each trial was handed out and told, in seconds, in order."""
    trials = study.optuna.get_trials(deepcopy=False)
    first = trials[0].datetime_start
    times = [
        ((t.datetime_start - first).total_seconds(), (t.datetime_complete - first).total_seconds())
        for t in trials
    ]
    return pd.DataFrame(times, columns=["start", "end"])


def overhead(folder: Path, trials: int) -> None:
    """One worker; the time between the ends of two trials, less what a trial waits."""
    study = search(folder, trials, seconds=1.0, max_concurrent=1)
    own = study.trials()["seconds"].astype(float).to_numpy()[1:]
    beyond = np.diff(spans(study)["end"]) - own
    low, middle, high = np.quantile(beyond, [0.25, 0.5, 0.75])
    print(
        f"{trials} trials of 1 s on one warm worker: {middle:.2f} s beyond its own work per trial"
    )
    print(f"(quartiles {low:.2f}, {high:.2f}; first trial, with its worker's start, left out)")


def nodes(folder: Path, trials: int, counts: list[int]) -> None:
    """Each node has room for one trial; trials of ten seconds."""
    from ray._common.utils import reset_ray_address
    from ray.cluster_utils import Cluster

    store = {"object_store_memory": 80 * 2**20}
    for count in counts:
        head = {"num_cpus": 0, "include_dashboard": False, **store}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        reset_ray_address()
        for number in range(count):
            cluster.add_node(num_cpus=1, num_gpus=1, node_name=f"node-{number}", **store)
        ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
        cluster.wait_for_nodes()
        place = folder / str(count)
        study = search(
            place, (1 + trials) * count, 10.0, gpus_per_trial=1, storage=str(place / "storage")
        )
        ray.shutdown()
        cluster.shutdown()
        took, share = _busy_share(study)
        print(f"{count} nodes: busy for {share:.1%} of {took:.0f} s")


def _busy_share(study: Study) -> tuple[float, float]:
    """Seconds from when each node has ended its first trial until one ends its last; how much of
    them the nodes spent in trials' own work.
    """
    table = study.trials()
    ends = spans(study)["end"]
    of_node = ends.groupby(table["node"])
    begin, end = of_node.min().max(), of_node.max().min()
    own = table["seconds"].astype(float)
    busy = (ends.clip(upper=end) - (ends - own).clip(lower=begin)).clip(lower=0).sum()
    return end - begin, busy / (len(of_node) * (end - begin))


def study(folder: Path, trials: int, *, journal: bool) -> None:
    """Every trial reports twenty epochs through the queue, as a search's do."""
    dataset = gp.toy(genes=40, tfs=5, cells=40)
    made = prepare_study(
        dataset, load_space(SPACE), name="s", studies=folder, trials=trials, journal=journal
    )
    queue = TrialQueue(
        made, tracker=_Nowhere(), progress=Progress(trials, "val/auprc", shown=False)
    )
    scores, metrics = _scores(dataset, made)
    rng, process = np.random.default_rng(0), psutil.Process()
    began, block = time.monotonic(), max(1, trials // 4)
    for count in range(1, trials + 1):
        _run(queue, rng, scores, metrics)
        if count % block == 0:
            took, memory = time.monotonic() - began, process.memory_info().rss / 2**20
            print(f"{count} trials: {1000 * took / block:.0f} ms each, {memory:.0f} MiB")
            began = time.monotonic()
    reads: dict[str, Callable[[], object]] = {
        "trials": lambda: summary_of(open_study("s", folder)),
        "report": lambda: write_report(folder / "s", folder / "s.html"),
        "resume": lambda: gp.run_search(
            dataset, SPACE, name="s", studies=folder, trials=trials, resume=True, replicates=0
        ),
    }
    for name, read in reads.items():
        began = time.monotonic()
        read()
        print(f"{name}: {time.monotonic() - began:.1f} s")


class _Nowhere(MemoryStudyTracker):
    """A tracker that keeps nothing, so that what the driver itself holds is measured."""

    def start_trial(self, run) -> str:
        return ""

    def log_epoch(self, number, epoch, metrics) -> None: ...

    def end_trial(self, run) -> None: ...


def _scores(dataset, made: Study) -> tuple[pd.DataFrame, dict[str, float]]:
    """Out-of-fold scores as a trial would leave them, and their metrics."""
    from gpdht.training.cross_validation import draw_folds

    pairs, folds = draw_folds(made.config(0) if len(made.trials()) else gp.Config(), dataset)
    at = np.concatenate([fold.test for fold in folds])
    table = pd.DataFrame(
        {
            "source": dataset.genes[pairs.tf_P[at]].astype(object),
            "target": dataset.genes[pairs.target_P[at]].astype(object),
            "label": pairs.label_P[at],
            "fold": np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds]),
            "score": np.random.default_rng(0).normal(size=len(at)) + pairs.label_P[at],
            "baseline": np.random.default_rng(1).normal(size=len(at)),
        }
    )
    metrics, _ = out_of_fold_metrics(
        table.drop(columns="baseline"), {"tf_rate": table["baseline"].to_numpy()}, resamples=20
    )
    return table, metrics


def _run(queue: TrialQueue, rng, scores: pd.DataFrame, metrics: dict[str, float]) -> None:
    asked = queue.ask()
    assert asked is not None
    number, _ = asked
    best = float(rng.uniform(0.1, 0.9))
    for epoch in range(1, EPOCHS + 1):
        value = best * (1 - np.exp(-epoch / 5))
        if queue.observe(
            number, epoch, {"val/auprc": value, "val/auroc": value, "train/loss": 1.0}
        ):
            queue.close(number)
            return
    scores.to_parquet(queue.study.scores_path(number), index=False)
    final = {"val/auprc": best, "val/auprc_sd": 0.01, **metrics}
    queue.receive(number, TrialResult("complete", final, epochs=EPOCHS, best_epoch=9, seconds=30.0))
    queue.close(number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["overhead", "nodes", "study"])
    parser.add_argument(
        "--trials", type=int, help="20 (overhead), 6 per node (nodes), 2000 (study)"
    )
    parser.add_argument(
        "--nodes", type=int, nargs="+", default=[1, 2, 4, 8], help="nodes: how many"
    )
    parser.add_argument("--journal", action="store_true", help="study: in a journal")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    folder = asked.out or Path(tempfile.mkdtemp(prefix="gpdht-scale-"))
    if asked.what == "overhead":
        overhead(folder, asked.trials or 20)
    elif asked.what == "nodes":
        nodes(folder, asked.trials or 6, asked.nodes)
    else:
        study(folder, asked.trials or 2000, journal=asked.journal)


if __name__ == "__main__":
    main()
