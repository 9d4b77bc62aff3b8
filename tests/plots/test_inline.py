"""Tables in charts: small, plain, complete."""

from __future__ import annotations

import json
import math

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpdht.plots.inline import long_layer, rows_of


def test_rows_are_small_and_plain():
    table = pd.DataFrame(
        {"a": [1 / 3, math.inf], "b": [np.int64(3), 4], "c": ["x", None], "d": [True, False]}
    )
    assert rows_of(table).to_dict()["values"] == [
        {"a": 0.3333, "b": 3, "c": "x", "d": True},
        {"a": None, "b": 4, "c": None, "d": False},
    ]


def test_more_rows_than_altair_allows_are_all_there():
    table = pd.DataFrame({"a": range(6000)})
    assert len(rows_of(table).to_dict()["values"]) == 6000


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(width=32), st.integers(-(10**9), 10**9)),
        min_size=1,
        max_size=20,
    )
)
def test_a_long_table_is_held_once_with_four_digits_and_what_is_missing_as_null(rows):
    table = pd.DataFrame(rows, columns=["name", "value", "count"])
    chart = long_layer(
        table, [alt.Chart().mark_point()] * 2, key="name", lists=("value", "count")
    ).to_dict()
    text = json.dumps(chart, allow_nan=False)
    assert text.count('"values"') == 1
    held = chart["data"]["values"]
    assert [row["name"] for row in held] == list(dict.fromkeys(table["name"]))
    for row in held:
        part = table[table["name"] == row["name"]]
        assert row["count"] == part["count"].tolist()
        for value, written in zip(part["value"], row["value"], strict=True):
            if math.isfinite(value):
                assert written == pytest.approx(value, rel=6e-4)
            else:
                assert written is None
