"""Datasets of tables in memory, of shipped arrays, and what is kept with a dataset."""

from __future__ import annotations

import doctest
import gc
import weakref
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from gpdht.data import dataset as module
from gpdht.data.dataset import Dataset
from gpdht.data.derived import once
from gpdht.data.source import open_dataset
from gpdht.data.toy import toy
from gpdht.errors import DataError

# A self edge, and an edge outside the matrix.
DIRTY = pd.DataFrame({"source": ["TF01", "TF01", "TF02"], "target": ["TF01", "GENE01", "Gene02"]})


@pytest.fixture
def net(small) -> pd.DataFrame:
    return pd.concat([small.net, small.net.iloc[:1], DIRTY], ignore_index=True)


@pytest.fixture
def cells(small, net):
    """An AnnData that lacks a gene's expression, and the dirty net."""
    dense = small.expression.toarray()
    dense[:, 5] = 0
    found = small.adata
    found.X = sparse.csr_matrix(dense)
    return found, net


def problems(dataset: Dataset, *names: tuple[str, str]) -> list[tuple[str, str, str]]:
    """What was found and not asked for, with the names of files as messages call them in memory."""
    found = []
    for item in dataset.problems:
        if item.severity == "note":
            continue
        text = item.found
        for name, instead in names:
            text = text.replace(name, instead)
        found.append((item.severity, text, item.remedy))
    return found


def test_the_doctests_of_the_module_hold():
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize(("dense", "layer"), [(False, None), (True, "log"), (False, "log")])
@pytest.mark.parametrize("tfs", [None, ["TF01", "GENE03", "STAT1"]])
def test_an_anndata_in_memory_gives_the_dataset_of_its_file(tmp_path, cells, dense, layer, tfs):
    adata, net = cells
    if dense:
        adata.X = adata.X.toarray()
    adata.write_h5ad(tmp_path / "mine.h5ad")
    net.to_csv(tmp_path / "net.csv", index=False)
    listed = None
    if tfs:
        listed = tmp_path / "tfs.txt"
        listed.write_text("\n".join(tfs))
    expected = open_dataset(tmp_path / "mine.h5ad", net=tmp_path / "net.csv", tfs=listed)
    if layer:
        adata.layers[layer], adata.X = adata.X, None
    before = net.copy()
    found = Dataset.from_anndata(adata, net, tfs=tfs, layer=layer, name="mine")
    assert found.fingerprint == expected.fingerprint
    assert found.name == expected.name
    files = (("mine.h5ad", "AnnData"), ("net.csv", "the net"))
    assert problems(found) == problems(expected, *files)
    assert len(found.problems) >= 4
    pd.testing.assert_frame_equal(net, before)


@pytest.mark.parametrize("orientation", ["auto", "genes", "cells"])
@pytest.mark.parametrize("index", [True, False])
def test_a_frame_in_memory_gives_the_dataset_of_its_file(tmp_path, frame, net, orientation, index):
    table = frame.T if orientation == "cells" else frame
    table.to_csv(tmp_path / "mine.csv")
    net.to_csv(tmp_path / "net.csv", index=False)
    expected = open_dataset(
        tmp_path / "mine.csv", net=tmp_path / "net.csv", orientation=orientation
    )
    given = table if index else table.reset_index(names="name")
    found = Dataset.from_frame(given, tmp_path / "net.csv", orientation=orientation)
    assert found.fingerprint == expected.fingerprint
    assert problems(found) == problems(expected, ("mine.csv", "DataFrame"))
    assert found.name == "DataFrame"


NETS = {
    "arboreto": lambda net: net.set_axis(["TF", "target", "importance"], axis=1),
    "BEELINE": lambda net: net.set_axis(["Gene1", "Gene2", "EdgeWeight"], axis=1),
    "other columns first": lambda net: net[["target", "weight", "source"]],
    "part of another table": lambda net: pd.concat([net.iloc[:1], net]).iloc[1:],
    "index of sources": lambda net: net.set_index("source"),
    "no header": lambda net: net.set_axis(range(3), axis=1),
    "no header, part of another table": lambda net: (
        pd.concat([net.iloc[:1], net]).iloc[1:].set_axis(range(3), axis=1)
    ),
}


@pytest.mark.parametrize("dialect", NETS)
def test_a_net_in_memory_may_have_the_dialects_of_a_file(small, frame, dialect):
    found = Dataset.from_frame(frame, NETS[dialect](small.net))
    assert found.fingerprint == small.fingerprint
    doubted = dialect in ("arboreto", "BEELINE")  # whose weights are called as those of predictions
    assert len(found.problems) == doubted


def test_names_in_another_case_are_found_when_asked_for(small, frame):
    lower = frame.rename(index=str.lower)
    with pytest.raises(DataError, match="Pass --symbols upper"):
        Dataset.from_frame(lower, small.net)
    found = Dataset.from_frame(lower, small.net, tfs=["tf01"], symbols="upper")
    assert found.fingerprint == small.fingerprint


def column_of_text(frame):
    return frame.astype({"CELL01": str}).set_axis(["CELL02", *frame.columns[1:]], axis=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x, net: Dataset.from_frame(-x, net), r"DataFrame: \d+ values are negative"),
        (lambda x, net: Dataset.from_frame(x.iloc[:0], net), "there are no values; expected"),
        (lambda x, net: Dataset.from_frame(column_of_text(x), net), '"CELL02" holds text'),
        (
            lambda x, net: Dataset.from_frame(x, net[["weight"]]),
            'the net: the header "weight" is not that of an edge list',
        ),
        (lambda x, net: Dataset.from_frame(x, net.iloc[:0]), "the net: 0 edges after the header"),
        (lambda x, _: Dataset.from_frame(x, pd.DataFrame()), 'the header "" is not'),
        (lambda x, _: Dataset.from_frame(x, "nowhere.csv"), r"nowhere\.csv: no such file"),
        (
            lambda _, net: Dataset.from_anndata(toy().adata, net, layer="raw"),
            'AnnData: no layer "raw"; the layers are: none. Give',
        ),
    ],
)
def test_what_cannot_be_used_is_named_as_in_files(small, frame, make, message):
    with pytest.raises(DataError, match=message):
        make(frame, small.net)


def test_shipped_arrays_give_the_same_dataset_without_hashing(small, monkeypatch):
    expected = small.fingerprint, small.matrix_fingerprint
    parts = replace(small, species="human").parts()
    assert all(isinstance(array, np.ndarray) for array in parts.values())
    monkeypatch.setattr("hashlib.sha256", lambda *_: pytest.fail("hashed again"))
    rebuilt = Dataset.from_parts(parts)
    assert (rebuilt.fingerprint, rebuilt.matrix_fingerprint) == expected
    assert (rebuilt.name, rebuilt.species) == (small.name, "human")
    assert np.shares_memory(rebuilt.expression.data, parts["data"])
    monkeypatch.undo()
    fresh = replace(rebuilt)
    assert "fingerprint" not in vars(fresh)
    assert fresh.fingerprint == small.fingerprint


def test_what_is_made_once_is_made_again_for_other_settings_or_another_dataset():
    made = []

    def ask(dataset: Dataset, settings: int) -> int:
        return once(dataset, "x", lambda: made.append(settings) or len(made), settings=settings)

    one, other = toy(), toy()
    assert [ask(one, 1), ask(one, 1), ask(one, 2), ask(one, 1), ask(other, 1)] == [1, 1, 2, 3, 4]
    assert once(one, "y", lambda: "another key") == "another key"
    assert ask(one, 1) == 3


def test_what_is_kept_is_forgotten_with_its_dataset():
    class Large:
        """Something that can be watched."""

    dataset = toy()
    watched = weakref.ref(once(dataset, "x", Large))
    assert watched() is not None
    del dataset
    gc.collect()
    assert watched() is None
