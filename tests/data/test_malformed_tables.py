"""Whatever a file holds, reading it gives a table or a `DataError`, never another error."""

from __future__ import annotations

import csv
import gzip
import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpdht.data.matrix_files import read_matrix
from gpdht.data.tables import read_columns, read_strings
from gpdht.errors import DataError

STARTS = [b"", b"\x1f\x8b\x08", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"PAR1\x15", b"\xef\xbb\xbf"]
STARTS += [b"%%MatrixMarket matrix coordinate real general\n", b"sep=;\n", b"# x\n", b"\xff\xfe"]
FIELD = st.sampled_from(["", "g", "c1", "1", "0", "2.5", "-1", "NA", "x y", '"', "#", "1,5", "\r"])
ENDINGS = ["csv", "txt", "h5ad", "h5", "loom", "parquet", "mtx", "rds", "csv.gz"]
quick = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read_all(path: Path) -> None:
    for read in (read_matrix, read_strings, read_columns):
        with suppress(DataError):
            read(path)


@quick
@given(st.sampled_from(STARTS), st.binary(max_size=300), st.sampled_from(ENDINGS), st.booleans())
def test_random_bytes_end_in_a_data_error_or_a_table(tmp_path, start, rest, ending, zipped):
    path = tmp_path / f"random.{ending}"
    path.write_bytes(gzip.compress(start + rest) if zipped else start + rest)
    read_all(path)


@quick
@given(st.lists(st.lists(FIELD, max_size=6), max_size=8), st.sampled_from(",;\t |"))
def test_ragged_tables_end_in_a_data_error_or_a_table(tmp_path, rows, delimiter):
    path = tmp_path / "ragged.csv"
    path.write_text("\n".join(delimiter.join(row) for row in rows), newline="")
    read_all(path)


@quick
@given(st.data(), st.integers(2, 5), st.integers(2, 6), st.sampled_from(",;\t"))
def test_a_table_is_read_as_pythons_csv_module_reads_it(tmp_path, data, rows, columns, delimiter):
    """Oracle: the csv module, line by line; the numbers are quarters, exact in float32."""
    quarter = st.integers(-400, 400).map(lambda n: n / 4)
    values = [[data.draw(quarter) for _ in range(columns)] for _ in range(rows)]
    trailing = data.draw(st.sampled_from(["", delimiter, delimiter * 2]))
    above = data.draw(st.sampled_from(["", "# made by a tool\n", "\n", f"sep={delimiter}\n"]))
    lines = [["gene", *(f"c{j}" for j in range(columns))]]
    lines += [[f"g{i}", *map(str, line)] for i, line in enumerate(values)]
    text = "\n".join(delimiter.join(line) + trailing for line in lines)
    path = tmp_path / "matrix.csv"
    path.write_text(above + text + "\n" + trailing)
    found = read_matrix(path)
    body = list(csv.reader(io.StringIO(text), delimiter=delimiter))[1:]
    assert found.rows == [line[0] for line in body]
    assert found.columns == lines[0][1:]
    assert np.array_equal(found.values, [list(map(float, line[1 : columns + 1])) for line in body])


@quick
@given(st.data(), st.integers(2, 30), st.integers(3, 6))
def test_a_line_of_another_length_is_always_named(tmp_path, data, rows, columns):
    lines = [["gene", *(f"c{j}" for j in range(columns))]]
    lines += [[f"g{i}", *(["1.5"] * columns)] for i in range(rows)]
    at = data.draw(st.integers(1, rows))
    change = data.draw(st.sampled_from([-2, -1, 1, 2]))
    lines[at] = lines[at][:change] if change < 0 else lines[at] + ["7.5"] * change
    path = tmp_path / "matrix.csv"
    path.write_text("\n".join(",".join(line) for line in lines))
    with pytest.raises(
        DataError, match=f"line {at + 1} has {columns + 1 + change} fields|lines below"
    ):
        read_matrix(path)
