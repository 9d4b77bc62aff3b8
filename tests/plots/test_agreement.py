"""Squares hold as many pairs as there are, beside what chance would put there; calls have dots."""

from __future__ import annotations

import pytest
from chart_tables import ortholog_pairs
from chart_views import layer, layers

from gpdht import plots

NAMES = {
    "species": ("human", "mouse"),
    "classes": ("conserved", "human-specific", "mouse-specific", "undecided"),
}


def test_each_square_counts_its_pairs_and_what_chance_would_put_there():
    table = ortholog_pairs()
    rows = layer(plots.agreement(table, **NAMES), "rect")["rows"]
    assert rows["pairs"].sum() == len(table)
    for tile in rows.itertuples():
        column = (table["score_1"] >= tile.x) & (
            (table["score_1"] < tile.x2) | (tile.x2 == 1)  # the last has its upper end
        )
        line = (table["score_2"] >= tile.y) & ((table["score_2"] < tile.y2) | (tile.y2 == 1))
        assert tile.pairs == (column & line).sum()
        assert tile.expected == pytest.approx(column.sum() * line.sum() / len(table), rel=1e-3)
        assert tile.ratio == pytest.approx(tile.pairs / tile.expected, rel=1e-3)
        assert -2 <= tile.shade <= 2


def test_only_pairs_with_a_class_have_dots_the_clearest_first():
    table = ortholog_pairs(2000)
    rows = layer(plots.agreement(table, **NAMES), "point")["rows"]
    assert rows["called"].value_counts().to_dict() == dict.fromkeys(NAMES["classes"][:3], 150)
    clear = (table["score_1"] - 0.5).abs() + (table["score_2"] - 0.5).abs()
    least = clear[table["class"] == "conserved"].nlargest(150).min()
    shown = rows[rows["called"] == "conserved"]
    assert ((shown["score_1"] - 0.5).abs() + (shown["score_2"] - 0.5).abs()).min() >= least - 1e-3


def test_without_calls_there_are_squares_alone():
    table = ortholog_pairs().assign(**{"class": "undecided"})
    assert len(layers(plots.agreement(table, **NAMES))) == 1
