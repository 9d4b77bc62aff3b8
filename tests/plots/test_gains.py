"""Differences beside zero, row by row."""

from __future__ import annotations

from chart_tables import gain_rows
from chart_views import layer, layers
from scenes import draw

from gpdht import plots


def test_rows_name_split_and_set_where_both_differ():
    lines = layer(plots.gains(gain_rows(), metric="auprc"), "point")["rows"]["line"]
    assert list(dict.fromkeys(lines)) == ["edge · a", "edge · b", "target · a", "target · b"]
    alone = layer(plots.gains(gain_rows(sets=("a",)), metric="auprc"), "point")["rows"]
    assert list(dict.fromkeys(alone["line"])) == ["edge", "target"]
    one = layer(plots.gains(gain_rows(splits=("edge",)), metric="auprc"), "point")["rows"]
    assert list(dict.fromkeys(one["line"])) == ["a", "b"]


def test_every_difference_is_drawn_on_its_side_of_zero():
    table = gain_rows()
    chart = plots.gains(table, metric="auprc")
    (zero,) = [one for one in layers(chart) if "zero" in one["rows"]]
    assert zero["rows"]["zero"].tolist() == [0]
    rows = layer(chart, "point")["rows"]
    assert rows["value"].round(3).tolist() == table["value"].round(3).tolist()
    scene = draw(chart)
    rule = next(item["x"] for item in scene.items["rule"] if item.get("strokeDash"))
    dots = [item["x"] for item in scene.items["symbol"] if item["role"] == "mark"]
    assert len(dots) == len(table)
    sides = [(x > rule + 0.1) - (x < rule - 0.1) for x in dots]
    assert sides == [(v > 1e-9) - (v < -1e-9) for v in table["value"]]


def test_without_expression_lines_there_is_one_colour():
    table = gain_rows()
    chart = plots.gains(table[table["against"] == "label-only"], metric="auprc")
    assert layer(chart, "point")["encoding"]["color"]["scale"]["domain"] == ["label-only"]
