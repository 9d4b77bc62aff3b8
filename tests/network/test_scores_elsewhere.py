"""Cells without known edges: what is said, what can be done, and which score is quoted."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from gpdht.cli.app import app
from gpdht.data.toy import toy
from gpdht.network.scores_elsewhere import say_score_elsewhere

SMALL = ("encoder.dim=8", "encoder.heads=1", "train.epochs=2", "train.others=1")


def test_the_score_of_a_set_left_out_is_quoted_from_either_card():
    metrics = {"test/auprc": 0.25, "baseline/auprc": 0.2}
    fitted = {"split": "set", "metrics": metrics}
    figures = {name: {"pooled": value} for name, value in metrics.items()}
    registered = {"protocol": {"cv.split": "set"}, "replicated": figures}
    for card in (fitted, registered):
        text = say_score_elsewhere(card, "hESC")
        assert "labels of hESC were left out" in text
        assert "0.250 (labels of the other sets alone: 0.200)" in text


@pytest.mark.parametrize("split", ["edge", "target", "tf", "both"])
def test_a_score_that_does_not_apply_is_not_quoted(split):
    card = {"split": split, "metrics": {"test/auprc": 0.9876}}
    assert "0.98" not in say_score_elsewhere(card, "hESC")
    assert "they do not hold for these cells" in say_score_elsewhere(card, "hESC")
    assert "cv.split=set" in say_score_elsewhere(card, "hESC")


@pytest.fixture
def new(tmp_path):
    """Cells alone, of the toy's genes."""
    toy(genes=30, tfs=4, cells=25, seed=3).adata.write_h5ad(tmp_path / "new.h5ad")
    return str(tmp_path / "new.h5ad")


@pytest.mark.parametrize("verb", ["fit", "search"])
def test_cells_without_known_edges_are_told_what_can_be_done(new, verb):
    more = ["--space", "quick", "--name", "x"] if verb == "search" else []
    shown = CliRunner().invoke(app, [verb, new, *more])
    text = str(shown.exception)
    assert "no edge list beside the expression matrix" in text
    assert "gpdht fit SET --with OTHER --set cv.split=set --save MODEL" in text
    assert "gpdht predict MODEL DATA --with OTHER --retrain" in text


def test_inspect_tells_it_too(new):
    text = CliRunner().invoke(app, ["inspect", new]).stdout
    assert "No known edges of these cells? Train on a set that has some" in text


def test_a_model_of_other_sets_predicts_for_cells_without_edges(new, tmp_path):
    labelled, other = "toy:genes=30,tfs=4,cells=25", "toy:genes=30,tfs=4,cells=25,seed=5"
    settings = [word for setting in (*SMALL, "cv.split=set") for word in ("--set", setting)]
    model, net = str(tmp_path / "model"), tmp_path / "net.csv"
    command = ["fit", labelled, "--with", other, *settings, "--save", model, "--json"]
    fitted = CliRunner().invoke(app, command)
    assert fitted.exit_code == 0, fitted.output
    score = json.loads(fitted.stdout)["metrics"]["test/auprc"]
    command = ["predict", model, new, "--with", other, "--retrain", "-o", str(net)]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    assert f"average precision there was {score:.3f}" in shown.stderr
    table = pd.read_csv(net)
    assert {*table["source"]} == {*toy(genes=30, tfs=4, cells=25).known_tfs}
