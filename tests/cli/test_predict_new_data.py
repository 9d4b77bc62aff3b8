"""`gpdht predict` on data that the model was not trained on: which mode, how far, refusals."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gpdht.cli.app import app
from gpdht.data.toy import toy

TOY = "toy:genes=50,tfs=6,cells=60"
OTHER = "toy:genes=60,tfs=6,cells=80"
QUICK = [
    *("--set", "encoder.dim=8", "--set", "encoder.features=loadings", "--set", "train.epochs=2"),
    *("--set", "model.layers=1", "--set", "model.feedforward=16", "--set", "model.hidden=16"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a model of the toy as `gpdht fit --save` leaves it."""
    folder = tmp_path_factory.mktemp("work") / "model"
    done = CliRunner().invoke(app, ["fit", TOY, *QUICK, "--save", str(folder)])
    assert done.exit_code == 0, done.output
    return str(folder)


def test_the_data_of_training_are_called_so(gpdht_command, folder):
    code, out, err = gpdht_command("predict", folder, TOY, "-o", "n.csv")
    assert (code, err) == (0, "")
    assert out.rstrip().endswith("of them known; scored on the data of training")


def test_new_data_are_scored_and_the_distance_is_said(gpdht_command, folder, tmp_path):
    code, out, err = gpdht_command("predict", folder, OTHER, "-o", "n.parquet", "--json")
    assert code == 0
    assert err.startswith(
        "new data, read by their features: 50 of the 50 genes of training are there, 10 of 60 "
        "genes are new; 6 of 6 TFs had known edges in training; statistics of expression are"
    )
    found = json.loads(out)
    assert (found["mode"], found["edges"]) == ("new data", 6 * 59)
    net = pd.read_parquet(tmp_path / "n.parquet")
    assert list(net) == ["source", "target", "weight", "rank", "known"]
    assert net["weight"].between(0, 1).all()


def test_an_h5ad_of_few_genes_without_an_edge_list_is_warned_of(gpdht_command, folder, tmp_path):
    cells = toy(genes=50, tfs=6, cells=30, seed=9).adata[:, :20]
    cells.write_h5ad(tmp_path / "new.h5ad")
    code, _, err = gpdht_command("predict", folder, "new.h5ad", "-o", "n.csv")
    assert code == 0
    assert "warning: only 20 of the 50 genes of training (40%) are genes of" in err
    assert "Hold the network against one that was trained on these cells" in err


def test_counts_that_were_kept_are_refused(gpdht_command, folder, tmp_path):
    cells = toy(genes=50, tfs=6, cells=30, seed=9).adata
    cells.X = np.round(np.expm1(cells.X.toarray() * 3)).astype(np.float32)
    cells.write_h5ad(tmp_path / "raw.h5ad")
    code, out, err = gpdht_command(
        "predict", folder, "raw.h5ad", "-o", "n.csv", "--normalize", "none"
    )
    assert (code, out) == (2, "")
    assert "on another scale" in err
    assert "--normalize log1p" in err
    assert not (tmp_path / "n.csv").exists()


def test_a_least_precision_is_of_the_cells_of_training_alone(gpdht_command, folder):
    asked = ("-o", "n.csv", "--min-precision", "0.5")
    code, _, err = gpdht_command("predict", folder, OTHER, *asked)
    assert code == 2
    assert "says nothing of others; choose by --top or --top-per-tf" in err


def test_training_again_is_said_too(gpdht_command, folder):
    code, out, err = gpdht_command("predict", folder, OTHER, "-o", "n.csv", "--retrain", "--json")
    assert code == 0
    assert json.loads(out)["mode"] == "retrained"
    assert "read by their features" not in err
