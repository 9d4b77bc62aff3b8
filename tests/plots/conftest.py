"""Charts are checked against Vega-Lite's schema once each, when they are written, as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from altair.utils.schemapi import debug_mode


@pytest.fixture(autouse=True)
def _checked_as_a_whole() -> Iterator[None]:
    with debug_mode(False):
        yield
