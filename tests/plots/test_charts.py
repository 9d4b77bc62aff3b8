"""What all charts have in common: they say when they are empty, fit a phone, and hurt no page."""

from __future__ import annotations

import json
from functools import cache

import pandas as pd
import pytest
from chart_tables import (
    AXES,
    curve_rows,
    edge_rows,
    epochs,
    gain_rows,
    ortholog_pairs,
    scores,
    trials,
)
from chart_views import layers, says
from scenes import crowded, draw

from gpdht import plots

DRAWN = {
    "leaderboard": (plots.leaderboard, scores(), {"metric": "auprc_per_tf"}),
    "gains": (plots.gains, gain_rows(), {"metric": "auprc"}),
    "learning_curves": (
        plots.learning_curves,
        epochs(),
        {"metric": "val/gain_auprc_per_tf", "chosen": 0},
    ),
    "parallel_coordinates": (
        lambda rows, **more: plots.parallel_coordinates(rows, AXES, **more),
        trials(),
        {"metric": "val/gain_auprc_per_tf"},
    ),
    "pareto": (
        plots.pareto,
        pd.DataFrame(
            {
                "trial": [0, 1, 2, 3],
                "value": [0.5, 0.61, 0.55, 0.66],
                "cost": [12.0, 20.0, 31.0, 500.0],
                "front": [True, True, False, True],
            }
        ),
        {"metric": "val/gain_auprc_per_tf", "cost": "peak memory, MiB"},
    ),
    "importances": (
        plots.importances,
        pd.DataFrame({"param": ["encoder.reconstruction_steps", "b"], "importance": [0.8, 0.2]}),
        {},
    ),
    "precision_recall": (plots.precision_recall, curve_rows(("a", "b")), {}),
    "network": (plots.network, edge_rows(), {}),
    "heat_map": (plots.heat_map, edge_rows(), {}),
    "agreement": (
        plots.agreement,
        ortholog_pairs(),
        {
            "species": ("human", "mouse"),
            "classes": ("conserved", "human-specific", "mouse-specific", "undecided"),
        },
    ),
}
each = pytest.mark.parametrize("name", DRAWN)


def drawn_of(name: str, rows: pd.DataFrame):
    make, _, options = DRAWN[name]
    return make(rows, **options)


@cache
def chart_of(name: str):
    return drawn_of(name, DRAWN[name][1])


@cache
def spec_of(name: str) -> dict:
    return chart_of(name).to_dict()


@each
def test_a_chart_of_nothing_says_so_in_words(name):
    assert says(drawn_of(name, DRAWN[name][1].head(0))).endswith(".")


@each
def test_extra_columns_change_nothing_and_the_table_is_left_as_it_was(name):
    rows = DRAWN[name][1]
    before = rows.copy()
    more = drawn_of(name, rows.assign(**{"a.b[c]": "</script>"})).to_dict()
    assert more == spec_of(name)
    pd.testing.assert_frame_equal(rows, before)


@each
def test_a_chart_is_as_wide_as_its_box_and_has_no_background(name):
    spec = spec_of(name)
    assert spec["width"] == "container"
    assert spec["config"]["background"] == "transparent"


@each
def test_a_spec_is_plain_json_that_cannot_end_its_script(name):
    text = plots.spec(chart_of(name))
    assert "<" not in text
    assert json.loads(text) == spec_of(name)
    assert "NaN" not in text


@each
def test_no_column_has_a_name_that_vega_would_take_apart(name):
    for layer in layers(chart_of(name)):
        assert all(str(column).isidentifier() for column in layer["rows"].columns)


@each
@pytest.mark.parametrize("width", [320, 1000])
def test_no_words_meet_and_none_leave_the_picture(name, width):
    assert crowded(draw(chart_of(name), width=width)) == []
