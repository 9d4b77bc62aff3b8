"""Matrices with text between the numbers, or without names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.data.dataset import Dataset
from gpdht.data.matrix_files import read_matrix
from gpdht.data.nameless import are_values
from gpdht.data.number_tables import matrix_of_frame
from gpdht.data.source import open_dataset
from gpdht.errors import DataError

FOUND = {
    "text column": "gene,symbol,c1,c2\ng1,A,1.5,2\ng2,B,3,4\n",
    "text column at the end": "gene,c1,c2,description\ng1,1.5,2,a kinase\ng2,3,4,\n",
    "named, partly text": "gene,Chr,c1,c2\ng1,1,1.5,2\ng2,X,3,4\n",
    "truth values": "gene,c1,c2,highly_variable\ng1,1.5,2,TRUE\ng2,3,4,FALSE\n",
    "text line": "gene,c1,c2\ncell_type,HSC,MPP\ng1,1.5,2\ng2,3,4\n",
    "both": "gene,kind,c1,c2\ncell_type,,HSC,MPP\ng1,x,1.5,2\ng2,y,3,4\n",
    "row numbers": ",gene,c1,c2\n0,g1,1.5,2\n1,g2,3,4\n",
    "row numbers and text": ",gene,symbol,c1,c2\n1,g1,A,1.5,2\n2,g2,B,3,4\n",
}


@pytest.mark.parametrize("shape", FOUND)
def test_text_beside_the_numbers_is_left_out_and_named(tmp_path, shape):
    path = tmp_path / "matrix.csv"
    path.write_text(FOUND[shape])
    found = read_matrix(path)
    assert (found.rows, found.columns) == (["g1", "g2"], ["c1", "c2"])
    assert np.array_equal(found.values, [[1.5, 2], [3, 4]])
    assert found.problems
    names = ("symbol", "description", "Chr", "highly_variable", "cell_type", "kind", "gene")
    assert any(f'"{name}"' in found.problems[0].found for name in names)


@pytest.mark.parametrize("shape", FOUND)
def test_a_frame_in_memory_is_read_as_its_file(tmp_path, shape):
    path = tmp_path / "matrix.csv"
    path.write_text(FOUND[shape])
    pd.read_csv(path).to_parquet(tmp_path / "matrix.parquet")
    text, parquet = read_matrix(path), read_matrix(tmp_path / "matrix.parquet")
    assert (text.rows, text.columns) == (parquet.rows, parquet.columns)
    assert np.array_equal(text.values, parquet.values)
    assert text.row_table.to_numpy().tolist() == parquet.row_table.to_numpy().tolist()


def test_text_beside_the_numbers_is_known_of_rows_and_columns(tmp_path):
    path = tmp_path / "matrix.csv"
    path.write_text(FOUND["both"])
    found = read_matrix(path)
    assert found.row_table["kind"].tolist() == ["x", "y"]
    assert found.column_table["cell_type"].tolist() == ["HSC", "MPP"]
    turned = found.transposed().pick(rows=np.array([True, False]))
    assert turned.row_table["cell_type"].tolist() == ["HSC"]
    assert turned.column_table["kind"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "gene,c1,c2\ng1,low,2\ng2,3,4\n",
            '1 value is no number, e.g. "low" in line 2, column "c1"',
        ),
        ("gene,c1,c2\ng1,a,b\ng2,c,d\n", '4 values are no numbers, e.g. "a" in line 2'),
        ("gene;c1;c2\ng1;1,5;2\ng2;1,5;3\n", '2 values are no numbers, e.g. "1,5" in line 2'),
        ("# x\n\ngene,c1,c2\n\ng1,1,2\n\ng2,x,3\n", 'e.g. "x" in line 7'),
        ("gene,c1,c2\n,c1,c2\ng1,1,2\n", '2 values are no numbers, e.g. "c1" in line 2'),
        ("g1,0,3,0\ng2,1,2,0\n", 'the first line holds 3 numbers, e.g. "0", expected names'),
        ("g1,0.5,3,1\ng2,1,2,0\n", "the first line holds 3 numbers"),
        ("gene,1,2.0\ng1,1,2\n", "the first line holds 2 numbers"),
        (",c1,c2\n0.5,1,2\n1.5,3,4\n", 'the first column holds 2 numbers, e.g. "0.5"'),
        ("gene,c1,,c3\ng1,1,2,3\n", "1 column has no name, e.g. column 3"),
    ],
)
def test_what_is_no_matrix_is_refused_with_its_place(tmp_path, text, message):
    path = tmp_path / "matrix.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_matrix(path)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("values", [[1.5, 0, 2], [1, 0, 1]])
def test_cells_without_names_are_numbered_and_no_gene_is_lost(tmp_path, ending, values):
    frame = pd.DataFrame({"SOX2": values, "NANOG": [1, 2.5, 0], "KLF4": [0, 0, 1]})
    path = tmp_path / f"cells.{ending}"
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    net = pd.DataFrame({"source": ["SOX2"], "target": ["KLF4"]})
    net.to_csv(tmp_path / "net.csv", index=False)
    found = open_dataset(path, net=tmp_path / "net.csv")
    assert found.genes.tolist() == ["SOX2", "NANOG", "KLF4"]
    assert found.cells.tolist() == ["1", "2", "3"]
    assert np.allclose(found.expression.toarray(), frame.to_numpy())
    assert "no names of cells" in found.problems[0].found


def test_a_gene_above_row_names_that_are_numbers_is_refused(tmp_path):
    """All values of the first gene differ, so that they could be names of cells."""
    path = tmp_path / "cells.csv"
    path.write_text("SOX2,NANOG,KLF4\n5,1,0\n3,0,2\n")
    net = pd.DataFrame({"source": ["SOX2", "NANOG"], "target": ["KLF4", "KLF4"]})
    with pytest.raises(DataError, match='the first column holds "SOX2", a gene of the edge list'):
        Dataset.from_matrix(read_matrix(path), net)


def test_a_first_gene_taken_for_a_header_is_refused(tmp_path):
    path = tmp_path / "genes.csv"
    path.write_text("SOX2,5,0,3\nNANOG,1,0,2\nKLF4,0,1,1.5\n")
    net = pd.DataFrame({"source": ["SOX2", "NANOG"], "target": ["KLF4", "KLF4"]})
    with pytest.raises(DataError, match='the first line holds "SOX2", a gene of the edge list'):
        Dataset.from_matrix(read_matrix(path), net)


def test_numbered_cells_are_not_taken_for_genes_that_are_numbers(tmp_path):
    """Entrez numbers as genes; the cells of the matrix are only counted."""
    frame = pd.DataFrame(np.eye(12), columns=[f"g{i}" for i in range(12)])
    frame.to_csv(tmp_path / "cells.csv")
    net = pd.DataFrame({"source": ["2", "7"], "target": ["9", "10"]})
    with pytest.raises(DataError, match=r"the rows are numbered 0 to 11, and 4 .* --orientation"):
        Dataset.from_matrix(read_matrix(tmp_path / "cells.csv"), net)
    entrez = pd.DataFrame(
        [[1.5, 0, 2.5], [1, 0.5, 0]], index=["c1", "c2"], columns=["7157", "10", "2"]
    )
    net = pd.DataFrame({"source": ["7157"], "target": ["10"]})
    assert Dataset.from_frame(entrez, net).genes.tolist() == ["7157", "10", "2"]


def test_genes_named_beside_the_first_column_are_pointed_to(tmp_path):
    path = tmp_path / "matrix.csv"
    path.write_text("id,symbol,c1,c2\nENSG1,SOX2,1.5,0\nENSG2,NANOG,0,1\nENSG3,KLF4,1,1\n")
    (tmp_path / "net.csv").write_text("source,target\nSOX2,NANOG\n")
    with pytest.raises(DataError, match=r'2 of them stand in the column "symbol" .* --gene-names'):
        open_dataset(path, net=tmp_path / "net.csv")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["1.5", "2"], True),
        (["0", "3", "0"], True),
        (["7157", "4609"], False),
        (["0", "1", "2"], False),
        (["c1", "2"], False),
        (["NA", "NAN"], False),
        ([], False),
    ],
)
def test_numbers_are_values_if_no_list_of_names_would_have_them(names, expected):
    assert are_values(names) is expected


def of_types(**columns) -> pd.DataFrame:
    frame = pd.DataFrame({"c1": [1.5, 0.0], "c2": [0.0, 2.0]}, index=["SOX2", "KLF4"])
    return frame.assign(**columns)


@pytest.mark.parametrize(
    "column",
    [
        pd.Categorical(["1", "2"]),
        pd.to_datetime(["2020-01-01", "2020-01-02"]),
        [True, False],
        ["x", None],
        [[1], [2]],
        [1j, 2],
    ],
)
def test_a_column_whose_type_is_no_number_is_left_out_and_named(column):
    found = matrix_of_frame(of_types(kind=column), where="frame")
    assert found.columns == ["c1", "c2"]
    assert '"kind"' in found.problems[0].found


@pytest.mark.parametrize("kind", ["Float32", "float16", "double[pyarrow]", "Sparse[float]", object])
def test_a_column_of_numbers_of_any_type_is_read(kind):
    expected = of_types()
    found = matrix_of_frame(expected.astype(kind), where="frame")
    assert np.array_equal(found.values, expected)


def test_a_matrix_of_truth_values_is_one_of_0_and_1():
    found = matrix_of_frame(of_types() > 0, where="frame")
    assert found.values.tolist() == [[1, 0], [0, 1]]
