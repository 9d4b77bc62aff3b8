"""Time and peak memory against cells, genes and pairs, on simulated sparse expression.

Each point runs in its own process: pre-training is timed per iteration (the second and later
ones), the pair model per step and epoch of one fold, memory as the peak above the process with
the data loaded. The fitted exponent b of cost ~ size^b is that of the upper half of the points,
where the fixed part no longer shows; 1 is linear.

usage: python benchmarks/growth.py [--axes cells genes pairs] [--quick] [-o JSON] [--plot PNG]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from measuring import Row

AXES = {
    "cells": {
        "full": [400, 2_000, 10_000, 30_000, 100_000],
        "quick": [400, 2_000, 8_000, 16_000],
        "fixed": {"genes": 2_000, "density": 0.05},
    },
    "genes": {
        "full": [500, 1_000, 2_000, 5_000],
        "quick": [500, 1_000, 2_000],
        "fixed": {"cells": 1_000, "density": 0.1},
    },
    "pairs": {
        "full": [10_000, 30_000, 100_000, 300_000, 1_000_000],
        "quick": [10_000, 30_000, 60_000],
        "fixed": {"cells": 500, "genes": 5_000, "density": 0.1},
    },
}
SETTINGS = {
    "graph.levels": 15,
    "encoder.dim": 32,
    "encoder.start": "random",
    "model.layers": 1,
    "model.feedforward": 64,
    "model.hidden": 64,
}


def simulate(*, cells: int, genes: int, density: float, tfs: int = 5):
    """A dataset of random log-normal values in random places; every TF has some targets."""
    import pandas as pd
    from scipy import sparse

    from gpdht.data.dataset import Dataset

    rng = np.random.default_rng(0)
    per_cell = max(1, round(genes * density))
    column = (
        np.arange(per_cell) * (genes // per_cell) + rng.integers(0, genes, (cells, 1))
    ) % genes
    value = rng.lognormal(0, 0.5, column.size).astype(np.float32)
    matrix = sparse.csr_matrix(
        (value, np.sort(column, axis=1).ravel(), np.arange(cells + 1) * per_cell), (cells, genes)
    )
    names = np.array([f"G{i:05d}" for i in range(genes)])
    edges = [(tf, tf + 1 + i) for tf in range(tfs) for i in range(20)]
    net = pd.DataFrame(
        {"source": [names[a] for a, _ in edges], "target": [names[b % genes] for _, b in edges]}
    )
    barcodes = np.array([f"C{i:06d}" for i in range(cells)])
    return Dataset(matrix, barcodes, names, net, names[:tfs], "simulated")


def measure_encoder(size: dict) -> dict[str, float]:
    from gpdht.config import Config
    from gpdht.cost import Meter
    from gpdht.graph.build import build_graph
    from gpdht.models.gpdht.encoder import LevelEncoder
    from gpdht.models.gpdht.pretrain import reconstruct

    config = Config.from_flat(SETTINGS)
    dataset = simulate(**size)
    with Meter() as meter:
        before = meter.peak_memory_mb
        start = time.perf_counter()
        graph = build_graph(dataset, config.graph)
        built = time.perf_counter() - start
        encoder = LevelEncoder.from_config(graph, config.encoder)
        reconstruct(encoder, graph, iterations=1, lr=1e-3, clip=1.0)
        start = time.perf_counter()
        reconstruct(encoder, graph, iterations=3, lr=1e-3, clip=1.0)
        took = (time.perf_counter() - start) / 3
        peak = meter.peak_memory_mb - before
    return {"nnz": dataset.expression.nnz, "graph_s": built, "s": took, "mb": peak}


def measure_pairs(pairs: int, size: dict) -> dict[str, float]:
    from gpdht.config import Config
    from gpdht.cost import Meter
    from gpdht.models.gpdht.model import fold_trainer, make_fold_models
    from gpdht.pairs.candidates import make_pairs

    config = Config.from_flat({**SETTINGS, "encoder.iterations": 1})
    dataset = simulate(**size, tfs=max(2, round(pairs / size["genes"])))
    candidates = make_pairs(dataset)
    with Meter() as meter:
        before = meter.peak_memory_mb
        (model,) = make_fold_models(config, dataset, candidates, [np.arange(len(candidates))])
        start = time.perf_counter()
        fold_trainer([model]).train_epoch(1)
        model.score(candidates.tf_P, candidates.target_P)
        took = time.perf_counter() - start
        peak = meter.peak_memory_mb - before
    return {"pairs": len(candidates), "s": took, "mb": peak}


def point(axis: str, value: int) -> dict[str, float]:
    size = dict(AXES[axis]["fixed"])
    if axis == "pairs":
        return measure_pairs(value, size)
    return measure_encoder({**size, axis: value})


def exponent(x: list[float], y: list[float]) -> float:
    """Slope of log y on log x over the upper half of the points (at least two)."""
    half = max(2, (len(x) + 1) // 2)
    return float(np.polyfit(np.log(x[-half:]), np.log(y[-half:]), 1)[0])


def run(axis: str, *, quick: bool) -> list[dict[str, float]]:
    out = []
    for value in AXES[axis]["quick" if quick else "full"]:
        command = [sys.executable, __file__, "--point", axis, str(value)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        out.append({axis: value, **json.loads(done.stdout.splitlines()[-1])})
        print(f"{axis} {value}: {out[-1]}", file=sys.stderr, flush=True)
    return out


def rows(results: dict[str, list[dict[str, float]]]) -> list[Row]:
    """What, ours, against what, and the exponent of time and of memory."""
    out = []
    for axis, points in results.items():
        x = [p["pairs" if axis == "pairs" else "nnz"] for p in points]
        for cost, unit in (("s", "time"), ("mb", "memory")):
            span = f"{points[0][cost]:.3g} → {points[-1][cost]:.3g} {'s' if cost == 's' else 'MiB'}"
            label = f"{unit}, {axis} {points[0][axis]:,} → {points[-1][axis]:,}"
            out.append((label, span, "exponent", exponent(x, [p[cost] for p in points])))
    return out


def plot(results: dict[str, list[dict[str, float]]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import EngFormatter

    figure, axes = plt.subplots(2, len(results), figsize=(4 * len(results), 6), squeeze=False)
    for column, (axis, points) in zip(axes.T, results.items(), strict=True):
        along = "pairs" if axis == "pairs" else "nnz"
        x = np.array([p[along] for p in points], dtype=float)
        for panel, (cost, name) in zip(
            column, (("s", "seconds"), ("mb", "peak memory, MiB")), strict=True
        ):
            y = np.array([p[cost] for p in points])
            panel.loglog(x, y, "o-", color="#1f6f8b")
            panel.loglog(x, y[-1] * x / x[-1], ":", color="#999999", label="linear")
            panel.set_title(f"{axis}: size^{exponent(list(x), list(y)):.2f}", fontsize=10)
            panel.set_xlabel("pairs" if axis == "pairs" else f"non-zeros (over {axis})")
            panel.set_ylabel(name)
            panel.set_xticks(x, [EngFormatter(places=0, sep="")(v) for v in x])
            panel.set_yticks(
                y[[0, -1]], [f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for v in y[[0, -1]]]
            )
            panel.minorticks_off()
            panel.legend(frameon=False, loc="lower right")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--axes", nargs="+", choices=list(AXES), default=list(AXES))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--point", nargs=2, metavar=("AXIS", "VALUE"))
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--results", type=Path, help="an earlier -o, instead of measuring")
    options = parser.parse_args()
    if options.point:
        print(json.dumps(point(options.point[0], int(options.point[1]))))
        return
    if options.results:
        results = json.loads(options.results.read_text())
    else:
        results = {axis: run(axis, quick=options.quick) for axis in options.axes}
    for what, ours, against, slope in rows(results):
        print(f"{what}: {ours}, {against} {slope:.2f}")
    if options.output:
        options.output.write_text(json.dumps(results, indent=1))
    if options.plot:
        plot(results, options.plot)


if __name__ == "__main__":
    main()
