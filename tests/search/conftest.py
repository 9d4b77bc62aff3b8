"""One small Ray for the tests that need one, with a token that no file holds."""

from __future__ import annotations

import logging
import os
import secrets

import pytest


@pytest.fixture(scope="session")
def ray_token():
    """Ray turns token mode on by itself for a local cluster; give it a token of this session."""
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(16))


@pytest.fixture(scope="module")
def small_ray(ray_token):
    """A local Ray with two CPUs, shared by the tests of a module."""
    import ray

    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        object_store_memory=128 * 2**20,
        _node_ip_address="127.0.0.1",
    )
    yield
    ray.shutdown()
