"""What the shared options open, a record of them opens again from another folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gpdht.cli.bundled_options import words_of
from gpdht.cli.data_options import DataOptions, reopen
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.net_options import NetOptions
from gpdht.data.together import each_alone
from gpdht.data.toy import toy
from gpdht.errors import DataError

TOY = toy(genes=30, tfs=4, cells=25)


def test_a_record_opens_the_same_data_from_another_folder(tmp_path, monkeypatch):
    TOY.adata.write_h5ad(tmp_path / "cells.h5ad")
    TOY.net.to_csv(tmp_path / "net.csv", index=False)
    genes = TOY.genes.tolist()
    pd.DataFrame({"source": genes[:2], "target": genes[8:10]}).to_csv(tmp_path / "chip.csv")
    pd.DataFrame({"source": ["Ha"], "target": ["Hb"]}).to_csv(tmp_path / "other.csv")
    pairs = {"human_symbol": ["Ha", "Hb"], "mouse_symbol": genes[4:6]}
    pd.DataFrame(pairs).to_csv(tmp_path / "orthologs.csv")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    options = DataOptions(
        net=Path("net.csv"),
        priors=["chip.csv", "human:other.csv"],
        orthologs=Path("orthologs.csv"),
    )
    opened = options.open("mouse:cells.h5ad", show_problems=False)
    assert [prior.name for prior in opened.priors] == ["chip", "other"]
    record = options.record("mouse:cells.h5ad")
    monkeypatch.chdir(tmp_path / "elsewhere")
    again = reopen(record)
    assert (again.fingerprint, again.species) == (opened.fingerprint, "mouse")
    (tmp_path / "cells.h5ad").rename(tmp_path / "moved.h5ad")
    assert (
        reopen(record, moved=[f"mouse:{tmp_path / 'moved.h5ad'}"]).fingerprint == opened.fingerprint
    )


def test_other_sets_are_recorded_with_their_species(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = DataOptions(others=["human:toy:genes=30,tfs=4,cells=25,seed=5"])
    with pytest.raises(DataError, match="is of another species than the data"):
        options.open("mouse:toy:genes=30,tfs=4,cells=25")
    options = DataOptions(others=["toy:genes=30,tfs=4,cells=25,seed=5"])
    opened = options.open("toy:genes=30,tfs=4,cells=25", show_problems=False)
    assert [other.name for other in opened.others] == [toy(genes=30, tfs=4, cells=25, seed=5).name]
    again = reopen(options.record("toy:genes=30,tfs=4,cells=25"))
    assert again.fingerprint == opened.fingerprint


def test_what_is_said_of_an_edge_list_is_recorded(tmp_path):
    TOY.adata.write_h5ad(tmp_path / "cells.h5ad")
    TOY.net.assign(bound=1).to_csv(tmp_path / "net.csv", index=False)
    (tmp_path / "tfs.txt").write_text("\n".join(TOY.known_tfs[1:]))
    least = float(TOY.net["weight"].abs().median())
    said = NetOptions("tf=source,target=2", "bound", min_weight=least, only_tfs=True)
    options = DataOptions(tmp_path / "net.csv", tmp_path / "tfs.txt", net_options=said)
    opened = options.open(str(tmp_path / "cells.h5ad"), show_problems=False)
    kept = (TOY.net["weight"].abs() >= least) & (TOY.net["source"] != TOY.known_tfs[0])
    assert len(opened.net) == kept.sum()
    record = json.loads(json.dumps(options.record(str(tmp_path / "cells.h5ad"))))
    assert reopen(record).fingerprint == opened.fingerprint
    del record["net_options"]  # as studies of earlier versions recorded it
    assert len(reopen(record).net) == len(TOY.net)


def test_a_simulation_is_recorded_by_its_name():
    record = DataOptions().record("toy:genes=30,tfs=4,cells=25")
    assert record["data"] == "toy:genes=30,tfs=4,cells=25"
    assert reopen(record).fingerprint == TOY.fingerprint


def test_what_was_said_of_the_matrix_is_recorded(tmp_path):
    adata = TOY.adata
    adata.layers["counts"] = np.rint(40 * adata.X.toarray())
    adata.obs["kind"] = ["a", "b", "b", "c", "c"] * 5
    adata.write_h5ad(tmp_path / "cells.h5ad")
    TOY.net.to_csv(tmp_path / "net.csv", index=False)
    matrix = MatrixOptions(layer="counts", cells="kind != 'a'", duplicates="first")
    options = DataOptions(net=tmp_path / "net.csv", matrix_options=matrix)
    opened = options.open(str(tmp_path / "cells.h5ad"), show_problems=False)
    assert opened.num_cells == 20
    record = json.loads(json.dumps(options.record(str(tmp_path / "cells.h5ad"))))
    assert reopen(record).fingerprint == opened.fingerprint


def test_a_record_from_before_such_options_opens_counts_as_they_were_then(tmp_path):
    adata = TOY.adata
    adata.X = np.rint(40 * adata.X.toarray())
    adata.write_h5ad(tmp_path / "cells.h5ad")
    TOY.net.to_csv(tmp_path / "net.csv", index=False)
    record = DataOptions(net=tmp_path / "net.csv").record(str(tmp_path / "cells.h5ad"))
    assert reopen(record).expression.max() < 50
    del record["matrix_options"]
    assert np.array_equal(reopen(record).expression.toarray(), adata.X)


def test_options_can_be_typed_again():
    options = MatrixOptions(use_raw=True, cells="a == 'b c'", normalize="none")
    assert words_of(options) == ["--use-raw", "--cells", "a == 'b c'", "--normalize", "none"]
    net = NetOptions(columns="tf=2,target=1", min_weight=0.5, only_tfs=True)
    words = ["--columns", "tf=2,target=1", "--min-weight", "0.5", "--only-tfs"]
    assert words_of(net) == words
    assert words_of(MatrixOptions()) == words_of(NetOptions()) == []


def test_several_sets_are_opened_again_in_their_order_also_elsewhere(tmp_path):
    places = [str(tmp_path / name) for name in ("b.h5ad", "a.h5ad")]
    for seed, place in enumerate(places):
        toy(genes=30, tfs=4, cells=25, seed=seed).adata.write_h5ad(place)
    TOY.net.to_csv(tmp_path / "net.csv", index=False)
    options = DataOptions(net=tmp_path / "net.csv")
    opened = options.open_together(places)
    assert [one.name for one in each_alone(opened)] == ["b", "a"]
    record = json.loads(json.dumps(options.record(*places)))
    assert reopen(record).fingerprint == opened.fingerprint
    moved = [str(tmp_path / "moved" / name) for name in ("b.h5ad", "a.h5ad")]
    (tmp_path / "moved").mkdir()
    for place, there in zip(places, moved, strict=True):
        Path(place).rename(there)
    assert reopen(record, moved=moved).fingerprint == opened.fingerprint
