"""`gpdht predict` in other tools' formats and `gpdht activity`, from a model in a folder."""

from __future__ import annotations

import json
from dataclasses import replace

import anndata
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from typer.testing import CliRunner

from gpdht.cli.app import app
from gpdht.data.source import open_dataset
from gpdht.registry import load_model, save_model

TOY = "toy:genes=50,tfs=6,cells=60"
QUICK = [
    *("--set", "encoder.dim=8", "--set", "encoder.iterations=5", "--set", "train.epochs=2"),
    *("--set", "model.layers=1", "--set", "model.feedforward=16", "--set", "model.hidden=16"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a model of the toy as `gpdht fit --save` leaves it, and its scores."""
    folder = tmp_path_factory.mktemp("work")
    done = CliRunner().invoke(
        app,
        ["fit", TOY, *QUICK, "--save", str(folder / "model"), "--scores", f"{folder}/scores.csv"],
    )
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def predict(gpdht_command, folder):
    """`gpdht predict` of the model and the toy."""
    return lambda *arguments: gpdht_command("predict", str(folder / "model"), TOY, *arguments)


@pytest.fixture
def signed(folder, tmp_path):
    """The toy as an .h5ad, and its known edges, every second one a repression."""
    dataset = open_dataset(TOY)
    adata = dataset.adata
    adata.obs["stage"] = "late"
    adata.obsm["X_umap"] = np.zeros((60, 2))
    adata.write_h5ad(tmp_path / "cells.h5ad")
    net = dataset.net[["source", "target"]].copy()
    net["weight"] = np.where(np.arange(len(net)) % 2, 1, -1)
    net.to_csv(tmp_path / "net.csv", index=False)
    return net


def test_predict_writes_what_is_asked_for_and_says_what_is_left(predict, tmp_path):
    code, out, err = predict("-o", "n.tsv", "--format", "arboreto", "--new", "--top-per-tf", "4")
    assert code == 0
    known = len(open_dataset(TOY).net)
    assert err.splitlines() == [
        f"--new: {294 - known} of 294 edges",
        f"--top-per-tf 4: 24 of {294 - known} edges",
    ]
    net = pd.read_csv(tmp_path / "n.tsv", sep="\t")
    assert list(net) == ["TF", "target", "importance"]
    assert (net["TF"].value_counts() == 4).all()
    assert "24 edges in n.tsv, 0 of them known" in out


def test_for_decoupler_without_signs_it_says_what_a_weight_is(predict):
    code, _, err = predict("-o", "n.csv", "--format", "decoupler")
    assert code == 0
    assert "probabilities without a sign" in err
    code, _, err = predict("-o", "n.csv", "--format", "decoupler", "--sign", "correlation")
    assert code == 0
    assert "probabilities" not in err
    assert pd.read_csv("n.csv")["weight"].lt(0).any()


def test_known_signs_are_those_of_the_edge_list(gpdht_command, folder, signed):
    code, _, err = gpdht_command(
        *("predict", str(folder / "model"), "cells.h5ad", "--net", "net.csv"),
        *("--sign", "known", "-o", "net.sif"),
    )
    assert code == 0, err
    assert f"--sign known: {len(signed)} of 294 edges" in err
    lines = pd.read_csv("net.sif", sep="\t", header=None, names=["source", "relation", "target"])
    both = lines.merge(signed, on=["source", "target"])
    assert len(both) == len(lines)
    assert both["relation"].eq("represses").equals(both["weight"] < 0)


def with_card(folder, new_folder, card):
    """The model of a folder, saved with another card."""
    model = load_model(folder / "model")
    save_model(new_folder, replace(model, card=card))
    return str(new_folder)


def test_a_saved_model_knows_how_often_such_scores_were_right_out_of_fold(folder):
    scores = pd.read_csv(folder / "scores.csv")
    expected = LogisticRegression(C=1e6).fit(scores[["score"]].to_numpy(), scores["label"])
    found = load_model(folder / "model").calibration
    assert found.slope == pytest.approx(expected.coef_[0, 0], rel=1e-2)
    assert found.intercept == pytest.approx(expected.intercept_[0], rel=1e-2)
    assert (found.pairs, found.prevalence) == (len(scores), scores["label"].mean())


def test_a_least_precision_is_by_the_models_calibration(gpdht_command, predict, folder, tmp_path):
    assert predict("-o", "all.parquet")[0] == 0
    weight = pd.read_parquet("all.parquet")["weight"].to_numpy(float)
    # with slope 1 and intercept ln ½ odds are half of what the weight says
    halved = {"slope": 1.0, "intercept": float(np.log(0.5)), "pairs": 9, "prevalence": 0.2}
    place = with_card(folder, tmp_path / "halved", {"calibration": halved})
    odds = weight / (1 - weight) / 2
    expected = odds / (1 + odds)
    least = float((expected[20] + expected[21]) / 2)
    code, _, err = gpdht_command(
        "predict", place, TOY, "-o", "best.parquet", "--min-precision", str(least)
    )
    best = pd.read_parquet("best.parquet")
    assert (code, len(best)) == (0, 21), err
    assert best["precision"].to_numpy() == pytest.approx(expected[:21])


def test_a_model_without_calibration_or_trained_again_has_no_precision(
    gpdht_command, folder, tmp_path
):
    for place, options, words in (
        (with_card(folder, tmp_path / "bare", {}), [], "has no calibration"),
        (str(folder / "model"), ["--retrain"], "says nothing after --retrain"),
    ):
        code, out, err = gpdht_command(
            "predict", place, "nowhere", "-o", "n.csv", "--min-precision", "0.5", *options
        )
        assert (code, out) == (2, "")
        assert words in err  # before the data, which are not there


def test_known_edges_without_signs_are_refused_before_the_work(
    gpdht_command, folder, signed, tmp_path
):
    signed.drop(columns="weight").to_csv("plain.csv", index=False)
    code, out, err = gpdht_command(
        *("predict", str(folder / "model"), "cells.h5ad", "--net", "plain.csv"),
        *("--sign", "known", "-o", "n.csv"),
    )
    assert (code, out) == (2, "")
    assert "no signs" in err
    assert not (tmp_path / "n.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "n.json"], "unknown format"),
        (["-o", "n.csv", "--format", "sif"], "for sif ends in .sif"),
        (["-o", "n.tsv", "--format", "arboreto", "--sign", "known"], "no place for a sign"),
        (["-o", "n.h5ad", "--format", "genernib", "--top", "60000"], "at most 50,000"),
        (["-o", "n.csv", "--top", "0"], "--top 0"),
        (["-o", "n.csv", "--sign", "maybe"], '"maybe" is unknown'),
    ],
)
def test_options_that_do_not_fit_are_one_error_before_the_model_is_read(
    gpdht_command, tmp_path, arguments, message
):
    code, out, err = gpdht_command("predict", "no-such-model", TOY, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert message in err
    assert not list(tmp_path.iterdir())


def test_for_genernib_the_limit_is_kept_without_being_asked(predict):
    code, _, err = predict("-o", "n.h5ad", "--format", "genernib")
    assert code == 0
    assert "--top 50000: 294 of 294 edges" in err
    assert len(anndata.read_h5ad("n.h5ad").uns["prediction"]) == 294


def activity(gpdht_command, *arguments):
    pytest.importorskip("decoupler")
    return gpdht_command("activity", *arguments)


def test_activities_join_the_anndata_that_was_given(gpdht_command, folder, signed):
    code, out, err = activity(
        gpdht_command, str(folder / "model"), "cells.h5ad", "-o", "out.h5ad", "--top-per-tf", "10"
    )
    assert code == 0, err
    assert "activities of 6 TFs in 60 cells in out.h5ad" in out
    assert "no sign: targets that a TF represses count as activated" in err
    adata = anndata.read_h5ad("out.h5ad")
    assert set(adata.obsm) == {"X_umap", "score_ulm", "padj_ulm"}
    assert (adata.obs["stage"] == "late").all()
    assert adata.obsm["score_ulm"].shape == (60, 6)


def test_activities_of_a_part_of_the_cells_join_that_part(gpdht_command, folder, signed):
    adata = anndata.read_h5ad("cells.h5ad")
    adata.obs["stage"] = ["late", "early"] * 30
    adata.write_h5ad("cells.h5ad")
    code, _, err = activity(
        *(gpdht_command, str(folder / "model"), "cells.h5ad", "-o", "out.h5ad"),
        *("--method", "zscore", "--cells", 'stage == "early"'),
    )
    assert code == 0, err
    found = anndata.read_h5ad("out.h5ad")
    assert found.obs_names.tolist() == adata.obs_names[1::2].tolist()
    assert found.obsm["score_zscore"].index.equals(found.obs_names)


def test_of_a_model_the_best_hundred_edges_of_each_tf_are_taken(gpdht_command, folder, signed):
    code, _, err = activity(
        gpdht_command, str(folder / "model"), "cells.h5ad", "-o", "a.csv", "--method", "zscore"
    )
    assert code == 0
    assert "--top-per-tf 100: 294 of 294 edges" in err
    table = pd.read_csv("a.csv")
    assert table.shape == (60, 7)
    assert table.columns[0] == "cell"


def test_a_network_file_needs_no_model_and_cells_without_known_edges(
    gpdht_command, predict, signed
):
    signs = ["--sign", "correlation"]
    assert predict("-o", "net.tsv", "--format", "decoupler", *signs, "--top-per-tf", "9")[0] == 0
    code, out, err = activity(gpdht_command, "net.tsv", "cells.h5ad", "-o", "a.parquet", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["cells"], len(found["tfs"]), found["edges"], found["empty"]) == (60, 6, 54, 0)
    import decoupler

    adata = anndata.read_h5ad("cells.h5ad")
    decoupler.mt.ulm(adata, pd.read_csv("net.tsv", sep="\t"))
    table = pd.read_parquet("a.parquet").set_index("cell")
    assert table.to_numpy() == pytest.approx(adata.obsm["score_ulm"].to_numpy())
    assert list(table) == list(adata.obsm["score_ulm"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-model", TOY, "-o", "a.doc"], "unknown format; end the name in one of .h5ad"),
        (["no-model", TOY, "-o", "a.csv", "--method", "gsea2"], '"gsea2" is unknown'),
        (["net.csv", "cells.h5ad", "-o", "a.csv", "--new"], "does not say which"),
        (["net.csv", "cells.h5ad", "-o", "a.csv", "--min-precision", "0.5"], "no calibration"),
        (["net.csv", "cells.h5ad", "-o", "a.csv", "--sign", "correlation"], "signs already"),
        (["net.csv", "cells.h5ad", "-o", "a.csv", "--min-targets", "60"], "60 targets among"),
    ],
)
def test_what_activity_cannot_do_is_one_error(gpdht_command, tmp_path, signed, arguments, message):
    code, out, err = activity(gpdht_command, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert not (tmp_path / "a.csv").exists()
