"""HGNC's tables name genes by UniProt accession."""

from __future__ import annotations

import pytest

from gpdht.data.gene_names import read_names
from gpdht.errors import DataError


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("hgnc_id\tsymbol\tuniprot_ids", "|"),
        ("HGNC ID\tApproved symbol\tUniProt ID(supplied by UniProt)", ", "),
    ],
)
def test_both_of_hgncs_tables_are_read(tmp_path, header, separator):
    path = tmp_path / "names.txt"
    rows = [("1", "TP53", "P04637"), ("2", "GNAS", f"P63092{separator}Q5JWF2"), ("3", "NONE", "")]
    path.write_text("\n".join([header, *map("\t".join, rows)]) + "\n")
    assert read_names(path) == {"P04637": "TP53", "P63092": "GNAS", "Q5JWF2": "GNAS"}


def test_an_accession_of_two_genes_names_none(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("symbol\tuniprot_ids\nCTAG1A\tP78358\nCTAG1B\tP78358\nJUN\tP05412\n")
    assert read_names(path) == {"P05412": "JUN"}


def test_another_table_is_refused_with_the_columns_expected(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("symbol\tentrez\nJUN\t3725\n")
    with pytest.raises(DataError, match=r"hgnc_complete_set\.txt, symbol and uniprot_ids"):
        read_names(path)
