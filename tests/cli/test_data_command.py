"""`gpdht data select` and `download`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner
from zenodo_server import NEW, serving, zipped

from gpdht.cli.app import app
from gpdht.data.source import open_dataset

GENES = ["T1", "A", "B", "C"]


@pytest.fixture
def raw(tmp_path: Path) -> list[str]:
    """Arguments of `data select` for four genes, one of them a TF, C without expression."""
    folder = tmp_path / "raw"
    folder.mkdir()
    ordering = "".join(f"{gene},1e-9,{i}\n" for i, gene in enumerate(GENES))
    (folder / "GeneOrdering.csv").write_text(",VGAMpValue,Variance\n" + ordering)
    (folder / "ExpressionData.csv").write_text(",c1,c2\nB,1,2\nA,0,3\nT1,2,2.5\n")
    (tmp_path / "net.csv").write_text("Gene1,Gene2\nT1,A\nT1,B\n")
    (tmp_path / "tfs.csv").write_text("TF\nT1\n")
    files = ["--network", str(tmp_path / "net.csv"), "--tfs", str(tmp_path / "tfs.csv")]
    return ["data", "select", str(folder), *files, "-o", str(tmp_path / "set")]


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_select_writes_a_set_and_says_what_is_in_it(raw, tmp_path):
    result = run(*raw, "--genes", "1")
    assert result.exit_code == 0
    lines = ("2: 1 TFs and 1 others, of 3 with p < 0.00333", "cells       2", "1 from 1 TFs")
    assert all(line in result.stdout for line in lines), result.stdout
    assert result.stderr == 'warning: without expression, so not counted: 1 gene, e.g. "C"\n'
    assert open_dataset(tmp_path / "set").genes.tolist() == ["T1", "B"]


def test_select_gives_its_figures_as_json(raw):
    result = run(*raw, "--no-expression", "--json", "--genes", "9")
    figures = json.loads(result.stdout)
    assert figures["genes"] == ["T1", "C", "B", "A"]
    assert (figures["tfs"], figures["edges"], figures["cells"]) == (["T1"], 2, None)
    assert "only 3 genes pass the threshold besides the TFs, not 9" in result.stderr


MAIN = "import sys\nfrom gpdht.cli.app import main\nmain()"


def command(*arguments: str, url: str = "http://127.0.0.1:9") -> list[str]:
    """The installed command, with another server than Zenodo."""
    code = f"import gpdht.data.download as d\nd.ZENODO = {url!r}\nd.RETRIES = 0\n{MAIN}"
    return [sys.executable, "-c", code, *arguments]


@pytest.mark.slow
def test_a_users_mistake_is_one_message(raw, tmp_path):
    bad = {
        ("data", "download", "beelin"): 'Error: "beelin" is no dataset to download',
        ("data", "download", "beeline", "-o", str(tmp_path / "b")): "Error: the download failed: ",
        (*raw, "--p-value", "2"): "Error: number=500, p_value=2; it takes",
        (*raw, "--symbols", "lower"): 'Error: symbols "lower" is unknown',
    }
    for arguments, message in bad.items():
        done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert done.stderr.startswith(message)
        assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.csv", "raw", "tfs.csv"]


@pytest.mark.slow
def test_ctrl_c_in_a_download_and_the_same_command_again(tmp_path):
    with serving({"BEELINE-data.zip": zipped({"inputs/x": bytes(10)})}) as zenodo:
        zenodo.pause = 60.0
        arguments = command("data", "download", "beeline", "-o", str(tmp_path), url=zenodo.url)
        running = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not zenodo.transfers() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        running.send_signal(signal.SIGINT)
        _, messages = running.communicate(timeout=60)
        assert running.returncode == 130
        assert messages.splitlines()[-1] == "Interrupted; the same command goes on from here."
        assert "Traceback" not in messages
        assert not (tmp_path / "BEELINE-data").exists()
        zenodo.pause = 0.0
        for _ in range(2):
            done = subprocess.run(arguments, capture_output=True, text=True, check=True)
            assert done.stdout == f"{tmp_path}/BEELINE-data\n"
            assert f"10.5281/zenodo.{NEW}, version v4: complete" in done.stderr
        assert (tmp_path / "BEELINE-data" / "inputs" / "x").read_bytes() == bytes(10)
        assert len(zenodo.transfers()) == 2


def test_download_gives_the_record_as_json(tmp_path, monkeypatch):
    with serving({"README.txt": b"read me"}) as zenodo:
        monkeypatch.setattr("gpdht.data.download.ZENODO", zenodo.url)
        result = run("data", "download", "beeline", "-o", str(tmp_path), "--json")
    content = json.loads(result.stdout)
    assert content["number"] == NEW
    assert content["paths"] == [str(tmp_path / "README.txt")]
    assert "README.txt: 0.0 of 0.0 MB" in result.stderr
