from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gpdht.cli.app import app
from gpdht.cli.data_options import DataOptions
from gpdht.data.toy import toy


@pytest.fixture
def damaged(tmp_path: Path) -> list[str]:
    """A toy on disk with a self edge and an edge outside the matrix."""
    data = toy(genes=30, tfs=4, cells=25)
    data.adata.write_h5ad(tmp_path / "toy.h5ad")
    text = data.net.to_csv(index=False) + "TF01,TF01,1\nTF01,Gene05,1\n"
    (tmp_path / "net.csv").write_text(text)
    return ["inspect", str(tmp_path / "toy.h5ad"), "--net", str(tmp_path / "net.csv")]


def test_the_toy_is_shown_with_sizes_and_levels():
    result = CliRunner().invoke(app, ["inspect", "toy"])
    assert result.exit_code == 0
    for text in ("genes       120", "cells       200", "K = 15", "problems    none", "█"):
        assert text in result.stdout


def test_json_is_one_object_with_the_same_figures():
    result = CliRunner().invoke(app, ["inspect", "toy:seed=4", "--levels", "5", "--json"])
    found, data = json.loads(result.stdout), toy(seed=4)
    assert found["fingerprint"] == data.fingerprint
    assert (found["genes"], found["cells"], found["edges"]) == (120, 200, len(data.net))
    assert found["positives"] + found["negatives"] == found["known_tfs"] * 119
    assert len(found["levels"]) == 5
    assert sum(found["levels"]) == data.expression.nnz
    assert found["sparsity"] == pytest.approx(np.mean(data.expression.toarray() == 0))
    assert found["problems"] == []


def test_each_problem_is_shown_with_its_remedy(damaged):
    result = CliRunner().invoke(app, damaged)
    assert "problems    2" in result.stdout
    assert "repaired: net.csv: 1 self edge was dropped, e.g. TF01 → TF01" in result.stdout
    assert "pass --symbols upper to keep them" in result.stdout
    assert result.stderr == ""


def test_symbols_upper_reaches_the_reader(damaged):
    result = CliRunner().invoke(app, [*damaged, "--symbols", "upper", "--json"])
    assert [item["severity"] for item in json.loads(result.stdout)["problems"]] == ["repaired"]


def test_priors_are_shown_with_what_they_have_of_the_labels(damaged, tmp_path):
    data = toy(genes=30, tfs=4, cells=25)
    tf = data.known_tfs[0]
    copied = data.net[data.net["source"] == tf]
    copied.to_csv(tmp_path / "chip.csv", index=False)
    command = [*damaged, "--prior", str(tmp_path / "chip.csv")]
    shown = CliRunner().invoke(app, command).stdout
    assert "TFs above half" in shown
    assert f"1 of {len(data.known_tfs)}" in shown
    (prior,) = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)["priors"]
    expected = {"prior": "chip", "edges": len(copied), "found": len(copied), "tfs": 1}
    assert expected.items() <= prior.items()
    assert prior["share"] == pytest.approx(len(copied) / len(data.net))


def test_expression_alone_is_shown_with_what_to_give(tmp_path):
    toy(genes=30, tfs=4, cells=25).adata.write_h5ad(tmp_path / "toy.h5ad")
    command = ["inspect", str(tmp_path / "toy.h5ad")]
    shown = CliRunner().invoke(app, command).stdout
    assert "genes       30" in shown
    assert "edges       none, so nothing can be trained" in shown
    assert "Pass --net FILE with the columns source,target" in shown
    assert json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)["density"] is None


def test_what_is_said_of_an_edge_list_reaches_the_reader_and_signs_are_counted(tmp_path):
    data = toy(genes=30, tfs=4, cells=25)
    data.adata.write_h5ad(tmp_path / "toy.h5ad")
    net = data.net.assign(weight=[1, -1] * 11 + [1], yes=1)
    more = net.assign(yes=0, source=net["target"], target=net["source"])
    header = ["a", "b", "c", "d"]
    pd.concat([net, more]).set_axis(header, axis=1).to_csv(tmp_path / "net.csv", index=False)
    (tmp_path / "tfs.txt").write_text("\n".join(data.known_tfs[1:]))
    command = ["inspect", str(tmp_path / "toy.h5ad"), "--net", str(tmp_path / "net.csv")]
    command += ["--columns", "tf=a,target=b,weight=c", "--label-column", "d", "--min-weight", "1"]
    assert "edges       23, signed: 12 +, 11 −" in CliRunner().invoke(app, command).stdout
    command += ["--tfs", str(tmp_path / "tfs.txt"), "--only-tfs", "--json"]
    found = json.loads(CliRunner().invoke(app, command).stdout)
    assert found["edges"] == int((data.net["source"] != data.known_tfs[0]).sum())
    assert found["signs"]["plus"] + found["signs"]["minus"] == found["edges"]


@pytest.mark.slow
def test_a_bad_input_ends_the_command_with_code_2_and_one_message(tmp_path):
    code = "from gpdht.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "inspect", str(tmp_path / "nowhere")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Give a folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_other_verbs_are_told_of_problems_on_stderr(damaged, capsys):
    _, matrix, _, net = damaged
    DataOptions(net=Path(net)).open(matrix)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1 self edge was dropped" in captured.err


@pytest.fixture
def counts(tmp_path: Path) -> list[str]:
    """Counts of cells of two kinds, in a layer."""
    data = toy(genes=30, tfs=4, cells=25)
    adata = data.adata
    adata.layers["counts"] = np.rint(40 * adata.X.toarray())
    adata.obs["kind"] = ["a", "b", "b", "c", "c"] * 5
    adata.write_h5ad(tmp_path / "toy.h5ad")
    data.net.to_csv(tmp_path / "net.csv", index=False)
    chosen = ["--layer", "counts", "--cells", "kind != 'a'"]
    return [str(tmp_path / "toy.h5ad"), "--net", str(tmp_path / "net.csv"), *chosen]


def test_what_was_chosen_and_done_is_said_above_the_levels(counts):
    shown = CliRunner().invoke(app, ["inspect", *counts]).stdout
    first = shown[: shown.index("\nlevels")]
    assert "cells       20" in first
    assert 'note: toy.h5ad: the layer "counts" was read' in first
    assert "20 of 25 cells were chosen by \"kind != 'a'\"" in first
    assert "repaired: toy.h5ad: the values are counts" in first
    kept = CliRunner().invoke(app, ["inspect", *counts, "--normalize", "none"]).stdout
    assert "warning: toy.h5ad: the values are counts" in kept


def test_later_verbs_say_it_on_stderr(counts, tmp_path):
    shown = CliRunner().invoke(
        app, ["reproduce", "table1", *counts, "--out", str(tmp_path / "out")]
    )
    assert shown.exit_code == 0
    assert 'note: toy.h5ad: the layer "counts" was read' in shown.stderr
    assert "repaired: toy.h5ad: the values are counts" in shown.stderr


def test_names_and_how_much_of_the_edge_list_is_there_are_shown(damaged):
    shown = CliRunner().invoke(app, damaged).stdout
    first = shown[: shown.index("problems")]
    assert "names       symbols in upper case, species unknown" in first
    assert "edge list   4 of 4 TFs, " in first
    edges = len(toy(genes=30, tfs=4, cells=25).net)
    assert f"{edges + 1} of {edges + 2} edges of net.csv are in the matrix" in first
    assert "its names   symbols in upper case, species unknown" in first
    found = json.loads(CliRunner().invoke(app, [*damaged, "--json"]).stdout)["coverage"]
    assert found["edges"] == [edges + 1, edges + 2]
    assert found["matrix_naming"]["species"] is None


def test_a_part_of_a_large_matrix_is_said_first_and_later_on_stderr(damaged):
    part = [*damaged, "--max-genes", "20", "--max-cells", "15"]
    shown = CliRunner().invoke(app, part).stdout
    first = shown[: shown.index("\nlevels")]
    assert "genes       20" in first
    assert "cells       15" in first
    assert "15 of 25 cells were drawn uniformly (seed 0)" in first
    assert "20 of 30 genes were kept, 4 TFs with known edges" in first
