"""One whole trial at the published size: 15 levels, 256 dimensions, 3 layers, all folds.

From an empty cache to its own stop (patience), with its scores beside the label-only baseline.

usage: python benchmarks/trial.py [DATA] [--threads N] [--set PATH=VALUE …]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.source import open_dataset
from gpdht.devices import chosen_device
from gpdht.trial import TrialResult, run_trial

PUBLISHED = {
    "graph.levels": 15,
    "encoder.dim": 256,
    "encoder.tau": 0.25,
    "encoder.shrinkage": 0.1,
    "model.layers": 3,
    "model.heads": 4,
    "model.feedforward": 512,
    "model.hidden": 256,
    "model.dropout": 0.1,
    "model.statistics": False,
    "model.scale": "channel",
    "model.effects": "none",
    "model.hidden_tfs": 0.0,
    "loss.contrast_weight": 0.6667,
    "train.batch_size": 512,
    "train.epochs": 200,
    "train.patience": 10,
    "train.refit": False,
}


def whole_trial(
    dataset: Dataset, settings: dict[str, object], cache_dir: Path | None = None
) -> tuple[TrialResult, float]:
    """The trial, and the seconds until its first epoch ended (graph, pre-training, one epoch)."""
    first: list[float] = []
    start = time.perf_counter()

    def report(_epoch: int, _metrics: dict[str, float]) -> None:
        first.append(time.perf_counter() - start)

    config = Config.from_flat(settings)
    result = run_trial(config, dataset, report=report, cache_dir=cache_dir)
    if result.state != "complete":
        raise SystemExit(f"{result.state}: {result.error}")
    return result, first[0]


def describe(result: TrialResult, first: float) -> str:
    later = (result.seconds - first) / max(result.epochs - 1, 1)
    scores = ", ".join(
        f"{name} {result.metrics[f'{prefix}/auroc']:.3f}/{result.metrics[f'{prefix}/auprc']:.3f}"
        for prefix, name in (("test", "test"), ("baseline", "label-only"))
    )
    return (
        f"{result.seconds:.0f} s: {first - later:.0f} s until training, {result.epochs} epochs of "
        f"{later:.2f} s (best {result.best_epoch}), peak {result.peak_memory_mb:.0f} MiB; {scores}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="toy:genes=400,tfs=10,cells=200")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dataset = open_dataset(options.data)
    settings = dict(item.split("=", 1) for item in options.set)
    result, first = whole_trial(dataset, {**PUBLISHED, **settings})
    where = "GPU" if chosen_device().type == "cuda" else f"{options.threads} threads"
    print(f"{dataset.name}, {where}: {describe(result, first)}")


if __name__ == "__main__":
    main()
