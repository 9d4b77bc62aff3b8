"""Bad inputs, each with the error that it should end in."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.dataset import Dataset

Arguments = dict[str, object]
CASES: dict[str, tuple[Callable[[Path, Dataset, pd.DataFrame], Arguments], str]] = {}


def case(message: str):
    """Register a function that writes a bad input and returns the arguments that open it."""

    def register(write):
        CASES[write.__name__] = (write, message)
        return write

    return register


def write(
    folder: Path, matrix: pd.DataFrame | str | bytes, net: pd.DataFrame | str | bytes
) -> Arguments:
    for name, content in (("matrix.csv", matrix), ("net.csv", net)):
        path = folder / name
        if isinstance(content, pd.DataFrame):
            content.to_csv(path, index=name == "matrix.csv")
        elif isinstance(content, str):
            path.write_text(content)
        else:
            path.write_bytes(content)
    return {"data": folder / "matrix.csv", "net": folder / "net.csv"}


def edit(table: pd.DataFrame, line: int, change: Callable[[str], str]) -> str:
    """The table as csv with one line (counted from 1) changed."""
    lines = table.to_csv().splitlines()
    lines[line - 1] = change(lines[line - 1])
    return "\n".join(lines) + "\n"


@case(r"nowhere: no such file or folder\. Give a folder, an \.h5ad")
def no_data(folder, small, frame):
    return {"data": folder / "nowhere"}


@case(r"matrix\.csv: the file is empty; expected a header line")
def empty_matrix(folder, small, frame):
    return write(folder, "", small.net)


@case(r"matrix\.csv: no line after the header; expected one line per gene")
def only_a_header(folder, small, frame):
    return write(folder, frame.iloc[:0], small.net)


@case(r'matrix\.csv: one column, first line " CELL01 CELL02.*separated by comma, tab or semicolon')
def blanks_between(folder, small, frame):
    return write(folder, frame.to_csv(sep=" "), small.net)


@case(r'the first line holds 25 numbers, e\.g\. "0\.0", expected names\. Write the matrix again')
def no_header(folder, small, frame):
    return write(folder, frame.to_csv(header=False), small.net)


@case(r'the first column holds 25 numbers, e\.g\. "\d\.\d+", expected names')
def fractions_as_names(folder, small, frame):
    return write(folder, frame.T.set_axis(0.5 + np.arange(25)).to_csv(), small.net)


@case(r"0 of \d TFs are genes of .* Give both in the same kind of gene names")
def no_names_of_genes(folder, small, frame):
    return write(folder, frame.to_csv(index=False), small.net)


@case(r"1 ragged lines; line 4 has 24 fields, expected 26 .* Repair the file")
def a_short_line(folder, small, frame):
    return write(folder, edit(frame, 4, lambda line: line.rsplit(",", 2)[0]), small.net)


@case(r"1 ragged lines; line 9 has 27 fields, expected 26 .* Repair the file")
def a_long_line(folder, small, frame):
    return write(folder, edit(frame, 9, lambda line: line + ",1"), small.net)


@case(r'1 value is no number, e\.g\. "high" in line 3, column "CELL25".* remove')
def text_among_numbers(folder, small, frame):
    return write(folder, edit(frame, 3, lambda line: line.rsplit(",", 1)[0] + ",high"), small.net)


@case(r'750 values are no numbers, e\.g\. "\d,\d+" in line 2, column "CELL01".*decimal point')
def decimal_commas(folder, small, frame):
    return write(folder, (frame + 0.5).to_csv(sep=";", decimal=","), small.net)


@case(r'2 values are missing .* gene "TF03" in cell "CELL01".* Replace them by 0')
def missing_values(folder, small, frame):
    changed = frame.copy()
    changed.loc["TF03", "CELL01"], changed.loc["TF04", "CELL09"] = np.nan, np.inf
    return write(folder, changed.replace(np.nan, "NA"), small.net)


@case(r"\d+ values are negative \(lowest -\d.* e\.g\. gene .* before scaling")
def z_scores(folder, small, frame):
    return write(folder, frame - frame.mean().mean(), small.net)


@case(r"matrix\.csv: all 25 × 30 values are 0; expected expression\. Check")
def nothing_expressed(folder, small, frame):
    return write(folder, frame * 0, small.net)


@case(r'1 gene name occurs more than once, e\.g\. "GENE03" \(2 times\).* Pass --duplicates sum')
def duplicated_genes(folder, small, frame):
    return write(folder, frame.rename(index={"GENE04": "GENE03"}), small.net)


@case(r"1 gene has no name, e\.g\. gene number 8; .* Name them")
def a_gene_without_a_name(folder, small, frame):
    return write(folder, frame.rename(index={"GENE04": ""}), small.net)


@case(r"\.csv: the compressed file is cut off or corrupt; copy it again")
def a_cut_gzip(folder, small, frame):
    return write(folder, gzip.compress(frame.to_csv().encode())[:900], small.net)


@case(r"matrix\.csv: not a text table in UTF-8 \(byte \d+\); save it as csv")
def not_text(folder, small, frame):
    return write(folder, b",\xff\xfe\x00\n", small.net)


@case(r"matrix\.csv: a spreadsheet or zip archive; save it as csv")
def a_spreadsheet(folder, small, frame):
    return write(folder, b"PK\x03\x04 rest of a workbook", small.net)


@case(r"matrix\.h5ad: cannot be read as AnnData .* adata\.write_h5ad")
def a_corrupt_h5ad(folder, small, frame):
    (folder / "matrix.h5ad").write_bytes(b"no hdf5")
    return {**write(folder, frame, small.net), "data": folder / "matrix.h5ad"}


@case(r'matrix\.h5ad: 1 value is negative .* gene "GENE01" in cell "CELL03"')
def a_negative_sparse_value(folder, small, frame):
    adata = small.adata
    dense = adata.X.toarray()
    dense[2, 4] = -1
    adata.X = sparse.csr_matrix(dense)
    adata.write_h5ad(folder / "matrix.h5ad")
    return {**write(folder, frame, small.net), "data": folder / "matrix.h5ad"}


@case(r"matrix\.parquet: cannot be read as parquet .* Write it again")
def a_corrupt_parquet(folder, small, frame):
    (folder / "matrix.parquet").write_bytes(b"no parquet")
    return {**write(folder, frame, small.net), "data": folder / "matrix.parquet"}


@case(r'matrix\.parquet: column "CELL01" holds text, 30 of its values numbers .* remove it')
def a_parquet_of_text(folder, small, frame):
    frame.astype({"CELL01": str}).to_parquet(folder / "matrix.parquet")
    return {**write(folder, frame, small.net), "data": folder / "matrix.parquet"}


@case(r"matrix\.csv: no edge list beside the expression matrix; .* Pass --net FILE")
def no_net(folder, small, frame):
    return {"data": write(folder, frame, small.net)["data"]}


@case(r"net\.csv: no such file; expected source,target")
def a_net_that_is_not_there(folder, small, frame):
    arguments = write(folder, frame, small.net)
    (folder / "net.csv").unlink()
    return arguments


@case(r"net\.csv: 0 edges after the header; expected one line per edge")
def a_net_of_a_header(folder, small, frame):
    return write(folder, frame, "source,target\n")


@case(r'net\.csv: the header "a, b, c, d" is not that of an edge list; .* Rename the columns')
def unknown_columns(folder, small, frame):
    return write(folder, frame, "a,b,c,d\n1,2,3,4\n")


@case(r"net\.csv: 1 ragged lines; line 3 has 3 fields, expected 2")
def a_ragged_net(folder, small, frame):
    return write(folder, frame, "source,target\nTF01,GENE01\nTF01,GENE02,1\nTF01,GENE03\n")


@case(
    r'0 of \d+ genes .* \(\d+ if case is ignored, e\.g\. "Gene\d\d"; the matrix has "GENE\d\d"\)\. '
    r"Pass --symbols upper if both are of one species"
)
def another_case(folder, small, frame):
    net = small.net.assign(**{end: small.net[end].str.title() for end in ("source", "target")})
    return write(folder, frame, net)


@case(
    r'0 of 2 genes .* \(e\.g\. "ENSG01"; the matrix has rows like "TF01".* same kind of gene names'
)
def another_kind_of_names(folder, small, frame):
    return write(folder, frame, "source,target\nENSG01,ENSG02\n")


@case(r'net\.csv: 0 of 1 TFs are genes of .* e\.g\. "Tf01"; .* Pass --symbols upper')
def tfs_in_another_case(folder, small, frame):
    return write(folder, frame, "source,target\nTf01,GENE01\nTf01,GENE02\n")


@case(r"net\.csv: 0 of 2 edges have both ends in the expression matrix, e\.g\. TF01 → X")
def edges_half_outside(folder, small, frame):
    return write(folder, frame, "source,target\nTF01,X\nY,GENE02\n")


@case(r"net\.csv: 0 edges are left after dropping 2 self edges; .* Give another edge list")
def only_self_edges(folder, small, frame):
    return write(folder, frame, "source,target\nTF01,TF01\nTF02,TF02\n")


@case(r'are 4 row names and 1 column name \(e\.g\. "TF01", "GENE01"\).* --orientation')
def genes_on_both_axes(folder, small, frame):
    net = "source,target\nTF01,GENE01\nTF02,GENE02\n"
    return write(folder, frame.rename(columns={"CELL05": "GENE01"}), net)


@case(r'orientation "rows" is unknown; use one of auto, genes, cells')
def an_unknown_orientation(folder, small, frame):
    return {**write(folder, frame, small.net), "orientation": "rows"}


@case(r'symbols "lower" is unknown; use one of exact, upper')
def unknown_symbols(folder, small, frame):
    return {**write(folder, frame, small.net), "symbols": "lower"}


@case(r'TF list: 0 of 2 TFs are genes .* \(e\.g\. "Gata1".* same kind of gene names')
def tfs_of_another_organism(folder, small, frame):
    (folder / "tfs.txt").write_text("Gata1\nSpi1\n")
    return {**write(folder, frame, small.net), "tfs": folder / "tfs.txt"}


@case(r'tfs\.csv: no column of TFs in the header "a, b"; expected one name per line')
def tfs_without_a_column(folder, small, frame):
    (folder / "tfs.csv").write_text("a,b\n1,2\n")
    return {**write(folder, frame, small.net), "tfs": folder / "tfs.csv"}


@case(r"1 entry but no expression; expected BL--ExpressionData\.csv and .* Give such a folder")
def a_folder_of_no_layout(folder, small, frame):
    (folder / "notes.txt").write_text("x")
    return {"data": folder}


@case(r'1 folders inside have it\. Give one of them, e\.g\. ".*ex1"')
def the_folder_above(folder, small, frame):
    (folder / "GSD" / "ex1").mkdir(parents=True)
    frame.to_csv(folder / "GSD" / "ex1" / "ExpressionData.csv")
    return {"data": folder}


@case(r"BL--network without BL--ExpressionData, and none in .*Specific Dataset.* Put")
def a_network_folder_alone(folder, small, frame):
    place = folder / "STRING Dataset" / "mDC" / "TFs+500"
    place.mkdir(parents=True)
    small.net.to_csv(place / "BL--network.csv", index=False)
    return {"data": place}


@case(r'toy:size=3: unknown setting "size"; toy has genes, tfs, cells, seed')
def an_unknown_toy_setting(folder, small, frame):
    return {"data": "toy:size=3"}


@case(r'toy:genes=many: genes="many" is no number; write e\.g\. genes=120')
def a_toy_size_of_text(folder, small, frame):
    return {"data": "toy:genes=many"}


@case(r"toy: genes=12, tfs=12, .* it takes tfs ≥ 2, genes ≥ tfs \+ 10")
def a_toy_too_small(folder, small, frame):
    return {"data": "toy:genes=12"}


@case(r"toy brings its own network and TFs; leave out --net")
def a_toy_with_a_net(folder, small, frame):
    return {"data": "toy", "net": write(folder, frame, small.net)["net"]}
