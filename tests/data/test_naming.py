"""What kind of names genes have and of which species, by lists that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpdht.data.coverage import coverage_of
from gpdht.data.dataset import Dataset
from gpdht.data.ensembl_versions import match_versions
from gpdht.data.naming import SPECIES_TOLD, naming_of
from gpdht.errors import DataError

HUMAN = ["ENSG00000181449", "ENSG00000111704", "ENSG00000204531", "ENSG00000136826"]
MOUSE = ["ENSMUSG00000074637", "ENSMUSG00000012396", "ENSMUSG00000024406", "ENSMUSG00000003032"]
LISTS = {
    "Ensembl ids, human": HUMAN,
    "Ensembl ids, mouse": [f"{name}.{i}" for i, name in enumerate(MOUSE)],
    "Ensembl ids, species unknown": ["ENSBTAG00000011969", "ENSSSCG00000011753"],
    "Ensembl ids of transcripts or proteins, species unknown": ["ENST00000325404.3"],
    "numbers (Entrez ids?), species unknown": ["6657", "79923", "5460"],
    "locus tags, yeast": ["YAL001C", "YBR022W", "YDL220C-A"],
    "locus tags, E. coli": ["b0344", "b0064", "b3357"],
    "locus tags, species unknown": ["PA14_00010", "BSU_00020"],
    "symbols in upper case, human": ["SOX2", "NANOG", "HLA-A", "C1orf112", "LINC00115", "T"],
    "symbols with a capital, mouse": ["Sox2", "Nanog", "Gm1992", "4930412M03Rik", "mt-Nd1"],
    "symbols in upper case, mouse": ["SOX2", "NANOG", "4930412M03RIK"],
    "symbols in small letters, zebrafish": ["sox2", "nanog", "si:ch211-214p13.3"],
    "symbols like lacZ, species unknown (as those of bacteria)": ["lacZ", "araC", "fnrA"],
}


@pytest.mark.parametrize("told", LISTS)
def test_names_of_one_kind_are_told(told):
    assert str(naming_of(LISTS[told])) == told


@pytest.mark.parametrize(
    "names",
    [
        ["SOX2", "NANOG", "POU5F1"],  # human, or mouse in upper case, or pig
        ["Sox2", "Nanog", "Pou5f1"],  # mouse or rat
        ["GAL4", "ACT1", "TUB1"],
        ["TF01", "Gene01"],
        ["GRCh38_GAPDH", "mm10___Gapdh"],
        [*HUMAN[:2], *MOUSE[:2]],
        [f"Sox{i}" for i in range(200)] + ["LINC00115"],  # one added gene
        [],
    ],
)
def test_where_names_do_not_tell_the_species_is_unknown(names):
    assert naming_of(names).species is None


@given(
    share=st.floats(0, 1),
    one=st.sampled_from(sorted(LISTS)),
    two=st.sampled_from(sorted(LISTS)),
    total=st.integers(20, 60),
)
def test_a_kind_is_told_where_most_names_have_it_and_no_other_species_ever(share, one, two, total):
    def many(names, number):
        return [names[i % len(names)] for i in range(number)]

    first = round(share * total)
    naming = naming_of([*many(LISTS[one], first), *many(LISTS[two], total - first)])
    species = {naming_of(LISTS[name]).species for name in (one, two)}
    assert naming.species in {None, *species}
    assert naming.species is None or naming.species in SPECIES_TOLD
    if one == two:
        assert naming_of(LISTS[one]).kind == naming.kind


@given(st.lists(st.text(max_size=12), max_size=30))
def test_any_text_is_named_the_same_in_any_order(names):
    assert naming_of(names) == naming_of(names[::-1])
    assert 0 <= naming_of(names).share <= 1


def frame(genes) -> pd.DataFrame:
    values = np.random.default_rng(0).gamma(2, size=(6, len(genes)))
    return pd.DataFrame(values, index=[f"c{i}" for i in range(6)], columns=genes)


def edges(source, target) -> pd.DataFrame:
    return pd.DataFrame({"source": [source], "target": [target]})


SYMBOLS = ["SOX2", "NANOG", "POU5F1", "KLF4"]


@pytest.mark.parametrize(
    ("genes", "net", "message"),
    [
        (HUMAN, SYMBOLS, r"look like symbols in upper case.*--gene-names COLUMN .* symbols in"),
        (SYMBOLS, HUMAN, r"look like Ensembl ids, human.*--gene-names COLUMN .* Ensembl ids in"),
        (["6657", "79923", "5460"], SYMBOLS, r"the matrix's like numbers \(Entrez ids\?\)"),
        (MOUSE, HUMAN, r"--prior human:FILE with --orthologs FILE"),
        (["Gm1992", "Sox2"], ["LINC00115", "KLF4"], r"--prior human:FILE with --orthologs FILE"),
        (SYMBOLS, ["ABC1", "ABC2"], "Give both in the same kind of gene names"),
    ],
)
def test_names_of_another_kind_are_refused_with_what_to_do(genes, net, message):
    with pytest.raises(DataError, match=message):
        Dataset.from_frame(frame(genes), edges(*net[:2]), orientation="cells")
    if not genes[0].isdigit():  # numbers may count the rows as well
        with pytest.raises(DataError, match=message):
            Dataset.from_frame(frame(genes), edges(*net[:2]))


def test_a_matrix_of_another_species_than_its_edges_is_doubted_though_some_names_meet():
    mouse = ["SOX2", "NANOG", "4930412M03RIK", "1700001O22RIK"]
    net = pd.DataFrame({"source": ["SOX2"] * 3, "target": ["NANOG", "LINC00115", "LINC01128"]})
    found = Dataset.from_frame(frame(mouse), net)
    (doubt,) = [p for p in found.problems if p.severity == "warning"]
    assert "its names look like symbols in upper case, human" in doubt.found
    assert "--prior human:FILE with --orthologs FILE" in doubt.remedy


def test_a_species_that_was_said_is_held_against_the_names(tmp_path):
    from gpdht.data.source import open_dataset

    frame(HUMAN).to_csv(tmp_path / "x.csv")
    edges(*HUMAN[:2]).to_csv(tmp_path / "net.csv", index=False)
    for said, doubts in (("mouse", 1), ("human", 0), ("hs", 0)):
        found = open_dataset(f"{said}:{tmp_path / 'x.csv'}", net=tmp_path / "net.csv")
        assert len(found.problems) == doubts
    found = open_dataset(f"mouse:{tmp_path / 'x.csv'}", net=tmp_path / "net.csv")
    assert found.problems[0].remedy == "Write human:DATA if that is right."


def test_how_much_of_an_edge_list_is_there_is_counted():
    net = pd.DataFrame({"source": ["A", "A", "A", "B", "X"], "target": ["B", "C", "Y", "Y", "A"]})
    found = coverage_of(pd.concat([net, net[:1]]), ["A", "B", "C"], ["a", "b", "c"], "net.csv")
    assert (found.tfs, found.targets, found.edges) == ((2, 3), (3, 4), (2, 5))
    assert str(found.matrix_naming).startswith("symbols in small letters")


def test_ensembl_ids_meet_whatever_their_version():
    genes = [f"{name}.{i}" for i, name in enumerate(HUMAN, start=3)]
    net = pd.DataFrame({"source": [HUMAN[0], f"{HUMAN[0]}.99"], "target": [HUMAN[1], HUMAN[2]]})
    found = Dataset.from_frame(frame(genes), net, tfs=[HUMAN[0], HUMAN[3]])
    assert found.net.to_numpy().tolist() == [[genes[0], genes[1]], [genes[0], genes[2]]]
    assert found.tfs.tolist() == [genes[0], genes[3]]
    assert "4 Ensembl ids have another version" in found.problems[0].found


def test_an_id_that_two_genes_share_but_for_the_version_is_no_match():
    known = [f"{HUMAN[0]}.1", f"{HUMAN[0]}.2", HUMAN[1]]
    assert match_versions([HUMAN[0], HUMAN[1], "SOX2"], known, "net") == ({}, [])


def test_a_list_of_symbols_that_meets_few_genes_of_a_matrix_of_ids_is_doubted():
    genes = [*HUMAN, *[f"ENSG0000000000{i}" for i in range(6)], "SOX2", "NANOG"]
    net = pd.DataFrame({"source": ["SOX2"] * 4, "target": ["NANOG", "KLF4", "MYC", "POU5F1"]})
    found = Dataset.from_frame(frame(genes), net)
    (doubt,) = [p for p in found.problems if "its names look like symbols" in p.found]
    assert doubt.severity == "warning"
    assert doubt.remedy.startswith("Pass --gene-names COLUMN if the matrix has symbols")
