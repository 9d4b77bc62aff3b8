"""From a search to a network file, all through the command line, on one small study."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from gpdht.data.source import open_dataset

pytestmark = [pytest.mark.slow, pytest.mark.starts_ray]

SPACE = """
trials: 2
sampler: {name: random, seed: 1}
scheduler: {name: none}
fixed: {encoder.iterations: 5, encoder.dim: 8, model.layers: 1, model.feedforward: 16,
  model.hidden: 16, train.epochs: 3, cv.folds: 2}
params: {graph.levels: {int: [3, 6]}}
"""
TOY = "toy:genes=40,tfs=5,cells=40"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, blank_database):
    """A working directory with a searched study and its winner registered as ``net``."""
    folder = tmp_path_factory.mktemp("work")
    shutil.copy(blank_database, folder / "mlflow.db")
    (folder / "space.yaml").write_text(SPACE)
    command = Path(sys.executable).with_name("gpdht")
    environment = {name: v for name, v in os.environ.items() if not name.startswith("MLFLOW_T")}
    for arguments in (
        ["search", TOY, "--space", "space.yaml", "--name", "s"],
        ["register", "s", "--name", "net", "--replicates", "2"],
    ):
        done = subprocess.run(
            [command, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout + "\f" + done.stderr)
    return folder


@pytest.fixture
def gpdht_command(gpdht_command, monkeypatch, folder):
    """Run the command line in the folder; gives exit code, stdout, stderr."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return gpdht_command


def test_registering_says_the_alias_the_reason_and_the_scores(folder):
    out, err = (folder / "said.txt").read_text().split("\f")
    assert "net/1 is champion: the first of its name." in out
    for words in ("average precision", "AUROC", "label-only", "gain", "2 fresh seeds"):
        assert words in out
    assert [line for line in err.splitlines() if line] == [
        "trial 0, cross-validation 1 of 2 …",
        "trial 0, cross-validation 2 of 2 …",
        "final fit 1 of 2 …",
        "final fit 2 of 2 …",
    ]


def test_registering_again_makes_nothing_new(gpdht_command):
    code, out, _ = gpdht_command("register", "s", "--name", "net", "--replicates", "2", "--json")
    version = json.loads(out)
    assert (code, version["version"], version["reason"]) == (0, 1, "registered already")
    assert version["card"]["protocol"]["seeds"] == [1000, 1001]


def test_no_run_is_left_open_and_the_study_names_its_model(gpdht_command, folder):
    from gpdht.tracking.connection import connect

    client = connect()
    found = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(found)
    assert len(runs) == 4
    assert {run.info.status for run in runs} == {"FINISHED"}
    linked = [r.info.run_name for r in runs if r.data.tags.get("registered_model") == "net/1"]
    assert sorted(linked) == ["register-net", "s"]


def test_predict_writes_all_pairs_and_shows_the_first(gpdht_command, folder):
    code, out, _ = gpdht_command("predict", "net", TOY, "-o", "net.parquet")
    net, dataset = pd.read_parquet(folder / "net.parquet"), open_dataset(TOY)
    assert (code, list(net)) == (0, ["source", "target", "weight", "rank", "known"])
    assert len(net) == 5 * 40 - 5
    assert net["known"].sum() == len(dataset.net)
    assert net["weight"].is_monotonic_decreasing
    assert f"{net['source'][0]}" in out.splitlines()[1]
    assert f"195 edges in net.parquet, {len(dataset.net)} of them known" in out


def test_predict_gives_json_and_only_the_top_if_asked(gpdht_command, folder):
    code, out, _ = gpdht_command(
        *("predict", "net@champion", TOY, "-o", "top.csv.gz", "--top", "7", "--json")
    )
    answer = json.loads(out)
    assert (code, answer["edges"], [row["rank"] for row in answer["first"]]) == (
        0,
        7,
        [1, 2, 3, 4, 5, 6, 7],
    )
    assert len(pd.read_csv(folder / "top.csv.gz")) == 7


def test_predict_on_other_cells_trains_again_only_if_asked(gpdht_command, folder):
    other = f"{TOY},seed=5"
    code, out, err = gpdht_command("predict", "net", other, "-o", "other.csv")
    assert (code, out) == (2, "")
    assert "--retrain" in err
    assert not (folder / "other.csv").exists()
    code, _, err = gpdht_command("predict", "net", other, "-o", "other.csv", "--retrain")
    assert code == 0
    assert "training 2 of 2" in err
    assert len(pd.read_csv(folder / "other.csv")) == 5 * 40 - 5


def test_promote_moves_the_alias(gpdht_command):
    code, out, _ = gpdht_command("promote", "net", "1")
    assert code == 0
    assert "net/1 is champion: promoted by hand." in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["register", "t", "--name", "net"], 'no study "t"'),
        (["register", "s", "--name", "a@b"], "cannot be a model's name"),
        (["register", "s", "--name", "x", "--data", "toy"], "values, names or edges differ"),
        (["register", "s", "--name", "x", "--tracking-uri", "http://127.0.0.1:9"], "127.0.0.1:9"),
        (["promote", "net", "5"], 'no version or alias "5"'),
        (["promote", "nat", "1"], 'no model "nat"'),
        (["predict", "nat", TOY, "-o", "x.csv"], 'no model "nat"'),
        (["predict", "net@best", TOY, "-o", "x.csv"], 'no version or alias "best"'),
        (["predict", "net", TOY, "-o", "x.doc"], "unknown format"),
        (["predict", "net", TOY, "-o", "no/x.csv"], "does not exist"),
        (["predict", "net", TOY, "-o", "x.csv", "--sources", "TF01,NOPE"], "NOPE"),
        (["predict", "net", "nowhere", "-o", "x.csv"], "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_error_and_nothing_is_written(
    gpdht_command, folder, arguments, message
):
    before = sorted(folder.iterdir())
    code, out, err = gpdht_command(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert message in err
    assert "Traceback" not in err
    assert sorted(folder.iterdir()) == before
