"""The net table by hand, and its files."""

from __future__ import annotations

import os
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gpdht.data.toy import toy
from gpdht.errors import DataError, GpdhtError
from gpdht.network.export import check_output, write_table
from gpdht.network.predict import check_calibrated_tfs, own_network, predict, rank_edges


class BySum:
    """Scores a pair by its gene positions; many pairs tie."""

    def is_of(self, dataset):
        return True

    def score(self, dataset, tf_P, target_P):
        return ((tf_P + target_P) % 7).astype(np.float32)


@pytest.fixture(scope="module")
def dataset():
    return toy(genes=30, tfs=4, cells=20, seed=0)


def test_ranks_ties_and_known_edges_of_a_table_worked_by_hand():
    edges = pd.DataFrame(
        {
            "source": ["B", "A", "A", "B"],
            "target": ["x", "y", "x", "A"],
            "weight": [0.5, 0.9, 0.5, 0.1],
        }
    )
    known = pd.DataFrame({"source": ["B", "C"], "target": ["x", "A"]})
    got = rank_edges(edges, known=known)
    assert got.to_dict("list") == {
        "source": ["A", "A", "B", "B"],
        "target": ["y", "x", "x", "A"],
        "weight": [0.9, 0.5, 0.5, 0.1],
        "rank": [1, 2, 3, 4],
        "known": [False, False, True, False],
    }


@pytest.mark.parametrize("tfs", ["known", "all", ["TF03", "TF01", "TF03"]])
def test_every_pair_of_the_tfs_is_there_once_and_no_self_pair(dataset, tfs):
    net = predict(BySum(), dataset, tfs=tfs)
    names = {"known": dataset.known_tfs, "all": dataset.tfs}.get(str(tfs), ["TF01", "TF03"])
    assert len(net) == len(names) * 30 - len(names)
    assert set(net["source"]) == set(names)
    assert not net.duplicated(["source", "target"]).any()
    assert (net["source"] != net["target"]).all()
    for row in net.head(20).itertuples():
        positions = dataset.gene_index[row.source] + dataset.gene_index[row.target]
        assert row.weight == positions % 7
    known = set(zip(dataset.net["source"], dataset.net["target"], strict=True))
    assert net["known"].sum() == sum(source in set(names) for source, _ in known)


def test_a_models_own_network_is_what_it_predicts_on_the_data_of_training(dataset):
    model = SimpleNamespace(
        genes=dataset.genes,
        net=dataset.net,
        score_positions=lambda *pairs: BySum().score(None, *pairs),
    )
    pd.testing.assert_frame_equal(own_network(model), predict(BySum(), dataset))


@pytest.mark.parametrize("tfs", [["TF01", "NOPE"], []])
def test_a_tf_that_is_no_gene_is_named(dataset, tfs):
    with pytest.raises(DataError, match="TFs are genes of"):
        predict(BySum(), dataset, tfs=tfs)


def test_a_calibration_says_nothing_of_tfs_without_known_edges_in_training(dataset):
    model = SimpleNamespace(net=pd.DataFrame({"source": ["TF01", "TF02"], "target": ["x", "y"]}))
    check_calibrated_tfs(model, dataset, ["TF02", "TF01"])
    with pytest.raises(DataError, match=r'1 of 2 TFs had no known edge .* "TF03"'):
        check_calibrated_tfs(model, dataset, ["TF01", "TF03"])
    with pytest.raises(DataError, match="of 4 TFs"):
        check_calibrated_tfs(model, dataset, "known")


@pytest.mark.parametrize("suffix", ["parquet", "csv", "csv.gz", "tsv", "tsv.gz"])
def test_a_table_comes_back_from_every_format(dataset, tmp_path, suffix):
    net = predict(BySum(), dataset)
    path = tmp_path / f"net.{suffix}"
    write_table(net, path)
    if suffix == "parquet":
        back = pd.read_parquet(path)
    else:
        back = pd.read_csv(path, sep="\t" if "tsv" in suffix else ",")
    pd.testing.assert_frame_equal(back, net, check_dtype=False)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_an_unknown_format_a_missing_folder_and_a_folder_are_refused(tmp_path):
    for path, words in (
        (tmp_path / "net.xlsx", r"unknown format.*\.parquet"),
        (tmp_path / "nowhere" / "net.csv", "does not exist"),
        (tmp_path / "folder.csv", "cannot be written"),
    ):
        if "folder" in path.name:
            path.mkdir()
        with pytest.raises(GpdhtError, match=words):
            check_output(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(GpdhtError, match="cannot be written"):
        check_output(tmp_path / "net.csv")


def test_a_failed_write_leaves_the_old_file_and_no_other(dataset, tmp_path, monkeypatch):
    path = tmp_path / "net.csv"
    path.write_text("old")

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(GpdhtError, match="disk full"):
        write_table(predict(BySum(), dataset), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
