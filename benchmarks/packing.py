"""Trials per hour of one machine: several small trials at once against one at a time.

With a GPU: each trial on 1/N of it against the whole GPU. Without: each on one core against all
cores. The same trials both ways (no pruning), from empty caches; Ray's start is not counted.

usage: python benchmarks/packing.py [DATA] [--trials 8] [--share N]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from measuring import Row

from gpdht.data.dataset import Dataset
from gpdht.data.source import open_dataset
from gpdht.devices import chosen_device
from gpdht.execution.ray_session import available_cpus
from gpdht.search.run import run_search
from gpdht.search.study import Study

SPACE = {
    "objective": {"metric": "val/auprc", "mode": "max"},
    "sampler": {"name": "random", "seed": 1},
    "scheduler": {"name": "none"},
    "fixed": {"train.epochs": 8, "train.patience": 8, "model.layers": 1, "encoder.dim": 64},
    "params": {"graph.levels": {"int": [5, 25]}, "augment.noise": {"float": [0.0, 0.5]}},
}


def trials_per_hour(study: Study) -> float:
    """From the first start to the last end."""
    done = [trial for trial in study.optuna.trials if trial.datetime_complete]
    assert len(done) == study.space.trials
    first = min(trial.datetime_start for trial in done)
    last = max(trial.datetime_complete for trial in done)
    return 3600 * len(done) / (last - first).total_seconds()


def search(dataset: Dataset, trials: int, **resources: float) -> float:
    with tempfile.TemporaryDirectory() as folder:
        name = f"packing-{time.time_ns()}"
        space = {**SPACE, "trials": trials}
        study = run_search(
            dataset, space, name=name, studies=Path(folder), progress=False, **resources
        )
        return trials_per_hour(study)


def rows(dataset: Dataset, *, trials: int, share: int) -> list[Row]:
    """What, packed, one at a time, and their ratio."""
    cpus = available_cpus()
    if chosen_device().type == "cuda":
        alone = {"cpus_per_trial": max(1, cpus // share), "gpus_per_trial": 1.0}
        packed = {**alone, "gpus_per_trial": 1 / share}
        unit = f"GPU, {share} trials on it"
    else:
        share = min(share, cpus)
        alone = {"cpus_per_trial": float(cpus)}
        packed = {"cpus_per_trial": cpus / share}
        unit = f"{cpus} cores, {share} trials on them"
    one, many = search(dataset, trials, **alone), search(dataset, trials, **packed)
    label = f"trials per hour of {unit}"
    return [(label, f"{many:.0f}", f"one at a time {one:.0f}", many / one)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="toy:genes=400,tfs=10,cells=200")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--share", type=int, default=4)
    options = parser.parse_args()
    for row in rows(open_dataset(options.data), trials=options.trials, share=options.share):
        print("{}: {}, {}: {:.2f} ×".format(*row))


if __name__ == "__main__":
    main()
