"""Each format, read back by the library or the definition that it is for."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import anndata
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_readers import READERS, frame

import gpdht as gp
from gpdht.errors import DataError, GpdhtError
from gpdht.network.anndata_formats import to_anndata
from gpdht.network.formats import NETWORK_FORMATS, check_network_output, write_network
from gpdht.network.predict import rank_edges

FILES = [(name, ending) for name, one in NETWORK_FORMATS.items() for ending in one.endings]


def expected(net, name):
    """The edges in order; as a set where a format has no order."""
    rows = frame(net)
    if name in ("sif", "celloracle"):
        rows = [(source, target) for source, target, _ in rows]
    return set(rows) if name in ("h5ad", "celloracle") else rows


NAMES = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=6
).filter(lambda name: name == name.strip())


@st.composite
def nets(draw):
    genes = draw(st.lists(NAMES, min_size=2, max_size=8, unique=True))
    pairs = [(a, b) for a in genes[:3] for b in genes if a != b]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=12, unique=True))
    weights = draw(st.lists(st.floats(0, 1, width=32), min_size=len(chosen), max_size=len(chosen)))
    edges = pd.DataFrame(chosen, columns=["source", "target"])
    known = edges.head(draw(st.integers(0, len(edges))))
    return rank_edges(edges.assign(weight=np.array(weights, dtype=np.float32)), known=known)


@pytest.mark.parametrize(("name", "ending"), FILES)
@settings(max_examples=25, deadline=None)
@given(net=nets())
def test_the_edges_read_back_are_those_that_were_asked_for_in_order(name, ending, net):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"net{ending}"
        write_network(net, path, format=name)
        assert READERS[name](path) == expected(net, name)
        assert [one.name for one in Path(folder).iterdir()] == [path.name]


@pytest.fixture(scope="module")
def dataset():
    return gp.toy(genes=30, tfs=4, cells=20, seed=0)


@pytest.fixture(scope="module")
def net(dataset):
    """All pairs of the toy's TFs and genes with weights that all differ."""
    pairs = [(tf, gene) for tf in dataset.tfs for gene in dataset.genes if tf != gene]
    edges = pd.DataFrame(pairs, columns=["source", "target"])
    weight = np.random.default_rng(0).permutation(len(edges)) / len(edges)
    return rank_edges(edges.assign(weight=weight.astype(np.float32)), known=dataset.net)


@pytest.mark.parametrize(
    ("file", "format_name"),
    [
        ("net.parquet", "table"),
        ("net.csv", "table"),
        ("net.tsv.gz", "table"),
        ("net.graphml", "graphml"),
        ("net.sif", "sif"),
        ("net.cyjs", "cytoscape"),
        ("net.h5ad", "h5ad"),
    ],
)
def test_the_ending_tells_the_format(tmp_path, file, format_name):
    assert check_network_output(tmp_path / file) == format_name


def test_every_format_that_no_ending_tells_is_named(tmp_path):
    told = {"table", "graphml", "sif", "cytoscape", "h5ad"}
    assert set(NETWORK_FORMATS) - told == {
        "decoupler",
        "arboreto",
        "celloracle",
        "beeline",
        "genernib",
    }
    with pytest.raises(DataError, match=r"unknown format.*--format.*decoupler"):
        check_network_output(tmp_path / "net.json")


@pytest.mark.parametrize(
    ("file", "options", "words"),
    [
        ("net.doc", {}, r"unknown format; end the name in one of .*\.graphml"),
        ("net.csv", {"name": "excel"}, '"excel" is unknown; use one of table, decoupler'),
        ("net.csv", {"name": "graphml"}, "for graphml ends in .graphml"),
        ("net.csv", {"name": "celloracle"}, "for celloracle ends in .parquet"),
        ("net.tsv.gz", {"name": "arboreto"}, "for arboreto ends in .tsv or .csv"),
        ("net.tsv", {"name": "arboreto", "signed": True}, "arboreto has no place for a sign"),
        ("net.parquet", {"name": "celloracle", "signed": True}, "no place for a sign"),
        ("net.h5ad", {"name": "genernib", "top": 50_001}, "--top 50001: .* at most 50,000"),
        ("no/net.csv", {}, "does not exist"),
    ],
)
def test_what_does_not_fit_together_is_one_error(tmp_path, file, options, words):
    with pytest.raises(GpdhtError, match=words):
        check_network_output(tmp_path / file, options.pop("name", None), **options)


def test_a_table_for_decoupler_may_be_compressed(net, tmp_path):
    write_network(net, tmp_path / "net.tsv.gz", format="decoupler")
    with gzip.open(tmp_path / "net.tsv.gz", "rt") as file:
        assert file.readline() == "source\ttarget\tweight\n"


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
def test_an_anndata_keeps_what_it_holds_and_gets_the_network(dataset, net):
    cells = dataset.adata
    cells.obsm["X_umap"] = np.zeros((cells.n_obs, 2))
    found = to_anndata(net.head(40), cells)
    assert "X_umap" in found.obsm
    assert "gpdht" not in cells.varp
    source, target, weight = net.iloc[3][["source", "target", "weight"]]
    matrix = pd.DataFrame(found.varp["gpdht"].toarray(), cells.var_names, cells.var_names)
    assert matrix.loc[source, target] == np.float32(weight)
    cells.var_names = [cells.var_names[0]] * 2 + list(cells.var_names[2:])
    with pytest.raises(DataError, match="stands twice in the cells"):
        to_anndata(net, cells)


def test_an_h5ad_has_the_cells_and_says_what_the_matrix_means(dataset, net, tmp_path):
    write_network(net.head(40), tmp_path / "net.h5ad", dataset=dataset)
    adata = anndata.read_h5ad(tmp_path / "net.h5ad")
    assert adata.shape == (20, 30)
    assert (dataset.expression != adata.X).nnz == 0
    first, matrix = net.iloc[0], adata.varp["gpdht"]
    tf, target = adata.var_names.get_indexer([first["source"], first["target"]])
    assert matrix[tf, target] == first["weight"]
    assert matrix[target, tf] != first["weight"]
    assert matrix.nnz == 40
    said = adata.uns["gpdht"]
    assert "probability" in said["weight"]
    assert "without a sign" in said["weight"]
    assert (said["rows"][:6], said["edges"]) == ("source", 40)


def test_an_edge_outside_of_the_dataset_is_refused(dataset, net, tmp_path):
    odd = net.head(2).assign(target=["GENE01", "NOPE"])
    with pytest.raises(DataError, match=r"1 of 2 edges are not between genes.*NOPE"):
        write_network(odd, tmp_path / "net.h5ad", dataset=dataset)
    assert not list(tmp_path.iterdir())


def test_a_prediction_for_genernib_names_data_and_method_and_has_a_limit(dataset, net, tmp_path):
    write_network(net, tmp_path / "net.h5ad", format="genernib", dataset=dataset)
    content = anndata.read_h5ad(tmp_path / "net.h5ad").uns
    assert (content["dataset_id"], content["method_id"]) == (dataset.name, "gpdht")
    large = pd.DataFrame({"source": "T", "target": [f"g{i}" for i in range(50_001)]})
    with pytest.raises(DataError, match=r"50,001 edges, but genernib takes at most 50,000"):
        write_network(large.assign(weight=0.5), tmp_path / "no.h5ad", format="genernib")


def test_a_graph_says_of_its_genes_which_are_tfs_and_of_its_edges_what_the_row_says(net, tmp_path):
    write_network(net, tmp_path / "net.graphml")
    graph = nx.read_graphml(tmp_path / "net.graphml")
    assert {gene for gene, tf in graph.nodes(data="tf") if tf} == set(net["source"])
    row = net.iloc[5]
    edge = graph.edges[row["source"], row["target"]]
    assert (edge["rank"], edge["known"], edge["interaction"]) == (6, row["known"], "regulates")


@pytest.mark.parametrize("name", ["sif", "graphml", "cytoscape", "table", "h5ad", "beeline"])
def test_signed_edges_activate_or_repress(dataset, net, tmp_path, name):
    signed = gp.EdgeChoice(sign="correlation", top=30).of(net, dataset=dataset)
    assert set(signed["sign"]) == {1, -1}
    path = tmp_path / f"net{NETWORK_FORMATS[name].endings[0]}"
    write_network(signed, path, format=name, dataset=dataset)
    assert READERS[name](path) == expected(signed, name)
    words = {1: "activates", -1: "represses"}
    if name == "sif":
        relations = [line.split("\t")[1] for line in path.read_text().splitlines()]
        assert relations == [words[sign] for sign in signed["sign"]]
    if name == "graphml":
        for *_, edge in nx.read_graphml(path).edges(data=True):
            assert edge["interaction"] == words[edge["sign"]]
            assert np.sign(edge["weight"]) == edge["sign"]
    if name == "h5ad":
        assert "activates" in anndata.read_h5ad(path).uns["gpdht"]["weight"]
    if name == "table":
        assert pd.read_parquet(path)["sign"].tolist() == signed["sign"].tolist()


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        ([("A", "x"), ("A", "x")], "A → x stands twice"),
        ([("A", "x\ty"), ("A", "z")], r"1 gene name holds a tab.*x\\ty"),
    ],
)
def test_edges_that_a_format_cannot_have_are_refused(tmp_path, edges, words):
    net = pd.DataFrame(edges, columns=["source", "target"]).assign(weight=0.5)
    with pytest.raises(DataError, match=words):
        write_network(net, tmp_path / "net.sif")


def test_our_own_table_is_read_back_as_an_edge_table(net, tmp_path):
    write_network(net, tmp_path / "net.csv")
    back = gp.read_edge_table(tmp_path / "net.csv").edges
    assert back["source"].tolist() == net["source"].tolist()
    assert back["known"].tolist() == net["known"].tolist()
