"""Text tables in the shapes that tools write: what stands above, beside and behind the table."""

from __future__ import annotations

import pandas as pd
import pytest

from gpdht.data.source import open_dataset
from gpdht.data.tables import read_columns, read_strings
from gpdht.errors import DataError

TABLE = [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]]
SHAPES = {
    "plain": "a,b,c\n1,2,3\n4,5,6\n",
    "Excel's separator": "sep=;\na;b;c\n1;2;3\n4;5;6\n",
    "a quoted separator": '"sep=|"\na|b|c\n1|2|3\n4|5|6\n',
    "comments": "# made by X, version 2\n# on Monday\na\tb\tc\n1\t2\t3\n4\t5\t6\n",
    "GEO": (
        '!Series_title\t"T"\n!series_matrix_table_begin\na\tb\tc\n1\t2\t3\n4\t5\t6\n'
        "!series_matrix_table_end\n"
    ),
    "a header in a comment": "#a\tb\tc\n1\t2\t3\n4\t5\t6\n",
    "lines that end in a delimiter": "a,b,c,\n1,2,3,\n4,5,6,\n",
    "only lines that end in one": "a,b,c\n1,2,3,\n4,5,6,\n",
    "only a header that ends in some": "a,b,c,,\n1,2,3\n4,5,6\n",
    "blank lines of a spreadsheet": "a,b,c\n\n1,2,3\n,,\n4,5,6\n,,\n",
    "old line ends": "a,b,c\r1,2,3\r4,5,6",
    "Windows": "\ufeffa;b;c\r\n1;2;3\r\n4;5;6\r\n",
    "commas in a tab table": '# x,y,z\na\tb\tc\n1\t2\t3\n4\t5\t"6"\n',
}


@pytest.mark.parametrize("shape", SHAPES)
def test_one_table_is_read_from_all_shapes(tmp_path, shape):
    path = tmp_path / "table.txt"
    path.write_bytes(SHAPES[shape].encode())
    assert read_strings(path).to_numpy().tolist() == TABLE
    assert read_columns(path)["b"].tolist() == ["2", "5"]


def test_decimal_commas_do_not_choose_the_delimiter(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a;b;c\n1,5;2,5;0\n0,5;3,5;4,5\n")
    assert read_strings(path).iloc[1].tolist() == ["1,5", "2,5", "0"]


def test_a_header_one_short_names_all_but_the_first_column(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("b\tc\n1\t2\t3\n4\t5\t6\n")
    assert read_strings(path).to_numpy().tolist() == [["", "b", "c"], *TABLE[1:]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Supplementary table 3, normalised\n,a,b,c\n1,2,3,4\n",
            'line 1 has 2 names, the lines below 4 fields; it begins "Suppl.* Remove a title above',
        ),
        ("# x\n\nTable\na,b,c\n1,2,3\n", "line 3 has 1 name, the lines below 3 fields"),
        ("a,b\n1,2,3,4\n1,2,3,4\n", "line 1 has 2 names, the lines below 4 .* complete the header"),
        ("a,b,\n1,2,3\n4,5,6\n", "the last name in line 1 is blank, but its column is not"),
        ("# only\n#comments\n", "the file is empty"),
        ("a,b,c\n1,2,3\n1,2,3,4\n", "1 ragged lines; line 3 has 4 fields, expected 3"),
        ("a,b,c\n1,2,3,4\n1,2,3\n1,2,3\n", "1 ragged lines; line 2 has 4 fields, expected 3"),
        ("# x\na,b,c\n\n1,2,3\n1,2\n", "1 ragged lines; line 5 has 2 fields, expected 3"),
        ('a,b\n1,"2\n' + "3,4\n" * 60000, "not a table"),
    ],
)
def test_lines_that_do_not_fit_are_one_error_with_their_number(tmp_path, text, message):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_strings(path)


@pytest.mark.parametrize("above", ["sep=,\n", "# a comment\n", "\n"])
def test_edge_lists_and_matrices_are_read_below_it(tmp_path, files, small, above):
    for path in files:
        path.write_text(above + path.read_text())
    found = open_dataset(files[0], net=files[1])
    assert found.fingerprint == small.fingerprint
    assert found.problems == ()


def test_featurecounts_output_is_read(tmp_path):
    """Two comments' worth of shape: a comment line, positions as text, numeric lengths."""
    lines = [
        '# Program:featureCounts v2.0.1; Command:"featureCounts" "-T" "8"',
        "Geneid\tChr\tStart\tEnd\tStrand\tLength\tone.bam\ttwo.bam",
        "SOX2\t1;1\t100;300\t200;400\t+;+\t202\t20\t0",
        "END\t2\t100\t900\t-\t801\t0\t13",
        "NANOG\tX\t5\t77\t-\t73\t7\t8",
    ]
    path = tmp_path / "counts.txt"
    path.write_text("\n".join(lines) + "\n")
    net = pd.DataFrame({"source": ["SOX2", "END"], "target": ["NANOG", "SOX2"]})
    net.to_csv(tmp_path / "net.csv", index=False)
    found = open_dataset(path, net=tmp_path / "net.csv")
    assert found.cells.tolist() == ["one.bam", "two.bam"]
    assert found.genes.tolist() == ["SOX2", "END", "NANOG"]
    text = " ".join(problem.found for problem in found.problems)
    for name in ("Chr", "Start", "End", "Strand", "Length"):
        assert f'"{name}"' in text
