"""The network: every edge between its genes, hubs named, the same whenever it is drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from chart_tables import NASTY, edge_rows
from chart_views import layer, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import draw

from gpdht import plots
from gpdht.plots.layout import SIDES, name_sides, place_genes


def test_every_edge_ends_at_its_genes():
    table = edge_rows()
    chart = plots.network(table)
    lines, points = layer(chart, "rule")["rows"], layer(chart, "point")["rows"]
    assert lines["source"].tolist() == table["source"].tolist()
    at = points.set_index("gene")
    for _, line in lines.iterrows():
        for end, x, y in (("source", "x", "y"), ("target", "x2", "y2")):
            assert (at.loc[line[end], "x"], at.loc[line[end], "y"]) == (line[x], line[y])
    assert (lines["edge"] == "known edge").tolist() == table["known"].tolist()
    assert np.abs(lines["weight"] - table["weight"]).max() < 1e-3


def test_tfs_and_targets_are_told_apart_with_their_numbers_of_edges():
    table = edge_rows()
    rows = layer(plots.network(table), "point")["rows"]
    tfs = rows[rows["role"] == "TF"].set_index("gene")["targets"].to_dict()
    assert tfs == table["source"].value_counts().to_dict()
    regulators = rows.set_index("gene")["regulators"]
    assert regulators[regulators > 0].to_dict() == table["target"].value_counts().to_dict()
    assert set(rows["gene"]) == set(table["source"]) | set(table["target"])
    assert (
        rows.loc[rows["role"] == "TF", "size"].min()
        > rows.loc[rows["role"] == "target", "size"].max()
    )


@pytest.mark.parametrize("hubs", [0, 1, 3])
def test_the_tfs_with_most_targets_are_named(hubs):
    table = edge_rows()
    most = table["source"].value_counts()
    if hubs == 0:
        assert not [w for w in draw(plots.network(table, hubs=0)).words if w.text in NASTY]
    else:
        named = texts(plots.network(table, hubs=hubs))
        assert sorted(most[named], reverse=True) == sorted(most, reverse=True)[:hubs]


def test_a_layout_is_the_same_for_a_seed_and_another_for_another():
    first, again = (plots.network(edge_rows(), seed=3).to_dict() for _ in range(2))
    assert first == again
    assert first != plots.network(edge_rows(), seed=4).to_dict()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("ABCdefgh")), min_size=1, max_size=12
    )
)
def test_genes_stand_within_the_picture_and_apart(pairs):
    edges = pd.DataFrame(pairs, columns=["source", "target"])
    places = place_genes(edges, seed=0)
    at = places[["x", "y"]].to_numpy()
    assert np.isfinite(at).all()
    assert np.abs(at).max() <= 1 + 1e-9
    assert places["gene"].is_unique
    assert set(places["gene"]) == set(edges["source"]) | set(edges["target"])
    assert len(np.unique(at.round(6), axis=0)) == len(at)


def test_parts_that_share_no_gene_stand_side_by_side():
    edges = pd.DataFrame(
        [(f"TF{part}", f"g{part}{i}") for part in range(5) for i in range(4)],
        columns=["source", "target"],
    )
    places = place_genes(edges, seed=0)
    boxes = places.groupby(places["gene"].str.extract(r"(\d)", expand=False))[["x", "y"]].agg(
        ["min", "max"]
    )
    for one in range(5):
        for other in range(one):
            a, b = boxes.iloc[one], boxes.iloc[other]
            apart = [
                a[axis, "max"] < b[axis, "min"] or b[axis, "max"] < a[axis, "min"] for axis in "xy"
            ]
            assert any(apart)


def test_names_of_neighbours_are_on_sides_where_they_do_not_meet():
    hubs = pd.DataFrame({"gene": ["ALPHA", "BETA", "GAMMA"], "x": [0, 0.05, -0.98], "y": 0.0})
    first, second, third = name_sides(hubs, hubs)
    assert {first, second, third} <= set(SIDES)
    assert first != second
    assert third == "right"  # at the left end


def test_wheel_and_drag_zoom_and_move():
    (zoom,) = plots.network(edge_rows()).to_dict()["params"]
    assert zoom["bind"] == "scales"
