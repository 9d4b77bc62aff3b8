"""Where values stand on an axis, and which texts stand beside it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpdht import plots
from gpdht.plots.axes import lanes, text_of_value


@given(st.floats(0, 1), st.floats(1e-3, 1), st.floats(1.01, 1e3))
def test_a_log_axis_places_by_ratios(share, low, factor):
    axis = plots.Axis("p", "float", low, low * factor, log=True)
    assert axis.place(low * factor**share) == pytest.approx(share, abs=1e-6)


def test_axes_place_values_from_the_low_end_to_the_high_one():
    levels = plots.Axis("graph.levels", "int", 5, 25)
    assert [levels.place(v) for v in (5, 10, 25)] == [0, 0.25, 1]
    assert levels.marks() == [(0.0, "5"), (1.0, "25")]
    assert plots.Axis("p", "float", 1e-6, 0.1, log=True).marks() == [(0.0, "1e-06"), (1.0, "0.1")]
    assert plots.Axis("p", "int", 3, 3).place(3) == 0.5
    assert plots.Axis("p", "int", 3, 3).marks() == [(0.5, "3")]
    assert math.isnan(levels.place(None))
    assert math.isnan(levels.place(math.nan))


def test_choices_stand_evenly_and_a_single_one_in_the_middle():
    choice = plots.Axis("o", "choice", choices=("adam", "sgd", "none"))
    assert [choice.place(v) for v in ("adam", "sgd", "none")] == [0, 0.5, 1]
    assert math.isnan(choice.place("other"))
    one = plots.Axis("o", "choice", choices=("one",))
    assert one.place("one") == 0.5
    assert one.marks() == [(0.5, "one")]
    assert math.isnan(one.place(None))


def test_choices_are_found_in_the_forms_that_a_table_gives_them():
    sizes = plots.Axis("encoder.dim", "choice", choices=(64, 128))
    assert [sizes.place(v) for v in (64, 128.0, np.int64(64), "128")] == [0, 1, 0, 1]
    flags = plots.Axis("model.statistics", "choice", choices=(True, False))
    assert [flags.place(v) for v in (True, False, np.bool_(False), "True")] == [0, 1, 1, 0]
    assert flags.marks() == [(0, "true"), (1, "false")]
    cells = plots.Axis("graph.max_cells", "choice", choices=(None, 500))
    assert [cells.place(v) for v in (None, math.nan, 500.0)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("value", "text"),
    [(25.0, "25"), (0.123456, "0.1235"), (np.True_, "true"), (None, "none"), (1e-7, "1e-07")],
)
def test_values_are_written_as_in_a_space(value, text):
    assert text_of_value(value) == text


@given(st.lists(st.text("ab", min_size=1, max_size=30), min_size=1, max_size=8))
def test_texts_in_a_lane_do_not_meet(names):
    marks = plots.Axis("p", "choice", choices=[f"{i}{n}" for i, n in enumerate(names)]).marks()
    found = lanes(marks, length=250)
    assert found[0] == 0
    for lane in set(found):
        ends = []
        for (place, text), own in zip(marks, found, strict=True):
            width = 6.6 * len(text)
            share = 0 if place < 0.02 else 1 if place > 0.98 else 0.5
            if own == lane:
                ends.append((250 * place - share * width, 250 * place + (1 - share) * width))
        assert all(right < left for (_, right), (left, _) in pairwise(ends))
