"""A part of a matrix: which genes and cells are kept, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
from part_files import FILES, NET, cells_of, expected, opened

from gpdht.cli.data_options import DataOptions, reopen
from gpdht.data import stored
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.source import open_dataset
from gpdht.errors import DataError


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(stored, "BLOCK", 50)


@pytest.mark.parametrize("kind", FILES)
def test_tfs_and_the_most_variable_genes_are_kept(kind, tmp_path, small_blocks):
    adata = cells_of(1)
    found = opened(FILES[kind](adata, tmp_path), max_genes=6)
    genes, values = expected(adata, 6)
    assert found.genes.tolist() == genes
    assert found.cells.tolist() == adata.obs_names.tolist()
    assert np.allclose(found.expression.toarray(), values, atol=1e-5)
    assert set(zip(found.net["source"], found.net["target"], strict=True)) == {
        pair for pair in zip(NET["source"], NET["target"], strict=True) if {*pair} <= {*genes}
    }


@pytest.mark.parametrize("kind", FILES)
def test_a_part_as_large_as_the_matrix_is_the_matrix(kind, tmp_path, small_blocks):
    path = FILES[kind](cells_of(3), tmp_path)
    whole = opened(path)
    assert opened(path, max_cells=40).fingerprint == whole.fingerprint
    assert opened(path, max_genes=12).fingerprint == whole.fingerprint


def test_cells_are_drawn_after_they_were_chosen_and_the_draw_is_said(tmp_path, small_blocks):
    path = FILES["csr"](cells_of(6), tmp_path)
    found = opened(path, cells="kind == 'a'", max_cells=7)
    again = opened(path, cells="kind == 'a'", max_cells=7)
    assert found.num_cells == 7
    assert all(int(cell[1:]) % 2 == 0 for cell in found.cells)
    assert (
        found.cells.tolist()
        == again.cells.tolist()
        == sorted(found.cells, key=lambda c: int(c[1:]))
    )
    assert "x.h5ad: 7 of 20 cells were drawn uniformly (seed 0)" in [
        p.found for p in found.problems
    ]


def test_the_choice_is_said_and_recorded(tmp_path, small_blocks):
    path = FILES["csr"](cells_of(1), tmp_path)
    NET.to_csv(tmp_path / "net.csv", index=False)
    said = MatrixOptions(max_genes=6, max_cells=30)
    options = DataOptions(net=tmp_path / "net.csv", matrix_options=said)
    dataset = options.open(str(path), show_problems=False)
    found = [problem.found for problem in dataset.problems]
    assert (
        "x.h5ad: 6 of 12 genes were kept, 2 TFs with known edges and the 4 of highest variance "
        "over 30 cells" in found
    )
    assert any("edges are between genes that --max-genes kept" in text for text in found)
    assert reopen(options.record(str(path))).fingerprint == dataset.fingerprint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_genes": 1}, "2 TFs of the edge list are expressed, and all of them are kept"),
        ({"max_genes": 0}, "--max-genes 0: expected a number ≥ 1"),
        ({"max_cells": -5}, "--max-cells -5: expected a number ≥ 1"),
    ],
)
def test_a_number_that_cannot_be_is_refused(options, message, tmp_path):
    with pytest.raises(DataError, match=message):
        opened(FILES["csr"](cells_of(1), tmp_path), **options)


def test_a_file_that_is_read_whole_is_said(tmp_path):
    cells_of(1).to_df().to_parquet(tmp_path / "x.parquet")
    found = opened(tmp_path / "x.parquet", max_genes=6)
    expected = "x.parquet: read as a whole before a part was kept, as files of its kind are"
    assert expected in [problem.found for problem in found.problems]


def test_a_simulation_is_told_its_size_otherwise():
    with pytest.raises(DataError, match="leave out --max-genes and --max-cells"):
        open_dataset("toy", matrix_options=MatrixOptions(max_genes=50))
