"""BEELINE's gene selection: tables worked by hand, invariants, and the published gene sets."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.data.benchmark_set import select_set, write_set
from gpdht.data.selection import read_ordering, select_genes
from gpdht.data.source import open_dataset
from gpdht.errors import DataError

# Ten genes, so p must be below 0.01 / 10 = 0.001.
#   passes:  A and T1 are TFs; B, C, D, E are not
#   fails:   T2 is exactly at the threshold, T3 and F above it, G has no p-value
# Variances of the others: C 9 > B = D = 5 (B has the lower p-value) > E, which has none.
TABLE = """,VGAMpValue,Variance
T1,1e-9,0.1
A,1e-8,7
B,1e-7,5
D,1e-6,5
C,0.0009,9
E,0.00099,NA
T2,0.001,99
T3,0.5,99
F,0.9,99
G,NA,99
"""
TFS = ["A", "T1", "T2", "T3", "ELSEWHERE"]


def table(text: str = TABLE) -> pd.DataFrame:
    rows = [line.split(",") for line in text.split()[1:]]
    numbers = [[float(item.replace("NA", "nan")) for item in row[1:]] for row in rows]
    return pd.DataFrame(numbers, [row[0] for row in rows], ["VGAMpValue", "Variance"])


@pytest.mark.parametrize(
    ("number", "others"),
    [(0, ""), (1, "C"), (2, "C B"), (3, "C B D"), (4, "C B D E"), (500, "C B D E")],
)
def test_the_genes_are_those_of_the_table_worked_by_hand(number, others):
    chosen = select_genes(table(), TFS, number=number)
    assert chosen.tfs == ["T1", "A"]
    assert chosen.others == others.split()
    assert chosen.threshold == 0.001
    assert chosen.passing == 6


def test_another_p_value_moves_the_threshold():
    assert select_genes(table(), TFS, number=0, p_value=0.011).tfs == ["T1", "A", "T2"]
    assert select_genes(table(), TFS, number=9, p_value=1e-7).genes == ["T1"]
    assert select_genes(table(), TFS, number=9, p_value=1e-8).genes == []


def test_equal_variances_and_p_values_are_ordered_by_name():
    rows = pd.DataFrame({"VGAMpValue": 0.0, "Variance": 1.0}, index=list("dbca"))
    assert select_genes(rows, [], number=2).others == ["a", "b"]
    assert select_genes(rows, list("cd"), number=1).genes == ["c", "d", "a"]


@pytest.mark.parametrize(("number", "p_value"), [(-1, 0.01), (5, 0), (5, 1.01), (5, float("nan"))])
def test_impossible_settings_are_refused(number, p_value):
    with pytest.raises(DataError, match="0 < p-value ≤ 1"):
        select_genes(table(), TFS, number=number, p_value=p_value)


values = st.sampled_from([0.0, 1e-300, 1e-4, 1e-3, 5e-3, 1e-2, 0.1, 0.5, 1.0, float("nan")])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(values, values), max_size=25),
    st.sets(st.integers(0, 30)),
    st.integers(0, 30),
    st.randoms(use_true_random=False),
)
def test_the_selection_keeps_its_promises(rows, tf_numbers, number, random):
    names = [f"g{i}" for i in range(len(rows))]
    ordering = pd.DataFrame(rows, names, ["VGAMpValue", "Variance"], dtype=float)
    tfs = [f"g{i}" for i in tf_numbers]
    chosen = select_genes(ordering, tfs, number=number)
    # The oracle: one gene after the other, in plain Python.
    below = {g for g, (p, _) in zip(names, rows, strict=True) if p < 0.01 / len(rows)}
    assert set(chosen.tfs) == below & set(tfs)
    rest = below - set(tfs)
    assert set(chosen.others) <= rest
    assert len(chosen.others) == min(number, len(rest))
    assert len(set(chosen.genes)) == len(chosen.genes)
    least = [-np.inf if np.isnan(v) else v for v in ordering.loc[chosen.others, "Variance"]]
    assert least == sorted(least, reverse=True)
    left = ordering.loc[sorted(rest - set(chosen.others)), "Variance"].fillna(-np.inf)
    assert left.empty or not least or left.max() <= least[-1]
    shuffled = random.sample(names, len(names))
    assert select_genes(ordering.loc[shuffled], tfs, number=number) == chosen
    more = select_genes(ordering, tfs, number=number + 1)
    assert more.others[: len(chosen.others)] == chosen.others


@pytest.fixture
def raw(tmp_path: Path) -> dict[str, Path]:
    """The table above as BEELINE's files; expression is 10 · row + column of the table's genes."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "GeneOrdering.csv").write_text(TABLE)
    genes = table().index
    frame = pd.DataFrame(
        10.0 * np.arange(len(genes))[:, None] + [1, 2.5, 3.125], genes, ["c1", "c2", "c3"]
    )
    frame.iloc[::-1].to_csv(folder / "ExpressionData.csv")
    net = tmp_path / "net.csv"
    net.write_text("Gene1,Gene2\nA,C\nA,A\nA,C\nT1,B\nB,A\nT3,A\nA,T2\nA,nowhere\n")
    tfs = tmp_path / "tfs.csv"
    tfs.write_text("TF,Sources\n" + "".join(f"{name},made up\n" for name in TFS))
    return {"raw": folder, "net": net, "tfs": tfs}


def edges(net: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(net["source"], net["target"], strict=True))


def test_a_set_is_written_as_a_folder_that_opens(raw, tmp_path):
    folder = write_set(select_set(**raw, number=2), tmp_path / "new" / "set")
    data = open_dataset(folder)
    assert data.genes.tolist() == ["T1", "A", "C", "B"]
    assert data.cells.tolist() == ["c1", "c2", "c3"]
    assert edges(data.net) == [("A", "C"), ("T1", "B"), ("B", "A")]
    assert data.tfs.tolist() == ["T1", "A", "B"]  # B is no TF of the list, but a source
    expected = [[1, 11, 41, 21], [2.5, 12.5, 42.5, 22.5], [3.125, 13.125, 43.125, 23.125]]
    assert data.expression.toarray().tolist() == expected
    assert data.problems == ()
    assert (folder / "TF.csv").read_text().split() == [",TF,index", "0,T1,0", "1,A,1", "2,B,3"]
    assert (folder / "Target.csv").read_text().split()[-1] == "3,B,3"
    assert sorted(p.name for p in tmp_path.glob("new/*")) == ["set"]


def test_equal_sets_are_equal_files_and_weights_stay(raw, tmp_path):
    raw["net"].write_text("Gene1,Gene2,Score\nA,C,251\n")
    for name in ("one", "two"):
        write_set(select_set(**raw), tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 4
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert open_dataset(tmp_path / "one").net["weight"].tolist() == [251.0]


def test_genes_without_expression_do_not_count(raw):
    """Without G there are nine genes, so T2 at 0.001 is below 0.01 / 9."""
    path = raw["raw"] / "ExpressionData.csv"
    path.write_text("\n".join(x for x in path.read_text().split() if x[0] != "G"))
    chosen = select_set(**raw)
    assert chosen.without_expression == ["G"]
    assert chosen.selection.tfs == ["T1", "A", "T2"]


def test_compressed_files_and_names_in_another_case_are_read(raw):
    for name in ("ExpressionData.csv", "GeneOrdering.csv"):
        path = raw["raw"] / name
        with gzip.open(f"{path}.gz", "wt") as file:
            file.write(path.read_text().replace("\nA,", "\na,").replace("\nT1,", "\nt1,"))
        path.unlink()
    with pytest.raises(DataError, match="0 of 8 edges have both ends"):
        select_set(**raw)
    assert select_set(**raw, symbols="upper").selection.tfs == ["T1", "A"]


def test_a_set_without_expression_has_genes_and_edges_only(raw, tmp_path):
    (raw["raw"] / "ExpressionData.csv").unlink()
    with pytest.raises(DataError, match=r"no ExpressionData\.csv.*--no-expression writes"):
        select_set(**raw)
    folder = write_set(select_set(**raw, number=2, expression=False), tmp_path / "set")
    names = [path.name for path in sorted(folder.iterdir())]
    assert names == ["BL--network.csv", "TF.csv", "Target.csv"]
    with pytest.raises(DataError, match="BL--network without BL--ExpressionData"):
        open_dataset(folder)


def test_a_folder_with_something_in_it_is_left_alone(raw, tmp_path):
    chosen = select_set(**raw)
    empty = tmp_path / "empty"
    empty.mkdir()
    write_set(chosen, empty)
    before = {path: path.read_bytes() for path in empty.iterdir()}
    with pytest.raises(DataError, match="exists already and is not empty"):
        write_set(chosen, empty)
    assert {path: path.read_bytes() for path in empty.iterdir()} == before


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("GeneOrdering.csv", "g,p\nA,1\n", 'no column "VGAMpValue" in the header "g, p"'),
        ("GeneOrdering.csv", TABLE + "A,0.1,1\n", 'once, e.g. "A"; expected each once'),
        (
            "GeneOrdering.csv",
            TABLE + "X,low,1\n",
            'VGAMpValue: 1 value is no number, e.g. "low"',
        ),
        ("GeneOrdering.csv", ",VGAMpValue,Variance\nA,0.5,1\n", "0 of 1 genes have p < 0.01"),
        ("ExpressionData.csv", ",c1,c2\nX,1,2\n", "0 of 10 genes are rows of ExpressionData.csv"),
        ("ExpressionData.csv", ",c1\nA,1\nC,2\nC,2\n", "1 gene name occurs more than once"),
        ("ExpressionData.csv", ",c1\nA,1\nC,-2\nT1,0\n", "1 value is negative"),
        ("../net.csv", "Gene1,Gene2\na,c\n", "Pass --symbols upper"),
        ("../net.csv", "Gene1,Gene2\nA,A\n", "0 edges are left after dropping 1 self edge;"),
        ("../tfs.csv", "TF\nfoo\n", "0 of 1 TFs are genes of GeneOrdering"),
    ],
)
def test_what_cannot_be_used_is_named(raw, file, text, message):
    (raw["raw"] / file).write_text(text)
    with pytest.raises(DataError, match=message):
        select_set(**raw)


def test_twins_in_upper_case_are_refused(raw):
    (raw["raw"] / "GeneOrdering.csv").write_text(TABLE + "a,0.1,1\n")
    assert len(read_ordering(raw["raw"] / "GeneOrdering.csv")) == 11
    with pytest.raises(DataError, match=r'e\.g\. "A" \(in upper case\)'):
        select_set(**raw, symbols="upper")


def test_the_wrong_folder_is_answered_with_the_right_one(raw, tmp_path):
    with pytest.raises(DataError, match=r'1 folders inside have it\. Give one.*raw"'):
        select_set(**{**raw, "raw": tmp_path})
    with pytest.raises(DataError, match="gpdht data download beeline"):
        select_set(**{**raw, "raw": tmp_path / "nowhere"})
    with pytest.raises(DataError, match='symbols "lower" is unknown'):
        select_set(**raw, symbols="lower")


# cell type, size: species, symbols, genes
PUBLISHED = {
    ("hESC", 500): ("human", "exact", 910),
    ("hHEP", 500): ("human", "exact", 948),
    ("hHEP", 1000): ("human", "exact", 1448),
    ("mDC", 500): ("mouse", "exact", 821),
    ("mDC", 1000): ("mouse", "exact", 1321),
    ("mESC", 500): ("mouse", "upper", 1120),
    ("mHSC-L", 500): ("mouse", "exact", 560),
    ("mHSC-L", 1000): ("mouse", "exact", 692),
}


@pytest.mark.real
@pytest.mark.parametrize(("cell", "size"), PUBLISHED)
def test_the_published_gene_sets_are_reproduced(real_data, cell, size):
    """Genes, TFs and edges; the edges from the whole network where that is at hand."""
    species, symbols, genes = PUBLISHED[cell, size]
    raw = real_data / "raw"
    folder = real_data / "beeline" / "Specific Dataset" / cell / f"TFs+{size}"
    chosen = select_set(
        raw / cell,
        next((raw / cell).glob("*-network.csv.gz"), folder / "BL--network.csv"),
        raw / f"{species}-tfs.csv",
        number=size,
        symbols=symbols,
        expression=False,
    )
    published = open_dataset(folder)
    assert len(chosen.selection.genes) == genes
    assert set(chosen.selection.genes) == set(published.genes)
    assert set(chosen.tfs) == set(published.tfs)
    assert set(edges(chosen.net)) == set(edges(published.net))
    assert len(chosen.net) == len(published.net)
    if "weight" in published.net:
        weights = [net.set_index(["source", "target"]) for net in (chosen.net, published.net)]
        pd.testing.assert_frame_equal(*weights, check_like=True)
