"""`open_dataset` of an AnnData or a DataFrame gives what the same data in a file give."""

from __future__ import annotations

import tempfile
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import gpdht as gp
from gpdht.errors import DataError


@st.composite
def annotated(draw) -> tuple[anndata.AnnData, pd.DataFrame, gp.MatrixOptions]:
    """Cells with a layer, a column of other gene names and one of cell types, and edges."""
    genes, cells = draw(st.integers(4, 8)), draw(st.integers(3, 9))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    counts = rng.poisson(draw(st.sampled_from([0.7, 40])), (cells, genes)).astype(np.float32)
    counts[0] += 1  # no gene is empty in the first cell
    adata = anndata.AnnData(
        sparse.csr_matrix(counts) if draw(st.booleans()) else counts,
        obs=pd.DataFrame(
            {"kind": ["HSC", *rng.choice(["HSC", "B"], cells - 1)]},
            index=[f"c{i}" for i in range(cells)],
        ),
        var=pd.DataFrame(
            {"symbol": [f"S{i}" for i in range(genes)]}, index=[f"ENS{i}" for i in range(genes)]
        ),
    )
    adata.layers["logged"] = np.log1p(counts) / 2
    named = draw(st.booleans())
    name = "S{}".format if named else "ENS{}".format
    net = pd.DataFrame({"source": [name(0), name(0)], "target": [name(1), name(2)]})
    options = gp.MatrixOptions(
        layer=draw(st.sampled_from([None, "logged"])),
        gene_names="symbol" if named else None,
        cells=draw(st.sampled_from([None, 'kind == "HSC"'])),
        normalize=draw(st.sampled_from(["auto", "none", "log1p"])),
        max_cells=draw(st.sampled_from([None, 2])),
    )
    return adata, net, options


def said(dataset: gp.Dataset, place: str) -> list[str]:
    return [problem.found.replace(place, "DATA") for problem in dataset.problems]


@settings(deadline=None, max_examples=25)
@given(annotated())
def test_an_anndata_is_read_as_its_file_is(case):
    adata, net, options = case
    before = adata.copy()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cells.h5ad"
        adata.write_h5ad(file)
        net.to_csv(Path(folder) / "net.csv", index=False)
        stored = gp.open_dataset(file, net=Path(folder) / "net.csv", matrix_options=options)
    held = gp.open_dataset(adata, net=net, matrix_options=options, species="mouse")
    assert held.fingerprint == stored.fingerprint
    assert said(held, "AnnData") == said(stored, "cells.h5ad")
    assert (held.name, held.species) == ("AnnData", "mouse")
    assert np.array_equal(_dense(adata.X), _dense(before.X))  # the caller's stays as it was


def _dense(values) -> np.ndarray:
    return values.toarray() if sparse.issparse(values) else values


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 999), st.booleans(), st.sampled_from(["csv", "parquet"]))
def test_a_data_frame_is_read_as_its_file_is(seed, turned, ending):
    dataset = gp.toy(genes=30, tfs=4, cells=12, seed=seed)
    frame = dataset.adata.to_df()
    frame = frame.T if turned else frame
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"matrix.{ending}"
        frame.to_csv(file) if ending == "csv" else frame.to_parquet(file)
        dataset.net.to_csv(Path(folder) / "net.csv", index=False)
        stored = gp.open_dataset(file, net=Path(folder) / "net.csv")
    held = gp.open_dataset(frame, net=dataset.net)
    assert held.fingerprint == stored.fingerprint == dataset.fingerprint


def test_tfs_are_names_or_a_file(tmp_path):
    simulated = gp.toy(genes=30, tfs=4, cells=12)
    names = ["TF01", "TF02", "TF03", "TF04", "G0005"]
    names[-1] = simulated.genes[-1]
    (tmp_path / "tfs.txt").write_text("\n".join(names))
    of_names = gp.open_dataset(simulated.adata, net=simulated.net, tfs=names)
    of_file = gp.open_dataset(simulated.adata, net=simulated.net, tfs=tmp_path / "tfs.txt")
    assert set(of_names.tfs) == set(of_file.tfs) == set(names)


def test_an_anndata_without_edges_opens_where_none_are_needed():
    simulated = gp.toy(genes=30, tfs=4, cells=12)
    with pytest.raises(DataError, match="AnnData: no edge list beside the expression matrix"):
        gp.open_dataset(simulated.adata)
    assert gp.open_dataset(simulated.adata, needs_net=False).num_genes == 30


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.eye(3), "the data are a ndarray; expected a path, an AnnData"),
        (gp.toy(genes=30, tfs=4, cells=12), "the data are a Dataset; expected a path"),
    ],
    ids=["array", "dataset"],
)
def test_what_has_no_names_is_refused(data, message):
    net = pd.DataFrame({"source": ["A"], "target": ["B"]})
    with pytest.raises(DataError, match=message):
        gp.open_dataset(data, net=net)


def test_a_data_frame_has_no_layers():
    simulated = gp.toy(genes=30, tfs=4, cells=12)
    options = gp.MatrixOptions(layer="counts")
    with pytest.raises(DataError, match='DataFrame: no layer "counts"'):
        gp.open_dataset(simulated.adata.to_df(), net=simulated.net, matrix_options=options)
