"""Scores and shares, one row for each line or setting."""

from __future__ import annotations

import pandas as pd
import pytest
from chart_tables import scores
from chart_views import layer
from scenes import draw

from gpdht import plots
from gpdht.plots.theme import COLOURS
from gpdht.presentation import KINDS

THREE = ["TF rate", "GP-DHT", "gradient boosting on expression statistics"]


@pytest.mark.parametrize(("metric", "order"), [("auprc", THREE), ("test/brier", THREE[::-1])])
def test_the_best_line_stands_on_top_and_a_line_without_a_score_is_left_out(metric, order):
    chart = plots.leaderboard(scores(), metric=metric)
    rows = layer(chart, "point")["rows"]
    assert rows["name"].tolist() == order
    assert rows.set_index("name")["value"].to_dict() == dict(
        zip(THREE, (0.7, 0.5, 0.1), strict=True)
    )
    dots = {item["description"]: item["y"] for item in draw(chart).items["symbol"][:3]}
    by_height = [rows["value"][i] for i in range(3)]
    heights = [next(y for text, y in dots.items() if f": {v}" in text) for v in by_height]
    assert heights == sorted(heights)


def test_a_score_without_an_interval_has_a_dot_alone():
    bars = layer(plots.leaderboard(scores(), metric="auprc"), "rule")["rows"]
    assert set(bars["name"]) == {"GP-DHT", "TF rate"}
    assert bars.set_index("name").loc["TF rate", ["low", "high"]].tolist() == [0.6, 0.8]


def test_only_the_kinds_that_are_there_have_a_colour_in_the_legend():
    scale = layer(plots.leaderboard(scores(), metric="auprc"), "point")["encoding"]["color"]
    assert dict(zip(scale["scale"]["domain"], scale["scale"]["range"], strict=True)) == {
        KINDS[kind]: COLOURS[kind] for kind in ("gpdht", "label", "expression")
    }


def test_a_long_name_is_whole_in_several_lines():
    words = [word.text for word in draw(plots.leaderboard(scores(), metric="auprc")).words]
    at = words.index("gradient boosting on")
    assert words[at + 1] == "expression"
    assert words[at + 2] == "statistics"


def test_importances_are_bars_in_order_as_long_as_their_shares():
    rows = pd.DataFrame({"param": ["a", "b", "c"], "importance": [0.25, 0.75, float("nan")]})
    chart = plots.importances(rows)
    assert layer(chart, "bar")["rows"]["param"].tolist() == ["b", "a"]
    bars = sorted(draw(chart).items["rect"], key=lambda item: item["y"])
    longer, shorter = [item["width"] for item in bars if item["role"] == "mark"]
    assert longer == pytest.approx(3 * shorter)
