"""Each format of a network read back, by the library or the definition that it is for."""

from __future__ import annotations

import json

import anndata
import networkx as nx
import numpy as np
import pandas as pd
from scipy import sparse

AS_TEXT = {"keep_default_na": False}  # a gene may be called NA


def table(path, separator, names):
    """A text table as pandas reads it, with the columns and types of a definition."""
    types = dict(zip(names, (str, str, np.float32), strict=True))
    got = pd.read_csv(path, sep=separator, dtype=types, **AS_TEXT)
    assert list(got) == list(names)
    return list(zip(got[names[0]], got[names[1]], got[names[2]], strict=True))


def frame(net, weight="weight"):
    return list(zip(net["source"], net["target"], net[weight].astype(np.float32), strict=True))


def delimiter(path):
    return "\t" if ".tsv" in path.name else ","


def read_table(path):
    if path.suffix == ".parquet":
        return frame(pd.read_parquet(path))
    types = {"source": str, "target": str}
    return frame(pd.read_csv(path, sep=delimiter(path), dtype=types, **AS_TEXT))


def read_decoupler(path):
    if path.suffix == ".parquet":
        net = pd.read_parquet(path)
        assert list(net) == ["source", "target", "weight"]
        return frame(net)
    return table(path, delimiter(path), ("source", "target", "weight"))


def read_arboreto(path):
    # pySCENIC: separator by ending, str, str, float64, no missing names
    return table(path, delimiter(path), ("TF", "target", "importance"))


def read_beeline(path):
    # BLEval: pd.read_csv(…, sep="\t", header=0, index_col=None)
    return table(path, "\t", ("Gene1", "Gene2", "EdgeWeight"))


def read_celloracle(path):
    """What Oracle.import_TF_data makes of a TF_info_matrix: the TFs of each target."""
    matrix = pd.read_parquet(path)
    assert list(matrix)[:2] == ["peak_id", "gene_short_name"]
    summed = matrix.drop(["peak_id"], axis=1).groupby(by="gene_short_name").sum()
    tfs = dict(summed.apply(lambda row: row[row > 0].index.values, axis=1))
    return {(tf, target) for target, names in tfs.items() for tf in names}


def read_genernib(path):
    content = anndata.read_h5ad(path).uns
    assert set(content) == {"dataset_id", "method_id", "prediction"}
    assert isinstance(content["dataset_id"], str)
    net = content["prediction"]
    assert list(net) == ["source", "target", "weight"]
    assert net["weight"].map(type).eq(str).all()
    return frame(net.assign(weight=pd.to_numeric(net["weight"])))


def by_place(graph):
    edges = sorted(graph.edges(data=True), key=lambda edge: edge[2]["place"])
    return [(source, target, np.float32(data["weight"])) for source, target, data in edges]


def read_graphml(path):
    return by_place(nx.read_graphml(path))


def read_cytoscape(path):
    content = json.loads(path.read_text())
    assert isinstance(content["data"], dict)
    edges = [one["data"] for one in content["elements"]["edges"]]
    assert [one["place"] for one in edges] == list(range(1, len(edges) + 1))
    return by_place(nx.cytoscape_graph(content))


def read_sif(path):
    rows = [line.split("\t") for line in path.read_text().split("\n")[:-1]]
    assert all(relation in ("regulates", "activates", "represses") for _, relation, _ in rows)
    return [(source, target) for source, _, target in rows]


def read_h5ad(path):
    adata = anndata.read_h5ad(path)
    matrix = adata.varp["gpdht"]
    assert sparse.issparse(matrix)
    assert matrix.format == "csr"
    found = matrix.tocoo()
    genes = adata.var_names.to_numpy()
    return set(zip(genes[found.row], genes[found.col], found.data, strict=True))


READERS = {
    "table": read_table,
    "decoupler": read_decoupler,
    "arboreto": read_arboreto,
    "celloracle": read_celloracle,
    "beeline": read_beeline,
    "genernib": read_genernib,
    "graphml": read_graphml,
    "sif": read_sif,
    "cytoscape": read_cytoscape,
    "h5ad": read_h5ad,
}
