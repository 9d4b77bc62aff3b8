"""Precision–recall curves, and the menus that choose them."""

from __future__ import annotations

import pandas as pd
import pytest
from chart_tables import curve_rows
from chart_views import layer, layers
from scenes import draw

from gpdht import plots
from gpdht.plots.precision_recall import NAMED


def moved(chart, **values):
    """The chart after its menus were set."""
    spec = chart.to_dict()
    for param in spec["params"]:
        if param["name"] in values:
            param["value"] = values[param["name"]]

    class Moved:
        def to_dict(self):
            return spec

    return Moved()


def lines_shown(scene) -> int:
    return len([item for item in scene.items.get("line", []) if item["strokeWidth"] == 2]) // 3


def test_bands_lines_and_the_precision_of_chance_have_the_numbers_of_the_table():
    table = curve_rows()
    chart = plots.precision_recall(table, prevalence=0.25)
    assert [one["kind"] for one in layers(chart)] == ["rule", "text", "area", "line", "line"]
    found = layer(chart, "line")["rows"]
    columns = ["name", "recall", "precision", "low", "high"]
    pd.testing.assert_frame_equal(found[columns], table[columns].reset_index(drop=True))
    assert layer(chart, "rule")["rows"]["prevalence"].tolist() == [0.25]
    assert "params" not in chart.to_dict()


def test_the_picture_goes_from_zero_to_one_both_ways():
    scene = draw(plots.precision_recall(curve_rows(), prevalence=0.2))
    thin = [item for item in scene.items["line"] if item["strokeWidth"] == 2]
    (x0, y0), (x1, y1), (x2, y2) = ((item["x"], item["y"]) for item in thin[:3])
    assert x1 - x0 == pytest.approx(x2 - x1)  # recall 0, 0.5, 1
    assert (y1 - y0) / (y2 - y0) == pytest.approx(0.5)  # precision 1, 0.6, 0.2
    rule = next(item for item in scene.items["rule"] if item.get("strokeDash"))
    assert rule["y"] == pytest.approx(y2)


def test_menus_choose_a_set_and_a_split_and_its_prevalence():
    chart = plots.precision_recall(curve_rows(("a", "b"), ("edge", "tf")))
    menus = {one["name"]: one for one in chart.to_dict()["params"]}
    assert menus["chosen_set"]["bind"]["options"] == ["a", "b"]
    assert menus["chosen_split"]["bind"]["options"] == ["edge", "tf"]
    first = draw(chart)
    assert lines_shown(first) == 2
    assert "chance 0.1" in {word.text for word in first.words}
    other = draw(moved(chart, chosen_set="b", chosen_split="tf"))
    assert lines_shown(other) == 2
    assert "chance 0.2" in {word.text for word in other.words}


def test_one_set_and_one_split_need_no_menu():
    assert "params" not in plots.precision_recall(curve_rows()).to_dict()
    (menu,) = plots.precision_recall(curve_rows(("a", "b"))).to_dict()["params"]
    assert menu["name"] == "chosen_set"


def test_names_of_sets_that_hurt_can_be_chosen():
    names = ("it's", 'a"b.c[0]')
    chart = plots.precision_recall(curve_rows(names))
    assert lines_shown(draw(moved(chart, chosen_set=names[1]))) == 2


def test_a_choice_without_curves_says_so():
    table = curve_rows(("a", "b"), ("edge", "tf"))
    table = table[(table["set"] == "a") | (table["split"] == "edge")]
    chart = plots.precision_recall(table)
    sentence = "No scores of this set and split."
    assert sentence not in {word.text for word in draw(chart).words}
    empty = draw(moved(chart, chosen_set="b", chosen_split="tf"))
    assert sentence in {word.text for word in empty.words}
    assert lines_shown(empty) == 0


def test_few_lines_are_named_and_many_are_kinds():
    few = [(f"peer {i}", "peer") for i in range(4)] + [("GP-DHT", "gpdht")]
    look = layer(plots.precision_recall(curve_rows(lines=few)), "line")["encoding"]
    assert look["color"]["scale"]["domain"] == [name for name, _ in few]
    both = zip(look["color"]["scale"]["range"], look["strokeDash"]["scale"]["range"], strict=True)
    assert len({(colour, tuple(dash)) for colour, dash in both}) == len(few)
    many = [(f"peer {i}", "peer") for i in range(NAMED + 1)]
    look = layer(plots.precision_recall(curve_rows(lines=many)), "line")["encoding"]
    assert look["color"]["scale"]["domain"] == ["published model"]
    assert "strokeDash" not in look
