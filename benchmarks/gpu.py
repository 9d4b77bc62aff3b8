"""One GPU in one table: a whole trial, an epoch against the plain loop, several trials at once.

Trials at once are processes that share the GPU as the workers of a search do, each within its part
of the memory and with the same number of CPUs; without Ray, so its start costs nothing here. Three
minutes on an H100; `--device cpu` runs the same on the CPU.

usage: python benchmarks/gpu.py [DATA] [--trials 16] [--at-once 1 2 4 8] [--device cuda]
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pairs
import torch
from measuring import Row
from rich.console import Console
from rich.table import Table
from trial import PUBLISHED, whole_trial

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.source import open_dataset
from gpdht.devices import chosen_device, on_device
from gpdht.execution.worker import prepare_worker
from gpdht.trial import run_trial

AT_ONCE = {"train.epochs": 20, "train.patience": 20}  # our defaults, all trials equally long
START_S = 300  # for all processes to be ready
_held: dict[str, Dataset] = {}  # of a worker


def trial_rows(dataset: Dataset) -> list[Row]:
    """The second trial of a process against its first, at the published size and our defaults."""
    rows: list[Row] = []
    for what, settings in (("published size", PUBLISHED), ("defaults", {})):
        with tempfile.TemporaryDirectory() as cache:
            cold, warm = (
                whole_trial(dataset, {**settings, "train.seed": seed}, Path(cache))
                for seed in (0, 1)
            )
        result, first = warm
        ours = f"{result.seconds:.1f} s: {first:.1f} s until the first of {result.epochs} epochs"
        against = f"first trial {cold[0].seconds:.1f} s"
        rows.append((f"whole trial, {what}", ours, against, cold[0].seconds / result.seconds))
        own, label_only = (result.metrics[f"{part}/auprc"] for part in ("test", "baseline"))
        rows.append(("  its AP", f"{own:.3f}", f"label-only {label_only:.3f}", own / label_only))
    return rows


def packing_rows(data: str, *, trials: int, at_once: list[int], device: str) -> list[Row]:
    """Trials per hour of the GPU for each number at once, and what their processes kept."""
    most, cpus = max(at_once), len(os.sched_getaffinity(0))
    os.environ["OMP_NUM_THREADS"] = str(max(1, cpus // most))  # read by each worker
    context = get_context("spawn")
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory() as cache,
        ProcessPoolExecutor(
            most, context, initializer=_begin, initargs=(data, device, context.Barrier(most))
        ) as workers,
    ):
        seed = count()  # no trial finds another's pre-training
        work = [workers.submit(_trials, cache, [next(seed)], 1) for _ in range(most)]
        first = max(one.result() for one in work)
        fewest = math.nan
        for number in at_once:
            each = math.ceil(trials / number)
            seeds = [[next(seed) for _ in range(each)] for _ in range(number)]
            start = time.perf_counter()
            work = [workers.submit(_trials, cache, own, 1 / number) for own in seeds]
            kept = max(one.result() for one in work)
            per_hour = 3600 * each * number / (time.perf_counter() - start)
            fewest = per_hour if number == at_once[0] else fewest
            against = f"{at_once[0]} at once: {fewest:.0f}"
            what = f"trials per hour, {number} at once"
            rows.append((what, f"{per_hour:.0f}", against, per_hour / fewest))
    what, against = "GPU memory a process keeps", f"after its first trial {first:.0f} MiB"
    rows.append((what, f"{kept:.0f} MiB", against, kept / first if first else math.nan))
    return rows


def _begin(data: str, device: str, ready: Barrier) -> None:
    """In each worker, once: open the data, and wait for the others."""
    _held[device] = open_dataset(data)
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    ready.wait(START_S)


def _trials(cache: str, seeds: list[int], share: float) -> float:
    """Run trials on a share of the GPU; MiB that torch holds on it afterwards."""
    ((device, dataset),) = _held.items()
    prepare_worker(share)
    with on_device(device):
        for seed in seeds:
            config = Config.from_flat({**AT_ONCE, "train.seed": seed})
            result = run_trial(config, dataset, cache_dir=Path(cache))
            if result.state != "complete":
                raise RuntimeError(f"{result.state}: {result.error}")
    gc.collect()
    return torch.cuda.memory_allocated() / 2**20 if torch.cuda.is_initialized() else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="toy:genes=800,tfs=20,cells=400")
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--dims", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    dataset = open_dataset(options.data)
    packing = {
        "trials": options.trials,
        "at_once": sorted(options.at_once),
        "device": options.device,
    }
    parts: dict[str, Callable[[], list[Row]]] = {
        "whole trials": lambda: trial_rows(dataset),
        "epochs": lambda: pairs.rows(dataset, dims=options.dims, epochs=2),
        "trials at once": lambda: packing_rows(options.data, **packing),
    }
    with on_device(options.device):
        device = chosen_device()
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
        table = Table("what", "ours", "against what", "ratio")
        table.title = f"{dataset.name}, {name}, torch {torch.__version__}"
        for part, rows in parts.items():
            start = time.perf_counter()
            for row in rows():
                table.add_row(*row[:3], f"{row[3]:.2f}")
                print("{}: {}, {}: {:.2f} ×".format(*row), file=sys.stderr, flush=True)
            print(f"{part}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
