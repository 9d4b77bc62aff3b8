"""`gpdht modules` as a user meets it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from gpdht.cli.modules import modules
from gpdht.errors import DataError, GpdhtError

APP = typer.Typer()
APP.command()(modules)
TFS = ["NANOG", "POU5F1", "SOX2", "KLF4"]


def run(*arguments):
    result = CliRunner().invoke(APP, [*map(str, arguments), "--random", "50"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    """Four TFs and 60 genes; SOX2's own targets are found, NANOG is a hub of the labels."""
    rng = np.random.default_rng(0)
    genes = [*TFS, "MYC", *(f"G{i}" for i in range(55))]
    effect_TG = np.add.outer([1.5, -1.0, -0.5, -15.0], rng.normal(-0.5, 1, 60))
    known_TG = rng.random((4, 60)) < 1 / (1 + np.exp(-effect_TG))
    score_TG = effect_TG + rng.normal(0, 1, (4, 60))
    score_TG[2] += np.where(known_TG[2], 3.0, -3.0)
    tf, target = np.nonzero(~np.eye(4, 60, dtype=bool))
    return pd.DataFrame(
        {
            "source": np.array(TFS)[tf],
            "target": np.array(genes)[target],
            "label": known_TG[tf, target].astype(int),
            "fold": target % 3,
            "score": score_TG[tf, target],
            "baseline": np.array([3.0, 1, 2, 0])[tf],
        }
    )


@pytest.fixture
def file(scores, tmp_path):
    scores.to_csv(tmp_path / "scores.csv", index=False)
    return tmp_path / "scores.csv"


def test_it_shows_hubs_recovery_circuit_and_what_is_not_recovered(file):
    text = " ".join(run(file, "--tfs", "SOX2,NANOG,KLF4,Pou5f1,MYC").stdout.split())
    for words in (
        "scores.csv: scores out of fold; 236 pairs of 4 TFs and 60 targets",
        "Hubs: TFs with most targets in the network",
        "Most targeted genes",
        "Recovery of known targets",
        "The network of labels alone, of equal size",
        "Edges among them, of 236 pairs",
        "Split target: no pair of a tested target was seen",
        "Labels alone: 59 pairs tie at the cut",
        "KLF4: 0 of 0 known targets recovered, in 0 predicted of 59. It has no target in the",
        "Pou5f1 is not in the table (nearest TFs: POU5F1): nothing can be said",
        "MYC is a gene of the table, but no TF",
        "20 thinkable, 9 candidates",
    ):
        assert words in text
    assert "times that (q =" in text.split("SOX2: ")[1].split("NANOG: ")[0]
    assert "not surely more than popular targets" in text.split("NANOG: ")[1].split("KLF4: ")[0]


def test_json_has_the_figures_of_the_tables_and_no_nan(file, scores):
    found = json.loads(run(file, "--tfs", "SOX2,Pou5f1,MYC", "--json").stdout)
    known = int(scores["label"].sum())
    assert (found["top"], found["known"], found["pairs"]) == (known, known, len(scores))
    assert (found["out_of_fold"], found["split"], found["warning"]) == (True, "target", None)
    assert sum(hub["targets"] for hub in found["hubs"]) == known
    assert [row["tf"] for row in found["recovery"]] == ["SOX2", "all TFs"]
    best = scores.sort_values("score", ascending=False).head(known)
    sox2 = best[best["source"] == "SOX2"]
    assert found["recovery"][0]["predicted"] == len(sox2)
    assert found["recovery"][0]["overlap"] == sox2["label"].sum()
    assert found["recovery"][1]["precision"] == pytest.approx(best["label"].mean())
    assert found["labels_alone"][0]["candidates"] == 59
    assert found["absent"] == [
        {"name": "Pou5f1", "is_gene": False, "nearest": ["POU5F1"]},
        {"name": "MYC", "is_gene": True, "nearest": []},
    ]


def test_a_predicted_net_comes_with_a_warning_that_recovery_is_circular(scores, tmp_path):
    net = scores.rename(columns={"score": "weight", "label": "known"})
    net = net.sort_values("weight", ascending=False).assign(rank=np.arange(1, len(net) + 1))
    net[["source", "target", "weight", "rank", "known"]].to_parquet(tmp_path / "net.parquet")
    text = " ".join(run(tmp_path / "net.parquet", "--tfs", "SOX2").stdout.split())
    assert "net.parquet: a predicted net" in text
    assert "WARNING: these weights are not out of fold" in text
    assert "circular" in text
    assert "labels alone" not in text.lower()
    found = json.loads(run(tmp_path / "net.parquet", "--json").stdout)
    assert found["warning"].startswith("WARNING")
    assert found["labels_alone"] is None
    assert [row["tf"] for row in found["recovery"]] == ["all TFs"]


def test_the_recovery_table_is_written_and_equal_seeds_write_it_alike(file, tmp_path):
    for name in ("one", "two"):
        run(file, "--tfs", "SOX2", "--top", 40, "-o", tmp_path / f"{name}.parquet")
    one, two = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("one", "two"))
    pd.testing.assert_frame_equal(one, two)
    assert one["network"].tolist() == ["model", "model", "labels", "labels"]
    assert one["predicted"].tolist()[1::2] == [40, 40]


def test_pairs_that_are_missing_are_counted(scores, tmp_path):
    scores.iloc[5:].to_csv(tmp_path / "some.csv", index=False)
    assert "5 pairs of the table's TFs and genes are not in it" in run(tmp_path / "some.csv").stdout


def test_bad_input_is_one_error(file, scores, tmp_path):
    scores.assign(label=0).to_csv(tmp_path / "none.csv", index=False)
    for arguments, error, words in (
        ([tmp_path / "none.csv"], DataError, "0 of the 236 edges are known"),
        ([tmp_path / "nothing.csv"], DataError, "no such file"),
        ([file, "--top", 500], DataError, "ask for 1 to 236"),
        ([file, "-o", tmp_path / "table.docx"], GpdhtError, "unknown format"),
    ):
        with pytest.raises(error, match=words):
            run(*arguments)
