"""Which column is read as what, by name, by number and by order."""

from __future__ import annotations

import pytest

from gpdht.data.edges import read_edges
from gpdht.data.net_options import NetOptions
from gpdht.errors import DataError

GENES = {"A", "B", "C"}


def read(tmp_path, text: str, columns: str | None = None):
    path = tmp_path / "net.csv"
    path.write_text(text)
    edges, problems = read_edges(path, GENES, NetOptions(columns=columns))
    return [tuple(edge) for edge in edges.to_numpy()], problems


@pytest.mark.parametrize(
    "header",
    [
        "TF,target_gene",
        "Regulator,Target",
        "source_genesymbol,target_genesymbol",
        "from,to",
        "TF,TG",
    ],
)
def test_usual_names_of_the_ends_are_known(tmp_path, header):
    assert read(tmp_path, f"{header}\nA,B\nA,C\n") == ([("A", "B"), ("A", "C")], [])


def test_gene_symbols_are_taken_before_accessions(tmp_path):
    text = "source,target,source_genesymbol,target_genesymbol\nP1,P2,A,B\n"
    assert read(tmp_path, text)[0] == [("A", "B")]


@pytest.mark.parametrize("columns", ["tf=regulates,target=regulated", "tf=2, target=1"])
@pytest.mark.parametrize("gene", ["A", "elsewhere"])
def test_columns_are_given_by_name_or_by_number(tmp_path, columns, gene):
    text = f"regulated,regulates\nB,{gene}\nC,A\n"
    assert read(tmp_path, text, columns)[0] == [(gene, "B"), ("A", "C")]


@pytest.mark.parametrize("first", [("B", "A"), ("x", "A"), ("B", "y")])
def test_numbers_read_a_list_without_a_header_from_its_first_line(tmp_path, first):
    """One name of the first line is a gene of the matrix, the other may be none."""
    target, tf = first
    text = f"{target}\t{tf}\nC\tA\nC\tB\n"
    assert read(tmp_path, text, "tf=2,target=1")[0] == [(tf, target), ("A", "C"), ("B", "C")]


def test_a_gene_called_as_a_column_makes_no_header(tmp_path):
    """TF is the symbol of transferrin."""
    text = "A\tTF\nA\tB\n"
    assert read(tmp_path, text, "tf=1,target=2")[0] == [("A", "TF"), ("A", "B")]


def test_relations_between_the_ends_are_read_as_signs(tmp_path):
    text = "A\tactivates\tB\nA\tinhibits\tC\n"
    with pytest.raises(DataError, match="--columns tf=1,target=3 "):
        read(tmp_path, text)
    found, problems = read(tmp_path, text, "tf=1,target=3")
    assert found == [("A", "B", 1.0), ("A", "C", -1.0)]
    assert problems == []


def test_an_adjacency_matrix_is_told_from_a_header(tmp_path):
    with pytest.raises(DataError, match=r"names 4 genes, as that of an adjacency matrix.* Melt it"):
        read(tmp_path, ",A,B,C,a\nA,0,1,0,1\nB,1,0,0,0\n")


def test_signs_in_a_column_that_was_not_read_are_pointed_at(tmp_path):
    """TRRUST's columns."""
    text = "A\tB\tActivation\t123\nA\tC\tRepression\t456\n"
    with pytest.raises(DataError, match="--columns tf=1,target=2 "):
        read(tmp_path, text)
    _, (problem,) = read(tmp_path, text, "tf=1,target=2")
    assert 'the column "3" says activation or repression and was not read' in problem.found
    found, problems = read(tmp_path, text, "tf=1,target=2,weight=3")
    assert (found, problems) == ([("A", "B", 1.0), ("A", "C", -1.0)], [])


def test_a_column_that_is_not_there_is_answered_with_those_that_are(tmp_path):
    text = "one,two\nA,B\n"
    for columns in ("tf=three,target=one", "tf=3,target=one", "tf=0,target=one"):
        with pytest.raises(
            DataError, match=r'no column ".*" for tf; the first line has one, two\.'
        ):
            read(tmp_path, text, columns)
    with pytest.raises(DataError, match=r'2 columns are called "one"'):
        read(tmp_path, "one,one\nA,B\n", "tf=one,target=2")
    with pytest.raises(DataError, match="TF and target are the same column, 1 of 2"):
        read(tmp_path, text, "tf=1,target=one")
    with pytest.raises(DataError, match="is not that of an edge list"):
        read(tmp_path, text, "tf=one")


@pytest.mark.parametrize("columns", ["", "tf", "tf=", "gene=1", "tf=1,tf=2"])
def test_columns_that_cannot_be_understood_are_refused(columns):
    with pytest.raises(DataError, match="expected tf=NAME,target=NAME"):
        NetOptions(columns=columns)


def test_options_that_contradict_each_other_or_mean_nothing_are_refused():
    with pytest.raises(DataError, match="label=a and --label-column b disagree"):
        NetOptions(columns="label=a", label_column="b")
    for weight in (-1.0, float("nan"), float("inf")):
        with pytest.raises(DataError, match="expected a number ≥ 0"):
            NetOptions(min_weight=weight)
