"""What is compared in upper case is written as the user's own data name it."""

from __future__ import annotations

import json

import anndata
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gpdht.cli.app import app
from gpdht.data.dataset import Dataset
from gpdht.data.own_names import as_own, in_own_names
from gpdht.data.source import open_dataset
from gpdht.data.toy import toy
from gpdht.network.formats import write_network

GENES = ["Sox2", "Nanog", "Klf4", "MYC"]
NET = pd.DataFrame({"source": ["SOX2", "myc"], "target": ["NANOG", "Klf4"], "weight": [1.0, -1.0]})


@pytest.fixture
def mouse() -> Dataset:
    values = np.random.default_rng(0).gamma(2, size=(6, 4))
    cells = pd.DataFrame(values, index=[f"c{i}" for i in range(6)], columns=GENES)
    return Dataset.from_frame(cells, NET, symbols="upper")


def test_edges_get_the_names_of_the_matrix_back(mouse):
    assert mouse.genes.tolist() == ["SOX2", "NANOG", "KLF4", "MYC"]
    assert mouse.own_names.tolist() == GENES
    edges = pd.DataFrame({"source": ["SOX2", "OTHER"], "target": ["KLF4", "MYC"], "weight": [1, 2]})
    own = in_own_names(edges, mouse)
    assert own.to_numpy().tolist() == [["Sox2", "Klf4", 1], ["OTHER", "MYC", 2]]
    assert in_own_names(own, mouse).equals(own)


def test_a_dataset_under_its_own_names_is_the_same_else(mouse):
    own = as_own(mouse)
    assert own.adata.var_names.tolist() == GENES
    assert own.tfs.tolist() == own.known_tfs.tolist() == ["Sox2", "MYC"]
    assert (own.expression != mouse.expression).nnz == 0
    assert as_own(own) is own


def test_names_that_are_not_spelt_otherwise_are_left_alone():
    data = toy(genes=30, tfs=4, cells=25)
    assert in_own_names(data.net, data) is data.net
    assert as_own(data) is data


@pytest.mark.parametrize("ending", ["csv", "h5ad"])
def test_networks_are_written_with_names_of_the_matrix(mouse, tmp_path, ending):
    edges = pd.DataFrame({"source": ["SOX2"], "target": ["KLF4"], "weight": [0.5]})
    path = tmp_path / f"net.{ending}"
    write_network(edges.assign(rank=1, known=False), path, dataset=mouse)
    if ending == "csv":
        assert pd.read_csv(path)[["source", "target"]].to_numpy().tolist() == [["Sox2", "Klf4"]]
    else:
        assert anndata.read_h5ad(path).to_df().columns.tolist() == GENES


@pytest.fixture
def files(tmp_path):
    """A toy with names as of mouse, and its network with names as of human."""
    data = toy(genes=30, tfs=4, cells=25)
    adata = data.adata
    adata.var_names = [name.capitalize() for name in adata.var_names]
    adata.write_h5ad(tmp_path / "cells.h5ad")
    upper = {end: data.net[end].str.upper() for end in ("source", "target")}
    data.net.assign(**upper).to_csv(tmp_path / "net.csv", index=False)
    options = ["--net", str(tmp_path / "net.csv"), "--symbols", "upper"]
    return [str(tmp_path / "cells.h5ad"), *options], set(adata.var_names)


def test_fit_predict_and_activity_write_names_of_the_users_anndata(files, tmp_path):
    data, names = files
    run = CliRunner().invoke
    small = ["encoder.dim=8", "encoder.heads=1", "train.epochs=2", "cv.folds=2"]
    settings = [word for setting in small for word in ("--set", setting)]
    model, scores = tmp_path / "model", tmp_path / "scores.csv"
    out = ["--scores", str(scores), "--save", str(model)]
    fitted = run(app, ["fit", *data, *settings, *out])
    assert fitted.exit_code == 0, fitted.output
    table = pd.read_csv(scores)
    assert {*table["source"], *table["target"]} <= names
    tf = table["source"].iloc[0]
    net = tmp_path / "predicted.csv"
    command = ["predict", str(model), *data, "-o", str(net), "--sources", tf, "--json"]
    shown = json.loads(run(app, command).stdout)
    written = pd.read_csv(net)
    assert {*written["source"]} == {tf} == {edge["source"] for edge in shown["first"]}
    assert {*written["target"]} == names - {tf}
    pytest.importorskip("decoupler")
    command = ["activity", str(model), *data, "-o", str(tmp_path / "activities.csv")]
    assert run(app, command).exit_code == 0
    assert {*pd.read_csv(tmp_path / "activities.csv")} - {"cell"} <= names


def test_a_written_network_is_read_again_with_the_same_option(files, tmp_path):
    data, _ = files
    path, net = data[0], data[2]
    found = open_dataset(path, net=net, symbols="upper")
    in_own_names(found.net, found).to_csv(tmp_path / "own.csv", index=False)
    again = open_dataset(path, net=tmp_path / "own.csv", symbols="upper")
    assert again.fingerprint == found.fingerprint
