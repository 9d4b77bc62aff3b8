"""Tables and figures as text."""

from __future__ import annotations

from gpdht.presentation import Block, short, signed


def test_a_block_as_markdown_has_title_table_and_note_apart():
    block = Block("Scores", ("", "AP"), (("a|b", ".5"), ("c", ".25")), "A note.")
    assert block.markdown() == (
        "**Scores**\n\n|  | AP |\n| --- | ---: |\n| a\\|b | .5 |\n| c | .25 |\n\nA note."
    )


def test_a_block_without_title_and_note_is_the_table_alone():
    assert Block("", ("x",), (("1",),)).markdown() == "| x |\n| --- |\n| 1 |"


def test_a_wide_block_is_cut_into_blocks_that_fit_with_every_cell_once():
    header = ("", *(f"column{i}" for i in range(9)))
    rows = tuple((f"row{r}", *(f"{r}.{i}" * 2 for i in range(9))) for r in range(3))
    parts = Block("Title", header, rows, "A note.").cut(40)
    assert len(parts) == 3
    assert [part.title for part in parts] == ["Title", "", ""]
    assert [part.note for part in parts] == ["", "", "A note."]
    for part in parts:
        columns = zip(part.header, *part.rows, strict=True)
        assert sum(max(map(len, column)) + 2 for column in columns) - 2 <= 40
        assert [row[0] for row in part.rows] == ["row0", "row1", "row2"]
    for r in range(3):
        assert sum((part.rows[r][1:] for part in parts), ()) == rows[r][1:]
    assert Block("", header, rows).cut(200) == [Block("", header, rows)]


def test_figures_have_no_zero_before_the_point_and_differences_have_a_sign():
    assert [short(v) for v in (0.1304, -0.25, 1.0, 12.3456)] == [".130", "-.250", "1.000", "12.346"]
    assert [signed(v) for v in (0.012, -0.012, 0.0)] == ["+.012", "−.012", "+.000"]
    assert (short(0.5, 2), signed(-0.5, 1)) == (".50", "−.5")
