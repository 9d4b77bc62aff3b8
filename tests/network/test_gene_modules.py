"""The edges among genes of interest, whichever species names them."""

from __future__ import annotations

import pytest
from species_makers import two_networks, write

import gpdht as gp
from gpdht.errors import DataError
from gpdht.network.gene_modules import PLURIPOTENCY, edges_among, module_genes


@pytest.fixture
def found(tmp_path):
    one, other, table = two_networks(tfs=3, genes=20)
    # H1 → H5 is in the human network alone, M2 → M5 in that of the mouse; H19 has no ortholog
    one = one[~((one["source"] == "H2") & (one["target"] == "H5"))]
    other = other[~((other["source"] == "M1") & (other["target"] == "M5"))]
    human, mouse, orthologs = write(tmp_path, one, other, table.iloc[:-1])
    return gp.conserved(human, mouse, orthologs=orthologs)


def test_all_pairs_of_a_network_are_there_with_what_each_says(found):
    module = edges_among(found, "mine", ["H1", "M2", "H5", "H19", "XX"])
    edges = module.edges.set_index(["tf_1", "target_1"])
    assert set(edges.index) == {("H1", "H2"), ("H1", "H5"), ("H2", "H1"), ("H2", "H5")}
    assert edges["in_1"].to_dict() == {pair: pair != ("H2", "H5") for pair in edges.index}
    assert edges["in_2"].to_dict() == {pair: pair != ("H1", "H5") for pair in edges.index}
    alone = edges[edges["class"] == "not compared"]
    assert sorted(alone.index) == [("H1", "H5"), ("H2", "H5")]
    assert alone["score_1"].isna().all()
    both = found.pairs.set_index(["tf_1", "target_1"]).loc[[("H1", "H2"), ("H2", "H1")]]
    for column in ("weight_1", "weight_2", "known_1", "score_1", "score_2", "difference", "class"):
        assert edges.loc[both.index, column].tolist() == both[column].tolist()
    assert module.unknown == ("H19", "XX")
    genes = module.genes.set_index("gene_1")
    assert genes.index.tolist() == ["H1", "H2", "H5"]
    assert genes["tf_1"].tolist() == [True, True, False]
    assert genes["target_2"].tolist() == [True, True, True]


def test_names_in_upper_case_meet_if_the_networks_do(tmp_path):
    one, other, table = two_networks()
    lower = {"source": other["source"].str.lower(), "target": other["target"].str.lower()}
    human, mouse, orthologs = write(tmp_path, one, other.assign(**lower), table)
    found = gp.conserved(f"human:{human}", f"mouse:{mouse}", orthologs=orthologs, symbols="upper")
    assert len(edges_among(found, "mine", ["h1", "m2"], symbols="upper").edges) == 2
    assert edges_among(found, "mine", ["h1", "m2"]).unknown == ("h1", "m2")


def test_a_module_is_a_name_a_file_or_names(tmp_path):
    assert module_genes("pluripotency") == ("pluripotency", PLURIPOTENCY)
    assert {"POU5F1", "SOX2", "NANOG", "KLF4"} <= set(PLURIPOTENCY)
    (tmp_path / "mine.txt").write_text("SOX2\nMYC\n")
    assert module_genes(str(tmp_path / "mine.txt")) == ("mine", ("SOX2", "MYC"))
    assert module_genes("SOX2, MYC,SOX2") == ("genes", ("SOX2", "MYC"))
    with pytest.raises(DataError, match=r'module "none\.txt": no file.*expected pluripotency'):
        module_genes("none.txt")
