"""A fixed part of `make soak`."""

from __future__ import annotations

import pytest
from soak import faults_of, soak

pytestmark = [pytest.mark.slow, pytest.mark.starts_ray]


def test_nodes_that_are_killed_again_and_again_lose_double_and_leave_open_nothing(
    tmp_path, tracking_uri
):
    study, killed = soak(tmp_path, trials=40, every_s=10.0)
    assert killed >= 2
    assert len(study.trials()) == 40
    assert set(faults_of(study, tmp_path).values()) == {0}
