"""Tables and figures as text."""

from __future__ import annotations

import math

import pytest

from gpdht.presentation import Table, between, number, seconds, short, short_signed, with_interval


def test_a_table_as_markdown_has_title_table_and_note_apart():
    table = Table("Scores", ("", "AP"), (("a|b", ".5"), ("c", ".25")), "A note.")
    assert table.markdown() == (
        "**Scores**\n\n|  | AP |\n| --- | ---: |\n| a\\|b | .5 |\n| c | .25 |\n\nA note."
    )


def test_a_table_without_title_and_note_is_the_table_alone():
    assert Table("", ("x",), (("1",),)).markdown() == "| x |\n| --- |\n| 1 |"


def test_a_wide_table_is_cut_into_tables_that_fit_with_every_cell_once():
    header = ("", *(f"column{i}" for i in range(9)))
    rows = tuple((f"row{r}", *(f"{r}.{i}" * 2 for i in range(9))) for r in range(3))
    parts = Table("Title", header, rows, "A note.").cut(40)
    assert len(parts) == 3
    assert [part.title for part in parts] == ["Title", "", ""]
    assert [part.note for part in parts] == ["", "", "A note."]
    for part in parts:
        columns = zip(part.header, *part.rows, strict=True)
        assert sum(max(map(len, column)) + 2 for column in columns) - 2 <= 40
        assert [row[0] for row in part.rows] == ["row0", "row1", "row2"]
    for r in range(3):
        assert sum((part.rows[r][1:] for part in parts), ()) == rows[r][1:]
    assert Table("", header, rows).cut(200) == [Table("", header, rows)]


def test_figures_have_no_zero_before_the_point_and_differences_have_a_sign():
    assert [short(v) for v in (0.1304, -0.25, 1.0, 12.3456)] == [".130", "-.250", "1.000", "12.346"]
    assert [short_signed(v) for v in (0.012, -0.012, 0.0)] == ["+.012", "−.012", "+.000"]
    assert (short(0.5, 2), short_signed(-0.5, 1)) == (".50", "−.5")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.48371, "0.484"), (-0.0161, "−0.016"), (math.nan, "–"), (-0.0001, "−0.000")],
)
def test_numbers_have_three_digits_and_a_true_minus(value, text):
    assert number(value) == text


def test_intervals_are_written_with_to_so_that_no_dash_reads_as_a_minus():
    assert with_interval(0.1, -0.2, 0.3, sign=True) == "+0.100 (−0.200 to +0.300)"


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.21, "3.2 s"), (42.4, "42 s"), (90, "1.5 min"), (7300, "2.0 h"), (math.nan, "–")],
)
def test_seconds_are_written_in_the_unit_that_fits(value, text):
    assert seconds(value) == text


def test_without_an_interval_a_value_stands_alone():
    assert between(math.nan, math.nan) == ""
    assert with_interval(0.5, math.nan, math.nan) == "0.500"
