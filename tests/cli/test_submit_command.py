"""`gpdht submit`: what reaches the cluster is what was typed, and what cannot work ends here."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import requests
import yaml

from gpdht.cli.submit import SCRIPT

REPOSITORY = Path(__file__).resolve().parents[2]
CLUSTER = str(REPOSITORY / "cluster" / "cluster.yaml")
NASTY = [
    "two words", "it's", 'say "so"', "$HOME `id` $(id)", "a;b&c|d>e", "*?[x]", "~/x", "a~/b", "#no",
    "back\\slash", "!x", "é µ",
]  # fmt: skip

RAY = """
import json, os, subprocess, sys

with open(os.environ["CALLS"], "a") as file:
    file.write(json.dumps(["ray", *sys.argv[1:]]) + "\\n")
if sys.argv[1] == "submit":
    from ray.autoscaler._private.command_runner import _with_interactive
    from ray.autoscaler._private.docker import with_docker_exec

    command = " ".join(["python", "~/tune.py", *sys.argv[5:]])
    command = command.replace("~/", "/home/ray/")
    inside = with_docker_exec([" ".join(_with_interactive(command))], "gpdht", "docker")
    over_ssh = " ".join(_with_interactive(inside[0]))
    sys.exit(subprocess.run(["bash", "-c", over_ssh], stdin=subprocess.DEVNULL).returncode)
"""
"""Ray's own ways to wrap what `ray submit` runs: in a container, over ssh."""


@pytest.fixture
def fake_ray(tmp_path, monkeypatch):
    """A `ray` that writes down its words, and for `submit` those that reach the script."""
    programs, home = tmp_path / "bin", tmp_path / "home"
    programs.mkdir()
    home.mkdir()
    note = (
        "import json, os, sys; "
        "open(os.environ['CALLS'], 'a').write(json.dumps(sys.argv[1:]) + chr(10))"
    )
    texts = {
        "ray": f'exec {sys.executable} {tmp_path / "program.py"} "$@"',
        "docker": 'exec bash -c "${@: -1}"',
        "python": f'exec {sys.executable} -c {shlex.quote(note)} python "$@"',
    }
    for name, text in texts.items():
        (programs / name).write_text(f"#!/bin/bash\n{text}\n")
        (programs / name).chmod(0o755)
    (tmp_path / "program.py").write_text(RAY)
    path = f"{programs}:{os.environ['PATH']}"
    (home / ".bashrc").write_text(f"export PATH={shlex.quote(path)}\n")  # a login shell has its own
    calls = tmp_path / "calls"
    for name, value in {"PATH": path, "HOME": str(home), "CALLS": str(calls)}.items():
        monkeypatch.setenv(name, value)
    return lambda: [json.loads(line) for line in calls.read_text().splitlines()]


def search_options(calls: list[list[str]]) -> list[str]:
    """What the last command got behind its program."""
    return calls[-1][2:]


def test_what_the_script_on_the_cluster_gets_is_what_was_typed(gpdht_command, fake_ray):
    wild = [word for value in NASTY for word in ("--warm-start", value)]
    code, _, error = gpdht_command(
        "submit", CLUSTER, "--", "toy", "--space", "quick", *wild,
        "--studies", "/mnt/a b/$studies", "--gpus-per-trial", "0.25", "--json", "--database",
    )  # fmt: skip
    assert (code, error) == (0, "")
    calls = fake_ray()
    assert calls[0] == ["ray", "up", "--yes", "--no-restart", "cluster.yaml"]
    assert calls[1][:5] == ["ray", "submit", "cluster.yaml", str(SCRIPT), "--"]
    assert calls[2][:2] == ["python", "/home/ray/tune.py"]
    assert search_options(calls) == [
        "toy", *wild, "--gpus-per-trial", "0.25", "--database", "--studies", "/mnt/a b/$studies",
        "--json", "--space", "quick",
    ]  # fmt: skip


def test_a_space_of_ones_own_goes_along_under_a_plain_name(gpdht_command, fake_ray, tmp_path):
    space = tmp_path / "my $space.yaml"
    space.write_bytes((REPOSITORY / "search_spaces" / "quick.yaml").read_bytes())
    line = ["submit", CLUSTER, "--no-update", "--", "toy", "--space", str(space)]
    code, _, error = gpdht_command(*line, "--studies", "/mnt/s")
    assert (code, error) == (0, "")
    sent, _, received = fake_ray()
    assert sent == ["ray", "rsync-up", "cluster.yaml", str(space), "~/my-space.yaml"]
    assert received[-2:] == ["--space", "/home/ray/my-space.yaml"]


def test_a_dry_run_prints_the_lines_and_starts_nothing(gpdht_command, fake_ray, tmp_path):
    words = ["toy", "--space", "quick", "--studies", "/mnt/a b", "--seed", "3"]
    code, out, _ = gpdht_command("submit", CLUSTER, "--dry-run", "--", *words)
    assert code == 0
    assert not (tmp_path / "calls").exists()
    start, up, submit = out.splitlines()
    assert shlex.split(start) == ["cd", str(REPOSITORY / "cluster")]
    assert shlex.split(up) == ["ray", "up", "--yes", "--no-restart", "cluster.yaml"]
    subprocess.run(["bash", "-c", out], check=True)
    assert fake_ray()[-1][2:] == [
        "toy", "--seed", "3", "--studies", "/mnt/a b", "--space", "quick",
    ]  # fmt: skip
    assert shlex.split(submit)[3] == str(SCRIPT)


def test_a_job_is_the_search_itself_in_a_folder_with_its_space(gpdht_command, fake_ray, tmp_path):
    space = tmp_path / "mine.yaml"
    space.write_bytes((REPOSITORY / "search_spaces" / "quick.yaml").read_bytes())
    url = "http://127.0.0.1:8265"
    words = ["toy", "--space", "mine.yaml", "--studies", "/mnt/s", "--experiment", "it's $5"]
    code, _, error = gpdht_command("submit", url, "--", *words)
    assert (code, error) == (0, "")
    (call,) = fake_ray()
    assert call[:6] == ["ray", "job", "submit", "--address", url, "--working-dir"]
    assert [path.name for path in Path(call[6]).iterdir()] == ["mine.yaml"]
    assert (Path(call[6]) / "mine.yaml").read_bytes() == space.read_bytes()
    assert call[7:] == [
        "--", "gpdht", "search", "toy", "--experiment", "it's $5", "--studies", "/mnt/s",
        "--space", "mine.yaml", "--resume", "--address", "auto",
    ]  # fmt: skip


def test_on_this_machines_own_ray_all_paths_are_those_of_here(gpdht_command, fake_ray, tmp_path):
    (tmp_path / "mDC").mkdir()
    assert gpdht_command("submit", "auto", "--", "mouse:mDC", "--space", "quick")[0] == 0
    (call,) = fake_ray()
    assert call[call.index("search") + 1 :] == [
        f"mouse:{tmp_path / 'mDC'}", "--studies", str(tmp_path / "studies"), "--space", "quick",
        "--resume", "--address", "auto",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["toy", "--spcae", "quick"], "No such option: --spcae"),
        (["toy"], "Missing option '--space'"),
        (["toy", "--space", "quikc"], 'no search space "quikc"'),
        (["toy", "--space", "quick", "--time-budget", "soon"], '--time-budget "soon" is no time'),
        (["toy", "--space", "quick", "--gpu-budget", "1d"], '--gpu-budget "1d" is no time'),
        (["toy", "--space", "quick", "--trial-timeout", "1d"], '--trial-timeout "1d" is no time'),
        (["toy", "--space", "quick", "--trials", "0"], "--trials"),
        (["toy", "--space", "quick", "--studies", "mine"], 'studies is "mine"'),
        (["toy", "--space", "quick"], 'studies is "studies"'),
        (["here", "--space", "quick", "--studies", "/s"], "DATA: here is on this machine"),
        (["toy", "--net", "here", "--space", "quick", "--studies", "/s"], "--net: here is on"),
        (["human:here", "--space", "quick", "--studies", "/s"], "DATA: here is on this machine"),
        (["heer", "--space", "quick", "--studies", "/s"], 'DATA: "heer" is not on this machine'),
    ],
)
def test_what_cannot_work_ends_here_before_anything_is_sent(
    gpdht_command, fake_ray, tmp_path, words, said
):
    (tmp_path / "here").mkdir()
    code, _, error = gpdht_command("submit", CLUSTER, "--", *words)
    assert code == 2
    assert said in error
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize("cluster", ["cluster", "head:6379", "none.yaml"])
def test_a_cluster_that_is_none_is_named(gpdht_command, fake_ray, cluster):
    line = ["submit", cluster, "--", "toy", "--space", "quick", "--studies", "/s"]
    code, _, error = gpdht_command(*line)
    assert code == 2
    assert cluster in error


def test_data_in_a_mounted_folder_get_the_name_they_have_there(gpdht_command, tmp_path):
    (tmp_path / "project" / "data" / "mDC").mkdir(parents=True)
    (tmp_path / "project" / "tmp" / "mDC").mkdir(parents=True)
    file = tmp_path / "mine.yaml"
    mounts = {"file_mounts": {"/home/ray/project": "project"}, "rsync_exclude": ["tmp/"]}
    file.write_text(yaml.safe_dump(mounts))
    line = ["submit", "mine.yaml", "--dry-run", "--"]
    rest = ["--space", "quick", "--studies", "/s"]
    _, out, _ = gpdht_command(*line, "project/data/mDC", *rest)
    assert shlex.split(out.splitlines()[-1])[5] == "/home/ray/project/data/mDC"
    code, _, error = gpdht_command(*line, "project/tmp/mDC", *rest)
    assert code == 2
    assert "nothing brings it to mine.yaml" in error
    _, out, _ = gpdht_command(
        "submit", "mine.yaml", "--shared", *line[2:], "project/tmp/mDC", *rest
    )
    assert shlex.split(out.splitlines()[-1])[5] == str(tmp_path / "project" / "tmp" / "mDC")


def test_the_first_command_that_fails_ends_it_with_its_code(gpdht_command, fake_ray, tmp_path):
    (tmp_path / "program.py").write_text(f"{RAY}\nsys.exit(7)")
    line = ["submit", CLUSTER, "--", "toy", "--space", "quick", "--studies", "/mnt/s"]
    assert gpdht_command(*line)[0] == 7
    assert len(fake_ray()) == 1


def test_the_package_brings_the_script_that_the_cluster_folder_has():
    assert SCRIPT.read_bytes() == (REPOSITORY / "cluster" / "tune.py").read_bytes()
    assert not SCRIPT.is_symlink()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


PORTS = ("port", "dashboard-port", "ray-client-server-port", "dashboard-agent-listen-port")


@pytest.fixture
def dashboard():
    """The address of a Ray with a dashboard on the loopback interface.

    Its sockets have names of at most 107 characters, so its folder has a short one.
    """
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    ports = {name: free_port() for name in PORTS}
    options = [f"--{name}={value}" for name, value in ports.items()]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"]
    command += ["--num-cpus=2", "--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1"]
    command += ["--disable-usage-stats", f"--temp-dir={folder}", *options]
    own = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "RAY_AUTH_MODE": "token", "PATH": own}
    environment |= {"PYTHONPATH": f"{REPOSITORY}:{os.environ.get('PYTHONPATH', '')}"}
    address = f"http://127.0.0.1:{ports['dashboard-port']}"
    with (folder / "log").open("w") as log:
        for _ in range(3):  # on a busy machine a node may not be up in the time that Ray allows
            ray = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            deadline = time.monotonic() + 150
            while ray.poll() is None and code_of(f"{address}/api/version") is None:
                if time.monotonic() > deadline:
                    ray.terminate()
                    ray.wait()
                time.sleep(0.2)
            if ray.poll() is None:
                break
    assert ray.poll() is None, (folder / "log").read_text()
    try:
        yield address
    finally:
        ray.terminate()
        ray.wait()
        shutil.rmtree(folder, ignore_errors=True)


def code_of(url: str) -> int | None:
    """The status of what answers there; None if nothing does yet."""
    try:
        return requests.get(url, timeout=10).status_code
    except requests.ConnectionError:
        return None


SMALL_SPACE = {
    "trials": 2,
    "scheduler": {"name": "none"},
    "fixed": {"train.epochs": 1, "cv.folds": 2, "encoder.dim": 8, "encoder.iterations": 2},
    "params": {"graph.levels": {"int": [3, 5]}},
}


@pytest.mark.slow
@pytest.mark.starts_ray
def test_a_job_on_a_real_ray_leaves_a_complete_study(dashboard, tmp_path, tracking_uri):
    from gpdht.search.study import open_study

    assert code_of(f"{dashboard}/api/version") in (401, 403), "it answers without a token"
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(SMALL_SPACE))
    words = ["toy:genes=40,tfs=5,cells=30", "--space", "small.yaml", "--name", "s"]
    words += ["--studies", str(tmp_path / "studies"), "--replicates", "0"]
    words += ["--tracking-uri", tracking_uri, "--experiment", 'it\'s "so" $HOME ~/x']
    command = [sys.executable, "-m", "gpdht", "submit", dashboard, "--", *words]
    paths = f"{REPOSITORY}:{os.environ.get('PYTHONPATH', '')}"
    environment = {**os.environ, "RAY_AUTH_MODE": "token", "PYTHONPATH": paths}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    study = open_study("s", tmp_path / "studies")
    assert list(study.trials()["state"]) == ["complete", "complete"]
    assert study.record["tracking"]["experiment"] == 'it\'s "so" $HOME ~/x'
