from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.data.checks import clean_net
from gpdht.data.dataset import Dataset
from gpdht.data.expression import unique_cells
from gpdht.data.matrices import Matrix
from gpdht.data.problems import Problem
from gpdht.data.source import open_dataset
from gpdht.data.symbols import restored
from gpdht.errors import DataError
from gpdht.pairs.candidates import make_pairs


def problem_of(files, **options) -> Problem:
    (problem,) = open_dataset(files[0], net=files[1], **options).problems
    return problem


def add_edge(files, line: str) -> None:
    with files[1].open("a") as file:
        file.write(line + "\n")


def test_a_self_edge_is_dropped_with_a_note(files, small):
    add_edge(files, "TF01,TF01,1")
    problem = problem_of(files)
    assert problem.severity == "repaired"
    assert "1 self edge was dropped, e.g. TF01 → TF01" in problem.found


def test_a_duplicated_edge_is_dropped_with_a_note(files, small):
    first = small.net.iloc[0]
    add_edge(files, f"{first.source},{first.target},99")
    found = open_dataset(files[0], net=files[1])
    assert found.fingerprint == small.fingerprint
    (problem,) = found.problems
    assert f"1 duplicated edge was dropped, e.g. {first.source} → {first.target}" in problem.found


def test_an_edge_outside_the_matrix_is_dropped_with_a_note(files, small):
    add_edge(files, "TF01,BRCA1,1")
    problem = problem_of(files)
    assert f"1 of {len(small.net) + 1} edges were dropped" in problem.found
    assert "e.g. TF01 → BRCA1" in problem.found


def test_an_edge_outside_by_case_alone_names_the_switch(files):
    add_edge(files, "TF01,Gene05,1")
    assert (
        '1 of them differ in case alone (e.g. "Gene05"; the matrix has "GENE05"): pass '
        "--symbols upper"
    ) in problem_of(files).remedy


HUMAN = ["SOX2", "GATA1", "TP53", "MYC", "F2", "T"]
MOUSE = ["Sox2", "Gata1", "Trp53", "Myc", "F2", "T"]
EDGES = pd.DataFrame({"source": [HUMAN[0]] * 5 + ["F2"], "target": [*HUMAN[1:], "T"]})


def mouse_set(net: pd.DataFrame, **options) -> Dataset:
    values = np.random.default_rng(0).random((4, len(MOUSE)))
    matrix = pd.DataFrame(values, index=list("wxyz"), columns=MOUSE)
    return Dataset.from_frame(matrix, net, **options)


def test_a_list_of_another_species_is_refused_though_some_names_are_alike():
    """F2 and T are as in mouse; of the others all but TP53 are, once case is ignored."""
    with pytest.raises(DataError) as error:
        mouse_set(EDGES.assign(target=[*HUMAN[1:4], "KLF4", "NANOG", "T"]))
    for text in (
        "2 of 8 names are genes of the expression matrix, 5 if case is ignored",
        '(e.g. "SOX2"; the matrix has "Sox2")',
        "Pass --symbols upper if both are of one species",
        "never joined across species by case",
    ):
        assert text in str(error.value)


def test_some_names_in_another_case_are_no_other_species():
    mixed = EDGES.replace({"SOX2": "Sox2", "MYC": "Myc", "GATA1": "Gata1"})
    found = mouse_set(pd.concat([mixed, mixed.replace({"Myc": "MYC"})]))
    assert len(found.net) == 5
    assert "1 of them differ in case alone" not in found.problems[-1].found
    assert any("pass --symbols upper to keep them" in p.remedy for p in found.problems)


def test_a_tf_list_of_another_species_is_refused():
    net = EDGES.replace(dict(zip(HUMAN, MOUSE, strict=True)))
    with pytest.raises(DataError, match=r"TF list: 1 of 4 names .*, 4 if case is ignored"):
        mouse_set(net, tfs=["SOX2", "GATA1", "MYC", "F2"])
    with pytest.raises(DataError, match=r"prior human: 2 of 6 names .*--orthologs"):
        mouse_set(net).with_priors({"human": EDGES})


def test_tfs_outside_the_matrix_are_dropped_with_a_note(files, tmp_path):
    (tmp_path / "tfs.txt").write_text("TF01\nTF02\nTF03\nTF04\nSTAT1\n")
    problem = problem_of(files, tfs=tmp_path / "tfs.txt")
    assert '1 of 5 TFs are no genes of the matrix and were dropped, e.g. "STAT1"' in problem.found


def test_sources_of_the_net_are_tfs_even_if_not_listed(files, tmp_path):
    (tmp_path / "tfs.txt").write_text("TF01\nGENE09\n")
    found = open_dataset(files[0], net=files[1], tfs=tmp_path / "tfs.txt")
    assert set(found.tfs.tolist()) == {"TF01", "TF02", "TF03", "TF04", "GENE09"}
    assert '3 TFs of the edge list were added, e.g. "TF02"' in found.problems[0].found


def test_cells_of_one_name_are_renamed_with_a_note(files, frame):
    frame.set_axis(["c", "c", "c-1", *frame.columns[3:]], axis=1).to_csv(files[0])
    found = open_dataset(files[0], net=files[1])
    assert len(set(found.cells.tolist())) == 25
    assert "1 cell had the name of another" in found.problems[0].found


@given(st.lists(st.sampled_from(["a", "b", "a-1", "a-1-1", "b-2"]), min_size=1, max_size=12))
def test_renamed_cells_are_unique_and_the_first_keeps_its_name(rows):
    cells, _ = unique_cells(Matrix(np.zeros((len(rows), 1)), rows, ["g"], "x.csv"))
    assert len(set(cells.tolist())) == len(rows)
    for row in rows:
        assert cells[rows.index(row)] == row


def test_genes_that_carry_no_signal_are_named(files, frame):
    changed = frame.copy()
    changed.loc["GENE03"], changed.loc["GENE04"], changed.loc["GENE05"] = 0, 0, 1.5
    changed.to_csv(files[0])
    silent, flat = open_dataset(files[0], net=files[1]).problems
    assert '2 genes are expressed in no cell, e.g. "GENE03"' in silent.found
    assert '1 gene has the same value in every cell, e.g. "GENE05"' in flat.found


def test_an_empty_cell_is_named(files, frame):
    changed = frame.copy()
    changed["CELL07"] = 0
    changed.to_csv(files[0])
    assert '1 cell expresses no gene, e.g. "CELL07"' in problem_of(files).found


def test_names_that_excel_made_are_reported_and_left_alone(files, frame, small):
    frame.rename(index={"GENE03": "15-Sep", "GENE04": "1-Mar"}).to_csv(files[0])
    small.net.replace({"GENE03": "15-Sep", "GENE04": "1-Mar"}).to_csv(files[1], index=False)
    found = open_dataset(files[0], net=files[1])
    assert {"15-Sep", "1-Mar"} <= set(found.genes.tolist())
    assert len(found.net) == len(small.net)
    assert '2 gene names look like dates that Excel made, e.g. "15-Sep", probably SEP15 or ' in (
        found.problems[0].found
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("15-Sep", ("SEP15", "SEPTIN15")),
        ("1-Mar", ("MARCH1", "MARCHF1")),
        ("Dec-01", ("DEC1", "DELEC1")),
        ("4-Oct", ("OCT4",)),
        ("SEP15", ()),
        ("HLA-A", ()),
        ("NKX2-5", ()),
    ],
)
def test_a_date_tells_which_gene_it_was(name, expected):
    assert restored(name) == expected


def test_genes_that_differ_in_case_alone_are_named(files, frame):
    frame.rename(index={"GENE03": "gene04"}).to_csv(files[0])
    problems = open_dataset(files[0], net=files[1]).problems
    assert any(
        '1 gene differs from another in case alone, e.g. "gene04", "GENE04"' in item.found
        for item in problems
    )


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABCxy"), st.sampled_from("ABCxy")), min_size=1, max_size=20)
)
def test_a_clean_net_is_the_set_of_usable_edges(edges):
    """Oracle: a set comprehension."""
    expected = {(a, b) for a, b in edges if a != b and {a, b} <= set("ABC")}
    table = pd.DataFrame(edges, columns=["source", "target"], dtype=object)
    if not expected:
        with pytest.raises(DataError, match=r"0 (of|edges)"):
            clean_net(table, list("ABC"), "net")
        return
    net, _ = clean_net(table, list("ABC"), "net")
    found = list(zip(net["source"], net["target"], strict=True))
    assert set(found) == expected
    assert len(found) == len(expected)


def test_the_summary_counts_what_the_pairs_hold(small):
    summary, pairs = small.summary(), make_pairs(small)
    assert summary["positives"] == pairs.label_P.sum()
    assert summary["positives"] + summary["negatives"] == len(pairs)
    assert summary["density"] == pytest.approx(pairs.label_P.mean())
    assert summary["sparsity"] == pytest.approx((small.expression.toarray() == 0).mean())
