"""`gpdht reproduce`: what it prints, and what it refuses before anything is opened."""

from __future__ import annotations

import json

import pytest

TOY = "toy:genes=40,tfs=5,cells=40"


def test_table_1_is_printed_and_written(gpdht_command, tmp_path):
    code, out, _ = gpdht_command("reproduce", "table1", TOY, "--out", "r")
    assert code == 0
    assert "not printed" in out
    assert "0 of 0 sets that the paper prints" in out
    text = (tmp_path / "r" / "table1.md").read_text()
    assert "gpdht reproduce table1" in text


def test_json_is_one_object_with_the_table_and_the_files(gpdht_command, tmp_path):
    code, out, _ = gpdht_command("reproduce", "table1", TOY, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["what"] == "table1"
    assert found["table"][0]["tfs"] == 5
    assert {"reproduction/table1.md", "reproduction/table1.parquet"} == set(found["files"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("table9", TOY), 'what "table9" cannot be reproduced; use table1, table2, figure2'),
        (("table2", TOY, "--setting", "ours"), "use published, default"),
        (("table2", "missing-folder"), "missing-folder"),
        (("figure3", TOY, "--seeds", "x"), "x cannot be a seed"),
    ],
)
def test_bad_input_is_one_message_and_leaves_nothing(
    gpdht_command, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.setattr("gpdht.tracking.open_tracker", lambda *_: None)
    code, out, err = gpdht_command("reproduce", *arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert not (tmp_path / "reproduction").exists()
