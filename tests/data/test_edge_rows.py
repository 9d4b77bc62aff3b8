"""Which rows of a list are edges, and what is said of the others."""

from __future__ import annotations

import pandas as pd
import pytest

from gpdht.data.edges import read_edges, read_labels, read_ranking
from gpdht.data.net_options import NetOptions
from gpdht.errors import DataError

GENES = {"A", "B", "C", "D"}


def read(tmp_path, text: str, **options):
    path = tmp_path / "net.csv"
    path.write_text(text)
    edges, problems = read_edges(path, GENES, NetOptions(**options))
    return [tuple(edge) for edge in edges.to_numpy()], problems


@pytest.mark.parametrize(
    "name", ["Label", "label", "class", "is_edge", "Is Edge", "known", "truth"]
)
@pytest.mark.parametrize(
    ("yes", "no"), [("1", "0"), ("1.0", "0.0"), ("True", "false"), ("YES", "n")]
)
def test_rows_whose_label_says_no_are_no_edges(tmp_path, name, yes, no):
    text = f",TF,Target,{name}\n7,A,B,{yes}\n8,A,C,{no}\n9,B,C,{yes}\n4,C,A,{no}\n"
    edges, (problem,) = read(tmp_path, text)
    assert edges == [("A", "B"), ("B", "C")]
    assert problem.severity == "repaired"
    assert "2 of 4 rows were dropped, their label says no, e.g. A → C" in problem.found


def test_a_label_of_another_name_is_named_by_an_option_and_pointed_at_without(tmp_path):
    text = "TF,Target,bound\nA,B,1\nA,C,0\n"
    edges, (problem,) = read(tmp_path, text)
    assert edges == [("A", "B"), ("A", "C")]
    assert problem.severity == "warning"
    assert 'the column "bound" says yes or no of each row and was not read' in problem.found
    assert problem.remedy.endswith("pass --label-column bound.")
    for options in ({"label_column": "bound"}, {"columns": "label=3"}):
        edges, (problem,) = read(tmp_path, text, **options)
        assert edges == [("A", "B")]


@pytest.mark.parametrize("value", ["C2H2", "", "-1", "positive"])
def test_a_label_that_says_neither_yes_nor_no_is_refused(tmp_path, value):
    text = f"TF,Target,Class\nA,B,1\nA,C,{value}\n"
    with pytest.raises(
        DataError, match=r'"Class" should .* 1 of 2 values are neither .*label=none'
    ):
        read(tmp_path, text)
    edges, _ = read(tmp_path, text, columns="label=none")
    assert edges == [("A", "B"), ("A", "C")]


def test_a_row_without_a_name_is_no_edge(tmp_path):
    edges, (problem,) = read(tmp_path, "TF,Target\nA,B\nA,\n,C\nA,NA\n")
    assert edges == [("A", "B"), ("A", "NA")]
    assert problem.severity == "repaired"
    assert "2 of 4 rows were dropped, their TF or target has no name, e.g. A → " in problem.found
    table = pd.DataFrame({"TF": ["A", "A", None], "Target": ["B", float("nan"), "C"]})
    edges, (problem,) = read_edges(table, GENES)
    assert edges.to_numpy().tolist() == [["A", "B"]]
    assert "the net: 2 of 3 rows were dropped" in problem.found
    with pytest.raises(DataError, match="0 of 1 rows are edges, their TF or target has no name"):
        read(tmp_path, "TF,Target\n,B\n")


@pytest.mark.parametrize("zero", ["0", "0.0", "-0", "0e0"])
def test_a_weight_of_zero_is_no_edge(tmp_path, zero):
    edges, (problem,) = read(tmp_path, f"target,source,weight\nB,A,1\nC,A,{zero}\nC,B,-1\n")
    assert edges == [("A", "B", 1.0), ("B", "C", -1.0)]
    assert "1 of 3 rows were dropped, their weight is 0, e.g. A → C" in problem.found


def test_zeros_of_a_melted_table_are_no_edges_even_if_other_weights_are_missing(tmp_path):
    text = "TF,target,value\nA,A,NA\nA,B,1\nA,C,0\n"
    edges, problems = read(tmp_path, text)
    assert edges == [("A", "A"), ("A", "B")]
    assert [problem.severity for problem in problems] == ["repaired", "warning"]


def test_a_list_of_no_edges_is_refused(tmp_path):
    for column in ("label", "weight"):
        with pytest.raises(DataError, match=r"0 of 2 rows are edges, .*, e\.g\. A → B; expected"):
            read(tmp_path, f"source,target,{column}\nA,B,0\nA,C,0\n")


def test_edges_below_the_least_weight_are_dropped_whatever_their_sign(tmp_path):
    text = "source,target,weight\nA,B,0.4\nA,C,-0.5\nB,C,-0.3\nC,D,2\n"
    edges, (problem,) = read(tmp_path, text, min_weight=0.5)
    assert edges == [("A", "C", -0.5), ("C", "D", 2.0)]
    assert "2 of 4 rows were dropped, their weight is below 0.5" in problem.found
    with pytest.raises(DataError, match=r"0 of 4 rows are edges.*Lower --min-weight"):
        read(tmp_path, text, min_weight=3)


@pytest.mark.parametrize(
    "text", ["source,target\nA,B\n", "source,target,weight\nA,C,1\nA,B,strong\n"]
)
def test_a_least_weight_asks_for_weights(tmp_path, text):
    with pytest.raises(DataError, match=r"edges have no weight, e\.g\. A → B; .* weight=NAME"):
        read(tmp_path, text, min_weight=0.5)


def test_a_pair_that_is_an_edge_and_none_is_kept_with_a_warning(tmp_path):
    edges, problems = read(tmp_path, "TF,target,label\nA,B,1\nA,B,0\nA,C,1\n")
    assert edges == [("A", "B"), ("A", "C")]
    assert "1 pair both as edge and as no edge, e.g. A → B" in problems[-1].found


def test_edges_of_listed_tfs_alone_are_kept_when_asked_for():
    net = pd.DataFrame({"source": ["A", "B", "A"], "target": ["B", "C", "D"]})
    only = NetOptions(only_tfs=True)
    labels = read_labels(net, ["A", "D"], GENES, options=only)
    assert labels.edges.to_numpy().tolist() == [["A", "B"], ["A", "D"]]
    (problem,) = labels.problems
    assert "1 of 3 edges were dropped, of 1 TF not in the TF list" in problem.found
    with pytest.raises(
        DataError, match=r'0 of 2 TFs are in the TF list \(e\.g\. "A"; .* has "D"\)'
    ):
        read_labels(net, ["D"], GENES, options=only)
    with pytest.raises(DataError, match="pass the list with --tfs"):
        read_labels(net, None, GENES, options=only)


def test_a_predicted_ranking_keeps_all_of_its_rows(tmp_path):
    path = tmp_path / "net.csv"
    path.write_text("source,target,weight,rank,known\nA,B,0.5,1,True\nA,C,0,2,False\n")
    edges, problems = read_ranking(path)
    assert edges["weight"].tolist() == [0.5, 0]
    assert problems == []
