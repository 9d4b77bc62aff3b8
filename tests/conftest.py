"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Root of the public BEELINE data; the test is skipped where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    root = Path(os.environ.get("GPDHT_TEST_DATA", default))
    if not (root / "beeline").is_dir():
        pytest.skip(f"no BEELINE data at {root}; set GPDHT_TEST_DATA")
    return root


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised MLflow database; copied, because MLflow takes seconds to make its tables."""
    from gpdht.tracking.connection import connect

    path = tmp_path_factory.mktemp("mlflow") / "blank.db"
    connect(f"sqlite:///{path}")
    return path


@pytest.fixture
def tracking_uri(blank_database: Path, tmp_path: Path) -> str:
    """A fresh MLflow database of the test's own."""
    shutil.copy(blank_database, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlflow.db"
