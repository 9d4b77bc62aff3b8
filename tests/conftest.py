"""Fixtures shared by all tests."""

from __future__ import annotations

import os
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
