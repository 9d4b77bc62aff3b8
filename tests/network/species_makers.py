"""Small networks of two species that share what is planted, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ORTHOLOGS = "human_symbol,mouse_symbol"


def network(weight_TG: np.ndarray, tfs: list[str], genes: list[str]) -> pd.DataFrame:
    """A predicted net of all pairs; the heaviest fifth is known."""
    tf, gene = np.indices(weight_TG.shape).reshape(2, -1)
    edges = pd.DataFrame(
        {"source": np.array(tfs)[tf], "target": np.array(genes)[gene], "weight": weight_TG.ravel()}
    )
    edges["known"] = edges["weight"] >= edges["weight"].quantile(0.8)
    return edges[edges["source"] != edges["target"]].reset_index(drop=True)


def two_networks(
    tfs: int = 4, genes: int = 60, *, seed: int = 0, shared: float = 0.0
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A human and a mouse network and their orthologs; their logits correlate by `shared`.

    Genes are H0, H1, … and M0, M1, …, TFs the first ones.
    """
    rng = np.random.default_rng(seed)
    one_TG, own_TG = rng.normal(size=(2, tfs, genes))
    other_TG = shared * one_TG + np.sqrt(1 - shared**2) * own_TG
    human, mouse = ([f"{letter}{i}" for i in range(genes)] for letter in "HM")
    orthologs = pd.DataFrame({"human_symbol": human, "mouse_symbol": mouse})
    return (
        network(1 / (1 + np.exp(-one_TG)), human[:tfs], human),
        network(1 / (1 + np.exp(-other_TG)), mouse[:tfs], mouse),
        orthologs,
    )


def write(folder: Path, *tables: pd.DataFrame) -> tuple[Path, Path, Path]:
    """Files of a human and a mouse network and their orthologs."""
    paths = tuple(folder / name for name in ("human.csv", "mouse.csv", "orthologs.csv"))
    for table, path in zip(tables, paths, strict=True):
        table.to_csv(path, index=False)
    return paths
