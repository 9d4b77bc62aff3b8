"""A small set."""

from __future__ import annotations

from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy


def small_set(genes: int = 40) -> Dataset:
    """Five TFs, forty cells."""
    return toy(genes=genes, tfs=5, cells=40)
