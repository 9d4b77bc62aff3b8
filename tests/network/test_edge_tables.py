"""Edge tables of both sorts, from every format, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.errors import DataError
from gpdht.network.edge_tables import read_edge_table
from gpdht.network.export import write_table

SCORES = pd.DataFrame(
    {
        "source": ["B", "A", "NA", "B"],
        "target": ["x", "y", "x", "A"],
        "label": np.array([1, 0, 1, 0], dtype=np.int8),
        "fold": [0, 1, 1, 0],
        "score": np.array([0.5, -2.25, 0.5, 3.0], dtype=np.float32),
        "baseline": [0.1, 0.1, 0.3, 0.2],
    }
)
NET = pd.DataFrame(
    {
        "source": ["B", "A", "NA"],
        "target": ["x", "y", "x"],
        "weight": [0.9, 0.5, 0.1],
        "rank": [1, 2, 3],
        "known": [True, False, True],
    }
)


def written(table, path):
    write_table(table, path)
    return path


@pytest.mark.parametrize("suffix", ["parquet", "csv", "csv.gz", "tsv"])
def test_out_of_fold_scores_come_best_first_with_ties_by_name(tmp_path, suffix):
    table = read_edge_table(written(SCORES, tmp_path / f"scores.{suffix}"))
    assert table.out_of_fold
    assert table.edges.to_dict("list") == {
        "source": ["B", "B", "NA", "A"],
        "target": ["A", "x", "x", "y"],
        "weight": [3.0, 0.5, 0.5, -2.25],
        "known": [False, True, True, False],
        "fold": [0, 0, 1, 1],
        "baseline": [0.2, 0.1, 0.3, 0.1],
    }
    assert table.num_known == 2
    assert table.missing() == 3 * (5 - 1) - 4
    assert table.top(2, by="baseline")["source"].tolist() == ["NA", "B"]
    assert (table.tied(2), table.tied(4), table.tied(4, by="baseline")) == ((2, 1), (1, 1), (2, 2))


@pytest.mark.parametrize("suffix", ["parquet", "csv", "csv.gz", "tsv"])
def test_a_predicted_net_is_not_out_of_fold(tmp_path, suffix):
    table = read_edge_table(written(NET, tmp_path / f"net.{suffix}"))
    assert (table.out_of_fold, table.split, table.has_baseline) == (False, None, False)
    pd.testing.assert_frame_equal(table.edges, NET.drop(columns="rank"), check_dtype=False)


@pytest.mark.parametrize(
    ("fold_of", "split"),
    [
        (lambda tf, target: (tf + target) % 3, "edge"),
        (lambda _, target: target % 3, "target"),
        (lambda tf, _: tf % 3, "tf"),
        (lambda tf, target: np.where(tf % 3 == target % 3, tf % 3, -1), "both"),
    ],
)
def test_the_folds_show_what_was_held_out(tmp_path, fold_of, split):
    tf, target = np.divmod(np.arange(60), 10)
    scores = pd.DataFrame(
        {
            "source": [f"T{i}" for i in tf],
            "target": [f"g{i}" for i in target],
            "label": tf % 2,
            "fold": fold_of(tf, target),
            "score": np.arange(60.0),
        }
    )
    scores = scores[scores["fold"] >= 0]
    assert read_edge_table(written(scores, tmp_path / "s.csv")).split == split


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            SCORES.drop(columns="fold"),
            r'columns are "source,target,label,score,baseline".*gpdht fit',
        ),
        (NET.drop(columns="known"), r"columns are .*Expected .*source,target,weight,known"),
        (NET.head(0), "0 edges after the header"),
        (pd.concat([NET, NET.head(1)]), "1 pair that stood there before, e.g. B → x"),
        (NET.assign(target=["B", "y", "x"]), "1 pair of a gene with itself, e.g. B → B"),
        (NET.assign(source=["B", "", "A"]), "1 line lacks a source or target, first line 2"),
        (NET.assign(weight=[1.0, np.nan, 0.0]), '"weight" is no finite number in 1 line'),
        (NET.assign(weight=["high", "1", "2"]), 'no finite number in 1 line, e.g. "high"'),
        (
            SCORES.assign(baseline=[0, 1, 2, np.inf]),
            '"baseline" is no finite number in 1 line.*e.g. "inf"',
        ),
        (SCORES.assign(label=[0, 1, 2, 1]), '"label" is neither 0 nor 1 in 1 line, e.g. "2"'),
        (SCORES.assign(fold=["a", "b", "c", "d"]), '"fold" is no finite number in 4 lines'),
    ],
)
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_what_is_no_edge_table_is_refused(tmp_path, table, words, suffix):
    with pytest.raises(DataError, match=words):
        read_edge_table(written(table, tmp_path / f"table.{suffix}"))


def test_a_missing_or_broken_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_edge_table(tmp_path / "nothing.csv")
    (tmp_path / "broken.parquet").write_text("no parquet")
    with pytest.raises(DataError, match="cannot be read as parquet"):
        read_edge_table(tmp_path / "broken.parquet")


@pytest.mark.parametrize("number", [0, 4])
def test_a_network_larger_than_the_table_or_empty_is_refused(tmp_path, number):
    table = read_edge_table(written(NET, tmp_path / "net.csv"))
    with pytest.raises(DataError, match=f"the {number} best edges .* table of 3; ask for 1 to 3"):
        table.top(number)
