"""What SECURITY.md promises: who is kept out, and where no secret is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import servers
from typer.testing import CliRunner

from gpdht.cli.app import app

pytestmark = pytest.mark.slow

SECRETS = {"url": "hunter2-of-the-url", "variable": "hunter2-of-a-variable"}


@pytest.fixture(scope="module")
def dashboard():
    """Address and token of a Ray with its dashboard, as the shipped cluster files start one."""
    code = (
        "import ray, sys\n"
        "context = ray.init(address='local', num_cpus=1, include_dashboard=True,\n"
        "    dashboard_port=int(sys.argv[1]), object_store_memory=80 * 2**20,\n"
        "    log_to_driver=False, logging_level='ERROR', _node_ip_address='127.0.0.1')\n"
        "print('up at', context.dashboard_url, flush=True)\n"
        "sys.stdin.read()\n"
    )
    token = "0123456789abcdef" * 2
    port = servers.free_port()
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token},
    )
    with child:
        line = child.stdout.readline()
        assert line.startswith("up at "), line
        yield f"http://{line.removeprefix('up at ').strip()}", token
        child.stdin.close()


@pytest.mark.starts_ray
@pytest.mark.parametrize("page", ["/api/version", "/api/jobs/", "/nodes?view=summary"])
def test_rays_dashboard_answers_nobody_without_its_token(dashboard, page):
    address, token = dashboard
    assert address.startswith("http://127.0.0.1:")

    def status(headers: dict[str, str]) -> int:
        return requests.get(address + page, headers=headers, timeout=60).status_code

    assert status({}) == 401
    assert status({"Authorization": f"Bearer {'f' * 32}"}) == 403
    assert status({"Authorization": f"Bearer {token}"}) == 200


def test_mlflow_answers_under_its_own_name_alone(mlflow_server):
    def status(host: dict[str, str]) -> int:
        query = f"{mlflow_server}/api/2.0/mlflow/experiments/search?max_results=1"
        return requests.get(query, headers=host, timeout=60).status_code

    assert status({}) == 200
    assert status({"Host": "evil.example.org"}) == 403


@pytest.mark.parametrize("path", ["../../outside", "%2e%2e/%2e%2e/outside", "/etc/passwd"])
def test_mlflow_hands_out_no_file_beside_a_runs_own(mlflow_server, path):
    from mlflow import MlflowClient

    client = MlflowClient(mlflow_server)
    run = client.create_run("0")
    address = f"{mlflow_server}/get-artifact"
    query = {"run_id": run.info.run_id, "path": path}
    assert requests.get(address, params=query, timeout=60).status_code == 400


@pytest.mark.starts_ray
def test_no_secret_is_found_in_what_a_search_leaves_or_says(tmp_path, blank_database, monkeypatch):
    """One stands in the server's URL, one in a variable that an error repeats."""
    shutil.copy(blank_database, tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRETS["variable"])
    with servers.mlflow_server(tmp_path, f"sqlite:///{tmp_path}/mlflow.db") as server:
        uri = f"http://me:{SECRETS['url']}@127.0.0.1:{server.port}"
        command = ["search", "toy", "--space", "quick", "--name", "s", "--trials", "2"]
        command += ["--replicates", "0", "--tracking-uri", uri]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        report = CliRunner().invoke(app, ["report", "s", "-o", "s.html", "--tracking-uri", uri])
        assert report.exit_code == 0, report.output
        server.kill()
        away = CliRunner().invoke(app, [*command, "--resume", "--trials", "3"])
        assert away.exit_code == 0, away.output
    said = done.output + report.output + away.output
    assert (tmp_path / "s.html").is_file()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"study.json", "optuna.db", "log.jsonl", "mlflow.db"} <= {path.name for path in files}
    for secret in SECRETS.values():
        assert secret not in said
        assert [path for path in files if secret.encode() in path.read_bytes()] == []


@pytest.mark.starts_ray
def test_a_failing_trials_error_names_no_secret(tmp_path, monkeypatch):
    from fake_trials import failing_trial
    from journal import Journal
    from small_inputs import SPACE, tiny_dataset

    from gpdht.search.run import run_search

    monkeypatch.setenv("SOME_API_KEY", SECRETS["variable"])
    study = run_search(
        tiny_dataset(),
        {**SPACE, "trials": 1},
        name="s",
        studies=tmp_path,
        tracker=Journal(tmp_path / "journal.jsonl"),
        progress=False,
        trial=failing_trial("SOME_API_KEY", SECRETS["url"]),
    )
    (error,) = study.trials()["error"]
    assert "cannot reach http://me:…@" in error
    for path in Path(tmp_path).rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(secret.encode() in content for secret in SECRETS.values()), path
