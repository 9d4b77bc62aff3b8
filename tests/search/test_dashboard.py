"""A study's database opens in Optuna Dashboard as it is: the real program, in a real browser."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from browser import needs_browser, visit
from study_makers import StudyMaker

DASHBOARD = Path(sys.executable).with_name("optuna-dashboard")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DASHBOARD.exists(), reason="optuna-dashboard is not installed"),
]


@pytest.fixture(params=["optuna.db", "optuna.journal"])
def address(request, tmp_path, monkeypatch):
    """Where the dashboard shows a study with trials of every sort; it ends with the test."""
    on_network = request.param == "optuna.journal"
    monkeypatch.setattr("gpdht.search.study.is_on_network_drive", lambda _: on_network)
    maker = StudyMaker(tmp_path / "studies", costs=["seconds"], constraints={"seconds": "<= 5"})
    maker.complete(0.5)
    maker.complete(0.6, seconds=9.0)
    maker.end("pruned")
    maker.end("failed", "RuntimeError: bad")
    maker.run()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = str(maker.study.folder / request.param)
    command = [
        str(DASHBOARD),
        file if on_network else f"sqlite:///{file}",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def ask(url: str, *, within_s: float = 240) -> dict:
    until = time.monotonic() + within_s
    while True:
        try:
            return requests.get(url, timeout=10).json()
        except requests.ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


@needs_browser
def test_a_study_opens_in_the_dashboard(address, tmp_path):
    (summary,) = ask(f"{address}/api/studies")["study_summaries"]
    assert (summary["study_name"], summary["directions"]) == ("s", ["maximize"])
    study = ask(f"{address}/api/studies/{summary['study_id']}?after=0")
    states = [trial["state"] for trial in study["trials"]]
    assert states == ["Complete", "Complete", "Pruned", "Fail", "Running"]
    html, complaints = visit(f"{address}/dashboard/studies/{summary['study_id']}", tmp_path)
    assert complaints == []
    for shown in ("val/auprc", "graph.levels", "Best Trial (number="):
        assert shown in html
