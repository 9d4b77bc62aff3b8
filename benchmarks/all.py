"""The quick form of all benchmarks as one table: what, ours, against what, ratio.

Every ratio is of two measurements in this run. Five minutes on two cores.

usage: python benchmarks/all.py [DATA] [--threads N]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import encoder
import evaluation
import growth
import packing
import pairs
import torch
from measuring import Row
from rich.console import Console
from rich.table import Table

from gpdht.data.source import open_dataset
from gpdht.devices import chosen_device


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="toy:genes=800,tfs=20,cells=400")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dataset = open_dataset(options.data)
    parts: dict[str, Callable[[], list[Row]]] = {
        "encoder": lambda: encoder.rows(dataset, dim=256),
        "pairs": lambda: pairs.rows(dataset, dims=[64, 256], epochs=1),
        "evaluation": lambda: evaluation.rows(dataset),
        "growth": lambda: growth.rows({axis: growth.run(axis, quick=True) for axis in growth.AXES}),
        "packing": lambda: packing.rows(dataset, trials=4, share=4),
    }
    title = f"{dataset.name}, {torch.get_num_threads()} threads"
    if chosen_device().type == "cuda":
        title += f", {torch.cuda.get_device_name()}"
    table = Table("what", "ours", "against what", "ratio", title=title)
    for name, rows in parts.items():
        start = time.perf_counter()
        for what, ours, against, ratio in rows():
            table.add_row(what, ours, against, f"{ratio:.2f}")
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
