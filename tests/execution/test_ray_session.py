"""The local Ray of a search."""

from __future__ import annotations

import os
import signal

import psutil
import pytest
import ray

from gpdht.execution.placement import Placement
from gpdht.execution.ray_session import ray_session


def listening_addresses() -> set[str]:
    """Where this process and all that it started take connections."""
    found = set()
    own = psutil.Process(os.getpid())
    for process in (own, *own.children(recursive=True)):
        try:
            connections = process.net_connections(kind="inet")
        except psutil.Error:  # it has just ended
            continue
        found |= {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}
    return found


@pytest.mark.starts_ray
def test_a_local_ray_listens_on_the_loopback_interface_alone():
    before = listening_addresses()
    with ray_session(Placement()) as local:
        assert local
        (node,) = ray.nodes()
        assert node["NodeManagerAddress"] == "127.0.0.1"
        opened = listening_addresses() - before
        assert opened
        assert all(ip.removeprefix("::ffff:") in ("127.0.0.1", "::1") for ip in opened), opened
    assert not ray.is_initialized()


@pytest.mark.starts_ray
def test_a_polite_kill_reaches_who_waits_for_it_during_a_session_and_after_it():
    received = []
    before = signal.signal(signal.SIGTERM, lambda *_: received.append(ray.is_initialized()))
    try:
        with ray_session(Placement()):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == [True, False]
