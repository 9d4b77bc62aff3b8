"""`gpdht evaluate`: files and tables in any dialect, the scores those of a hand-worked network."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

import gpdht as gp
from gpdht.cli.app import app
from gpdht.errors import DataError

TRUTH = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"]})
# best first: A→B true, C→A false, A→C true, B→A false; B→C is missing
PREDICTED = pd.DataFrame(
    {"TF": list("ACAB"), "target": list("BACA"), "importance": [0.9, 0.8, 0.7, 0.1]}
)


def test_the_scores_are_those_of_a_network_worked_by_hand():
    found = gp.evaluate(PREDICTED, TRUTH)
    # over all 6 ordered pairs: 3 true; of the 3 strongest predictions 2 are true
    assert found["beeline_all/early_precision"] == pytest.approx(2 / 3)
    assert found["beeline_all/early_precision_ratio"] == pytest.approx(4 / 3)
    # TFs A, B × genes: 4 pairs, 3 true; the ranking is A→B, A→C, B→A, then B→C at strength 0
    assert found["beeline_tf/auroc"] == pytest.approx(2 / 3)


def test_files_of_two_dialects_give_the_same_as_tables(tmp_path):
    PREDICTED.to_csv(tmp_path / "net.tsv", sep="\t", index=False)
    TRUTH.set_axis(["Gene1", "Gene2"], axis=1).to_csv(tmp_path / "truth.csv", index=False)
    paths = [str(tmp_path / name) for name in ("net.tsv", "truth.csv")]
    done = CliRunner().invoke(app, ["evaluate", *paths, "--json"])
    assert json.loads(done.stdout) == pytest.approx(gp.evaluate(PREDICTED, TRUTH))
    shown = CliRunner().invoke(app, ["evaluate", *paths]).stdout
    assert "0.667" in shown
    assert "BEELINE's default" in shown


def test_predictions_without_weights_are_refused():
    with pytest.raises(DataError, match=r"no column of weights.*expected source, target, weight"):
        gp.evaluate(PREDICTED.drop(columns="importance"), TRUTH)
