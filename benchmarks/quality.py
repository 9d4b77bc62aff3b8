"""Quality of one version of the code: sets × splits × seeds, beside the label-only baseline.

Run it on two versions and compare: `--against` prints both side by side, and whether they differ
by more than the sd over seeds.

usage: python benchmarks/quality.py SET… [--splits edge target] [--seeds 3]
       [--set PATH=VALUE] -o quality.parquet [--against before.parquet]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from gpdht.config import Config
from gpdht.data.source import open_dataset
from gpdht.trial import run_trial

METRICS = ("auroc", "auprc")


def one(data: str, split: str, seed: int, settings: dict[str, object], cache: Path | None) -> dict:
    config = Config.from_flat({**settings, "cv.split": split, "train.seed": seed})
    dataset = open_dataset(data)
    result = run_trial(config, dataset, cache_dir=cache)
    if result.state != "complete":
        raise SystemExit(f"{dataset.name} {split} seed {seed}: {result.state}, {result.error}")
    scores = {f"{p}_{m}": result.metrics[f"{p}/{m}"] for p in ("test", "baseline") for m in METRICS}
    cost = {"epochs": result.epochs, "best_epoch": result.best_epoch, "seconds": result.seconds}
    return {"data": dataset.name, "split": split, "seed": seed, **scores, **cost}


def table(rows: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    """Mean ± sd over seeds per set and split."""
    out = _summary(rows)
    if before is not None:
        out = _summary(before).join(out, lsuffix=" before", rsuffix=" after")
    return out


def _summary(rows: pd.DataFrame) -> pd.DataFrame:
    groups = rows.groupby(["data", "split"], sort=False)
    mean, sd = groups.mean(numeric_only=True), groups.std(numeric_only=True)
    return pd.DataFrame(
        {
            **{
                metric: [
                    f"{m:.3f} ± {s:.3f}"
                    for m, s in zip(mean[f"test_{metric}"], sd[f"test_{metric}"], strict=True)
                ]
                for metric in METRICS
            },
            "label-only": [
                f"{a:.3f}/{b:.3f}"
                for a, b in zip(mean["baseline_auroc"], mean["baseline_auprc"], strict=True)
            ],
            "s": mean["seconds"].round(1).to_numpy(),
        },
        index=mean.index,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="+")
    parser.add_argument("--splits", nargs="+", default=["edge", "target"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    settings = dict(item.split("=", 1) for item in options.set)
    rows = []
    for data in options.data:
        for split in options.splits:
            for seed in range(options.seeds):
                rows.append(one(data, split, seed, settings, options.cache))
                pd.DataFrame(rows).to_parquet(options.output)
                print(rows[-1], flush=True)
    before = None if options.against is None else pd.read_parquet(options.against)
    print(table(pd.DataFrame(rows), before).to_string())


if __name__ == "__main__":
    main()
