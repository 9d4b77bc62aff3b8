"""`gpdht conserved` as a user meets it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from gpdht.cli.conserved import conserved
from gpdht.errors import DataError, GpdhtError

APP = typer.Typer()
APP.command()(conserved)
HUMAN = ["SOX2", "KLF4", "MYC", "POU5F1", *(f"GENE{i}" for i in range(56))]
MOUSE = [name.capitalize() for name in HUMAN]


def run(*arguments):
    result = CliRunner().invoke(APP, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def said(*arguments) -> str:
    return " ".join(run(*arguments).stdout.split())


@pytest.fixture
def files(tmp_path):
    """Three TFs and 60 genes, out of fold; scores of both species go together. No POU5F1."""
    rng = np.random.default_rng(0)
    shared_TG = rng.normal(size=(3, 60))
    for species, names in (("human", HUMAN), ("mouse", MOUSE)):
        tf, target = np.nonzero(~np.eye(3, 60, dtype=bool))
        score_TG = shared_TG + 0.2 * rng.normal(size=(3, 60))
        pd.DataFrame(
            {
                "source": np.array(names)[tf],
                "target": np.array(names)[target],
                "label": (shared_TG[tf, target] > 1).astype(int),
                "fold": target % 3,
                "score": score_TG[tf, target],
            }
        ).to_csv(tmp_path / f"{species}.csv", index=False)
    table = pd.DataFrame({"human_symbol": HUMAN, "mouse_symbol": MOUSE})
    table[table["human_symbol"] != "POU5F1"].to_csv(tmp_path / "orthologs.csv", index=False)
    names = ("human.csv", "mouse.csv", "--orthologs", "orthologs.csv")
    return [name if name.startswith("--") else tmp_path / name for name in names]


def test_it_shows_what_was_compared_classes_hubs_and_the_module(files):
    text = said(*files, "--module", "pluripotency")
    for words in (
        "What was compared: pairs of each network",
        "human (human.csv) 177 3 0 0 174",
        "Classes, and where their pairs are known",
        "Conserved: the",
        "SOX2 →",
        "TFs with most conserved, then specific, targets",
        "Edges among pluripotency",
        "174 ortholog pairs of 3 TFs in both networks",
        "3 of 3 TFs rank their targets more alike",
        "Alike: ",
        "Undecided is not the same as different",
        "Pluripotency: 6 pairs among 3 genes in a network, 6 in both",
        "Without a one-to-one ortholog in the table, so in no pair: POU5F1, NANOG",
    ):
        assert words in text
    assert "WARNING" not in text


def test_a_named_pair_adds_its_pairs(files):
    text = said(*files, "--pair", "POU5F1=Pou5f1", "--module", "SOX2,POU5F1")
    assert "177 0 0 0 177" in text
    assert "SOX2 → POU5F1" in text
    assert "Without a one-to-one ortholog" not in text


def test_files_are_written_and_json_has_the_same_figures(files, tmp_path):
    places = {name: tmp_path / name for name in ("pairs.parquet", "chart.svg", "page.html")}
    options = ["-o", places["pairs.parquet"], "--plot", places["chart.svg"]]
    options += ["--page", places["page.html"], "--module", "SOX2,KLF4"]
    found = json.loads(run(*files, *options, "--json").stdout)
    table = pd.read_parquet(places["pairs.parquet"])
    assert found["classes"] == {name: (table["class"] == name).sum() for name in found["classes"]}
    assert found["classes"]["conserved"] > 3
    assert sum(row["conserved"] for row in found["tfs"]) == found["classes"]["conserved"]
    assert [side["species"] for side in found["networks"]] == ["human", "mouse"]
    assert (found["warning"], found["rules"]["beyond"]) == (None, "tf")
    assert [(row["tf_1"], row["target_2"]) for row in found["module"]["edges"]] == [
        ("SOX2", "Klf4"),
        ("KLF4", "Sox2"),
    ]
    assert "<svg" in places["chart.svg"].read_text()
    page = places["page.html"].read_text()
    assert found["text"][0] in page
    assert "Edges among genes" in page


def test_a_predicted_net_comes_with_a_warning(files, tmp_path):
    scores = pd.read_csv(files[0]).rename(columns={"score": "weight", "label": "known"})
    scores.drop(columns="fold").to_csv(files[0], index=False)
    assert "WARNING: The human weights are not out of fold" in said(*files)
    assert json.loads(run(*files, "--json").stdout)["warning"].startswith("The human weights")


def test_rules_are_options(files):
    strict, wide = (
        json.loads(run(*files, "--json", *options).stdout)["classes"]["conserved"]
        for options in (("--fdr", 0.02), ("--fdr", 0.3, "--high", 0.7, "--beyond", "both"))
    )
    assert strict < wide


def test_bad_input_is_one_error_before_the_work(files, tmp_path):
    for arguments, error, words in (
        (["--pair", "SOX2"], DataError, "expected A=B"),
        (["-o", tmp_path / "table.docx"], GpdhtError, "unknown format"),
        (["--plot", tmp_path / "chart.gif"], GpdhtError, "cannot be written as"),
        (["--page", tmp_path / "page.txt"], GpdhtError, "ends in .html"),
        (["--module", "nothing"], DataError, "no file and no module"),
        (["--fdr", 2], GpdhtError, "0 < rate < 1"),
    ):
        with pytest.raises(error, match=words):
            run(*files, *arguments)


def test_where_nothing_is_called_it_says_how_far_it_was_and_who_is_opposed(files):
    scores = pd.read_csv(files[1])
    scores.loc[scores["source"] == "Myc", "score"] *= -1
    scores.to_csv(files[1], index=False)
    text = said(*files, "--fdr", 0.001)
    assert "No pair has a class; the smallest q-values are: conserved ." in text
    assert "opposed: MYC." in text


def test_by_probability_it_says_how_many_classes_are_wrong(files):
    text = said(*files, "--by", "probability", "--fdr", 0.3)
    assert "A score is the probability of a known edge, calibrated out of fold" in text
    assert "By the known edges" in text
    assert "--beyond both" not in text
    found = json.loads(run(*files, "--by", "probability", "--fdr", 0.3, "--json").stdout)
    assert found["classes"]["conserved"] > 3
    (conserved,) = (row for row in found["known"] if row["class"] == "conserved")
    assert conserved["both"] > 0.5 * found["classes"]["conserved"]
    assert found["reach"] is None


def test_against_chance_it_says_how_many_known_edges_could_be_called(files):
    assert "Were both networks their own known edges" in said(*files)
    reach = json.loads(run(*files, "--json").stdout)["reach"]
    assert [row["class"] for row in reach] == ["conserved", "human-specific", "mouse-specific"]
    assert all(0 <= row["called"] <= row["known"] for row in reach)
