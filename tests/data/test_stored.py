"""Reading a matrix in blocks changes nothing, and no block is larger than it may be."""

from __future__ import annotations

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from part_files import FILES, GENES, NET, cells_of, expected, layer_and_raw, opened

from gpdht.data import stored
from gpdht.data.dataset import Dataset
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.stored_market import _File
from gpdht.data.tables import TextTable
from gpdht.errors import DataError


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(stored, "BLOCK", 50)


@pytest.mark.parametrize("kind", FILES)
def test_blocks_and_the_whole_in_memory_give_the_same_bits(kind, tmp_path, monkeypatch):
    adata, sizes = cells_of(2), []
    said = {"max_genes": 7, "max_cells": 25}
    path = FILES[kind](adata, tmp_path)
    for size in (1, 37, 10**6):
        monkeypatch.setattr(stored, "BLOCK", size)
        sizes.append(opened(path, **said))
    in_memory = Dataset.from_anndata(adata, NET, matrix_options=MatrixOptions(**said))
    assert {found.fingerprint for found in sizes} == {in_memory.fingerprint}


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10**6),
    block=st.integers(1, 300),
    most=st.integers(3, 12),
    cells=st.integers(2, 40),
    kind=st.sampled_from(sorted(FILES)),
)
def test_reading_everything_and_choosing_afterwards_gives_the_same(
    tmp_path, monkeypatch, *, seed, block, most, cells, kind
):
    monkeypatch.setattr(stored, "BLOCK", block)
    adata, folder = cells_of(seed), tmp_path / f"{seed} {block} {most} {cells} {kind}"
    folder.mkdir(exist_ok=True)
    said = MatrixOptions(max_genes=most, max_cells=cells, normalize="log1p")
    net = pd.DataFrame({"source": ["G0", "G0"], "target": ["G7", "G5"]})
    path = FILES[kind](adata, folder)
    results = []
    for call in (
        lambda: opened(path, net, max_genes=most, max_cells=cells, normalize="log1p"),
        lambda: Dataset.from_anndata(adata, net, matrix_options=said),
    ):
        try:
            results.append(call().fingerprint)
        except DataError as error:  # no edge between the genes kept
            results.append(str(error).partition(":")[2].replace("net.csv", "the net"))
    assert results[0] == results[1]


@pytest.mark.parametrize("kind", FILES)
def test_no_read_is_larger_than_a_block(kind, tmp_path, monkeypatch):
    block = 1200  # of 24,000 values
    monkeypatch.setattr(stored, "BLOCK", block)
    sizes: list[int] = []

    def counted(function, size):
        def call(*arguments, **named):
            found = function(*arguments, **named)
            sizes.append(size(found))
            return found

        return call

    path = FILES[kind](cells_of(4, cells=400, genes=60), tmp_path)
    if kind == "zarr":
        import zarr

        monkeypatch.setattr(zarr.Array, "__getitem__", counted(zarr.Array.__getitem__, np.size))
    monkeypatch.setattr(h5py.Dataset, "__getitem__", counted(h5py.Dataset.__getitem__, np.size))
    parts = _File.parts
    monkeypatch.setattr(
        _File, "parts", lambda file: (sizes.append(part.size) or part for part in parts(file))
    )
    monkeypatch.setattr(TextTable, "_tidied", counted(TextTable._tidied, np.size))
    monkeypatch.setattr(stored.Stored, "whole", lambda _: pytest.fail("read as a whole"))
    opened(path, max_genes=10)
    assert len(sizes) > 3 * 20
    assert max(sizes) <= block + 60  # a table has a column of names besides


@pytest.mark.parametrize(("option", "value"), [("layer", "counts"), ("use_raw", True)])
def test_layers_and_raw_values_are_read_in_blocks_too(option, value, tmp_path, small_blocks):
    adata = cells_of(5)
    found = opened(layer_and_raw(adata, tmp_path), max_genes=6, **{option: value})
    genes, values = expected(adata, 6)
    assert found.genes.tolist() == genes
    assert np.allclose(found.expression.toarray(), values, atol=1e-5)


def test_genes_of_one_name_are_summed_in_blocks(tmp_path, small_blocks):
    adata = cells_of(8)
    twice = anndata.AnnData(np.hstack([adata.X, adata.X[:, [5, 1]]]), obs=adata.obs)
    twice.var_names = [*GENES, "G5", "G1"]
    with pytest.warns(UserWarning, match="not unique"):
        path = FILES["csr"](twice, tmp_path)
    found = opened(path, max_genes=6, duplicates="sum")
    summed = adata.copy()
    summed.X[:, [5, 1]] *= 2
    assert found.genes.tolist() == expected(summed, 6)[0]
    assert np.allclose(found.expression.toarray(), expected(summed, 6)[1], atol=1e-5)
    with pytest.warns(UserWarning, match="not unique"):
        path = FILES["csc"](twice, tmp_path)
    with pytest.raises(DataError, match="Pass --duplicates first, or write it with cells as rows"):
        opened(path, max_genes=6, duplicates="sum")


@pytest.mark.parametrize(
    ("value", "message"),
    [(-1, r'value is negative .* gene "G2" in cell "c31"'), (np.nan, 'gene "G2" in cell "c31"')],
)
@pytest.mark.parametrize("kind", ["csr", "csc", "dense", "genes as rows"])
def test_a_wrong_value_is_named_wherever_its_block(kind, value, message, tmp_path, small_blocks):
    adata = cells_of(9)
    adata.X[31, 2] = value
    with pytest.raises(DataError, match=message):
        opened(FILES[kind](adata, tmp_path), max_genes=6)


def test_text_beside_the_numbers_is_left_out_in_whichever_block_it_is_seen(tmp_path, small_blocks):
    frame = cells_of(10).to_df().T
    frame.insert(0, "chr", ["1"] * 6 + ["X"] * 6)
    frame.insert(0, "symbol", [f"s{i}" for i in range(12)])
    frame.loc["G1", "symbol"] = "7"
    frame.to_csv(tmp_path / "x.csv")
    found, whole = (opened(tmp_path / "x.csv", max_genes=n) for n in (8, None))
    assert found.genes.tolist() == opened(tmp_path / "x.csv", max_genes=8).genes.tolist()
    assert found.num_cells == whole.num_cells == 40
    assert [p.found for p in found.problems if "left out" in p.found] == [
        p.found for p in whole.problems if "left out" in p.found
    ]


def test_text_in_a_column_of_numbers_is_refused_in_any_block(tmp_path, small_blocks):
    frame = cells_of(11).to_df().T.astype(object)
    frame.loc["G11", "c3"] = "high"
    frame.to_csv(tmp_path / "x.csv")
    with pytest.raises(DataError, match='column "c3"'):
        opened(tmp_path / "x.csv", max_genes=6)


def test_metadata_among_the_genes_is_found_in_blocks(tmp_path, small_blocks):
    adata = cells_of(12)
    more = anndata.AnnData(
        np.column_stack([adata.X, adata.X.sum(axis=1), np.arange(40) + 0.5]).astype(np.float32),
        obs=adata.obs,
        var=pd.DataFrame(index=[*GENES, "nCount_RNA", "age"]),
    )
    found = opened(FILES["csr"](more, tmp_path), max_genes=6)
    assert found.genes.tolist() == expected(adata, 6)[0]
    assert np.allclose(found.expression.toarray(), expected(adata, 6)[1], atol=1e-5)


def test_an_anndata_that_was_opened_backed_stays_in_its_file(tmp_path, monkeypatch, small_blocks):
    adata = cells_of(13)
    backed = anndata.read_h5ad(FILES["csr"](adata, tmp_path), backed="r")
    said = MatrixOptions(max_genes=6)
    whole = Dataset.from_anndata(adata, NET)
    assert Dataset.from_anndata(backed[:20], NET).num_cells == 20
    assert Dataset.from_anndata(backed, NET).fingerprint == whole.fingerprint
    in_memory = Dataset.from_anndata(adata, NET, matrix_options=said)
    monkeypatch.setattr(anndata.AnnData, "to_memory", lambda _: pytest.fail("read as a whole"))
    found = Dataset.from_anndata(backed, NET, matrix_options=said)
    assert found.fingerprint == in_memory.fingerprint
    backed.file.close()


def test_a_market_file_whose_entries_come_in_no_order_is_read_whole_and_one_cut_off_refused(
    tmp_path, small_blocks
):
    adata = cells_of(14)
    path = FILES["mtx gene by gene"](adata, tmp_path)
    whole = opened(path, max_genes=6)
    *head, last = path.read_text().splitlines()
    path.write_text("\n".join([*head[:3], last, *head[3:], ""]))
    found = opened(path, max_genes=6)
    assert found.fingerprint == whole.fingerprint
    assert any("read as a whole" in problem.found for problem in found.problems)
    path.write_text("\n".join([*head, ""]))
    with pytest.raises(DataError, match="entries, but its first lines say"):
        opened(path, max_genes=6)
    path.write_text("\n".join([*head[:-1], "1 99 3", last, ""]))
    with pytest.raises(DataError, match=r"in no order|outside of 12 genes × 40 cells"):
        opened(path, max_genes=6)
