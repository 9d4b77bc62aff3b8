"""A small dataset written to disk in every layout the readers know."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy


@pytest.fixture(scope="session")
def small() -> Dataset:
    return toy(genes=30, tfs=4, cells=25, seed=1)


@pytest.fixture(scope="session")
def frame(small: Dataset) -> pd.DataFrame:
    """Its expression, genes × cells."""
    return pd.DataFrame(
        small.expression.toarray().T, index=small.genes.tolist(), columns=small.cells.tolist()
    )


@pytest.fixture
def files(tmp_path: Path, small: Dataset, frame: pd.DataFrame) -> tuple[Path, Path]:
    """A matrix and an edge list, written anew for every test to damage."""
    matrix, net = tmp_path / "matrix.csv", tmp_path / "net.csv"
    frame.to_csv(matrix)
    small.net.to_csv(net, index=False)
    return matrix, net
