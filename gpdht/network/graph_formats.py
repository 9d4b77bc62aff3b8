"""Networks as graphs, for Cytoscape, Gephi, igraph and the web."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

RELATIONS = {0: "regulates", 1: "activates", -1: "represses"}


def graph_of(edges: pd.DataFrame) -> nx.DiGraph:
    """The edges as a directed graph; a gene knows whether it is a TF, an edge what its row says.

    `place` is the row's number, from 1: graphs are not read back in the order of the rows.
    """
    graph = nx.DiGraph()
    tfs = set(edges["source"])
    rows = edges.assign(interaction=_relations(edges)).to_dict("records")
    for place, row in enumerate(rows, start=1):
        source, target = row.pop("source"), row.pop("target")
        for gene in (source, target):
            graph.add_node(gene, tf=gene in tfs)
        graph.add_edge(source, target, **row, place=place)
    return graph


def write_graphml(edges: pd.DataFrame, part: Path, **_: Any) -> None:
    """GraphML with all columns as attributes of the edges."""
    nx.write_graphml(graph_of(edges), part)


def write_sif(edges: pd.DataFrame, part: Path, **_: Any) -> None:
    """Cytoscape's simple interaction format: TF, regulates (activates, represses), target."""
    rows = zip(edges["source"], _relations(edges), edges["target"], strict=True)
    part.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def write_cytoscape(edges: pd.DataFrame, part: Path, *, path: Path, **_: Any) -> None:
    """Cytoscape.js elements, which Cytoscape opens as `.cyjs`; edges in the order of the rows."""
    content = nx.cytoscape_data(graph_of(edges))
    content["data"] = {"name": path.stem}  # Cytoscape expects an object here
    content["elements"]["edges"].sort(key=lambda edge: edge["data"]["place"])
    part.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _relations(edges: pd.DataFrame) -> pd.Series:
    signs = edges["sign"] if "sign" in edges else pd.Series(0, index=edges.index)
    return signs.map(RELATIONS)
