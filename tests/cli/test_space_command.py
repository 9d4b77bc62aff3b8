"""`gpdht space check` and `sample`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gpdht.cli.app import app
from gpdht.errors import SpaceError

SPACES = Path(__file__).resolve().parents[2] / "search_spaces"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["space", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("name", ["quick", "standard", "generalise", "knowledge", "paper", "wide"])
def test_check_accepts_the_shipped_spaces_and_lists_their_settings(name):
    text = run("check", str(SPACES / f"{name}.yaml"))
    aim = "val/gain_auprc" if name == "generalise" else "val/auprc"
    assert f"objective {aim} (max)" in text
    assert "graph.levels" in text


def test_list_names_every_shipped_space_and_what_it_is_for():
    spaces = json.loads(run("list", "--json"))
    assert {"quick", "wide", "peers/gatcl-search"} < set(spaces)
    assert all(text.endswith(".") for text in spaces.values())
    assert "The published setting as a space of one point." in run("list")


def test_show_prints_a_shipped_space_as_a_start_for_ones_own(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text(run("show", "quick"), encoding="utf-8")
    assert mine.read_text() == (SPACES / "quick.yaml").read_text()
    assert "12 trials" in run("check", str(mine))


def test_check_gives_the_space_as_json():
    content = json.loads(run("check", str(SPACES / "quick.yaml"), "--json"))
    assert content["trials"] == 12
    assert len(content["params"]) == 5
    assert content["feasible_share"] == 1.0
    assert content["notes"] == []


def test_check_names_what_only_some_points_read(tmp_path):
    file = tmp_path / "loose.yaml"
    file.write_text(
        "params:\n  train.optimizer: {choice: [adam, sgd]}\n  train.momentum: {float: [0.0, 0.9]}\n"
    )
    assert "params.train.momentum changes nothing in" in run("check", str(file))


def test_check_refuses_a_bad_space(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("params: {train.lr: {float: [1e-4, 0.1]}}")
    with pytest.raises(SpaceError, match=r"write 1\.0e-4"):
        run("check", str(bad))


def test_sample_draws_equal_points_for_equal_seeds():
    wide = str(SPACES / "wide.yaml")
    first = json.loads(run("sample", wide, "-n", "3", "--seed", "4", "--json"))
    assert first == json.loads(run("sample", wide, "-n", "3", "--seed", "4", "--json"))
    assert first != json.loads(run("sample", wide, "-n", "3", "--seed", "5", "--json"))
    assert len(first["points"]) == 3
    assert "encoder.tau" in run("sample", wide, "-n", "2")


def test_checking_a_space_imports_neither_ray_nor_torch_nor_optuna():
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom gpdht.cli.app import app\n"
        f"result = CliRunner().invoke(app, ['space', 'check', {str(SPACES / 'wide.yaml')!r}])\n"
        "assert result.exit_code == 0\n"
        "print([m for m in ('ray', 'torch', 'optuna', 'mlflow') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
