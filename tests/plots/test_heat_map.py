"""Tiles of TFs × targets."""

from __future__ import annotations

import pandas as pd
import pytest
from chart_tables import NASTY, edge_rows
from chart_views import layer
from scenes import draw

from gpdht import plots


def test_the_heaviest_targets_of_the_tfs_asked_for_are_shown():
    table = edge_rows(60)
    chart = plots.heat_map(table, tfs=NASTY[:2], targets=5)
    tiles = layer(chart, "rect")
    here = table[table["source"].isin(NASTY[:2])]
    totals: dict[str, float] = {}
    for _, edge in here.iterrows():
        totals[edge["target"]] = totals.get(edge["target"], 0) + edge["weight"]
    heaviest = sorted(totals, key=totals.__getitem__, reverse=True)[:5]
    assert tiles["encoding"]["x"]["sort"] == heaviest
    found = tiles["rows"].set_index(["source", "target"])
    expected = here[here["target"].isin(heaviest)].set_index(["source", "target"])
    assert set(found.index) == set(expected.index)
    for pair, row in found.iterrows():
        assert row["weight"] == pytest.approx(expected.loc[pair, "weight"], rel=1e-3)
        assert bool(row["known"]) == expected.loc[pair, "known"]


def test_rows_are_in_the_order_of_their_total_weight():
    table = pd.DataFrame(
        {
            "source": ["A", "A", "B", "C"],
            "target": ["x", "y", "x", "y"],
            "weight": [0.2, 0.3, 0.9, 0.1],
            "known": [True, False, False, True],
        }
    )
    tiles = layer(plots.heat_map(table), "rect")
    assert tiles["encoding"]["y"]["sort"] == ["B", "A", "C"]
    assert tiles["encoding"]["x"]["sort"] == ["x", "y"]


def test_a_tile_for_each_pair_and_a_dot_for_each_known_edge_are_drawn():
    table = edge_rows()
    scene = draw(plots.heat_map(table), width=700)
    tiles = [item for item in scene.items["rect"] if item["role"] == "mark"]
    dots = [item for item in scene.items["symbol"] if item["role"] == "mark"]
    assert len(tiles) == len(table)
    assert len(dots) == table["known"].sum()
    assert {word.text for word in scene.words} >= set(table["source"])


@pytest.mark.parametrize(
    ("weights", "ends"), [([0.0, 0.0], [0, 1]), ([0.2, 0.4], [0, 0.4]), ([-1.0, 2.0], [-1, 2])]
)
def test_colours_go_from_zero_or_below_to_the_highest_weight(weights, ends):
    table = edge_rows(2).assign(weight=weights)
    scale = layer(plots.heat_map(table), "rect")["encoding"]["color"]["scale"]
    assert scale["domain"] == ends


def test_tfs_that_are_not_there_leave_nothing():
    assert layer(plots.heat_map(edge_rows(), tfs=["none"]), "text")
