"""How every chart looks: colours, type, sizes, and what kinds and scores are called in it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from gpdht.metrics.names import TITLES, score_of
from gpdht.presentation import KINDS

COLOURS = {
    "gpdht": "#0072B2",
    "variant": "#56B4E9",
    "peer": "#CC79A7",
    "label": "#D55E00",
    "expression": "#009E73",
    "control": "#5B626D",
    "prior": "#E69F00",
}
"""By kind of model; told apart by colour-blind readers (Okabe and Ito, and a grey)."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
INK, FAINT, GRID = "#1f2933", "#616e7c", "#e4e7eb"
BLUE, ORANGE, RED, GREEN = "#0072B2", "#E69F00", "#D55E00", "#009E73"

NARROW = 290  # px, what a chart has on a phone; nothing may overlap or be cut off there
CHARACTER = 6.6  # px, a mean character at 12 px in a wide font
NAME = 20  # characters in a line of a row's name
WIDE = 40  # characters in a line that has the whole width
_LINE, _GAP = 14, 6  # px: a line of a row's name, and what is left between rows
_LEGENDS = "{{bottom: {{anchor: '{}', direction: 'horizontal', margin: 16, offset: 18}}}}"
_PARTS = {"val": "validation ", "test": "test "}


def finish(chart: Any, *, height: int, has_rows: bool = False) -> Any:
    """The chart in the house's type, as wide as the box it stands in, without a background.

    Parameters
    ----------
    has_rows : names stand left of it; what is wide goes on below them.
    """
    return (
        chart.properties(width="container", height=height)
        .configure(font=FONT, padding=4, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK,
            titleColor=INK,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            gridColor=GRID,
            domainColor=FAINT,
            tickColor=FAINT,
        )
        .configure_axisX(
            tickCount=alt.ExprRef("ceil(width / 70)"), titleAnchor="end" if has_rows else "middle"
        )
        .configure_legend(
            orient="bottom",
            direction="horizontal",
            columns=alt.ExprRef("max(1, floor(width / 190))"),
            labelFontSize=12,
            labelColor=INK,
            labelLimit=NARROW,
            title=None,
            titleColor=INK,
            titleFontSize=12,
            titleFontWeight="normal",
            symbolStrokeWidth=2,
            columnPadding=14,
            layout=alt.ExprRef(_LEGENDS.format("end" if has_rows else "start")),
        )
        .configure_title(
            fontSize=12, fontWeight="normal", color=FAINT, anchor="start", frame="group"
        )
    )


def nothing(text: str) -> Any:
    """A chart that says why it is empty."""
    chart = (
        alt.Chart(alt.Data(values=[{"text": text}]))
        .mark_text(align="center", fontSize=13, color=FAINT)
        .encode(text="text:N")
    )
    return finish(chart, height=60)


def kind_scale(kinds: Iterable[str]) -> alt.Scale:
    """The colours of the kinds that are there, under the names that a legend gives them."""
    shown = [kind for kind in KINDS if kind in set(kinds)]
    return alt.Scale(domain=[KINDS[k] for k in shown], range=[COLOURS[k] for k in shown])


def title_of(metric: str) -> str:
    """A metric in words: "validation average precision", "AUROC above labels only"."""
    part, _, name = metric.rpartition("/")
    score = score_of(metric)
    above = " above labels only" if name.startswith("gain_") or part == "gain" else ""
    return f"{_PARTS.get(part, '')}{TITLES.get(score, score)}{above}"


def row_labels(names: Iterable[str]) -> dict[str, str]:
    """Each name in lines short enough to stand left of a narrow chart, parted by line breaks."""
    return {name: "\n".join(lines_of(name, NAME)) for name in names}


def lines_of(text: str, length: int) -> list[str]:
    """A text in lines of at most so many characters; words are cut after a mark if they must be."""
    spaced = " ".join(text.split())
    lines = []
    for line in textwrap.wrap(spaced, length, break_long_words=False, break_on_hyphens=False):
        while len(line) > length:
            cut = max(line.rfind(mark, 0, length) for mark in "_.+-/") + 1 or length
            lines.append(line[:cut])
            line = line[cut:]
        lines.append(line)
    return lines or [spaced]


def row_axis(labels: Sequence[str], **options: Any) -> alt.Y:
    """The rows of a chart from top to bottom; a label may have several lines."""
    axis = alt.Axis(
        labelExpr="split(datum.label, '\\n')",
        labelLimit=0,
        labelLineHeight=_LINE,
        labelPadding=6,
        # Vega stands the first line, not the block, beside the tick.
        labelOffset={"condition": _raised(max(map(_height, labels))), "value": 0},
        grid=True,
        ticks=False,
    )
    return alt.Y("label:N", sort=list(dict.fromkeys(labels)), title=None, axis=axis, **options)


def rows_height(labels: Iterable[str], *, least: int = 26) -> int:
    """The height in px at which no row's label meets the next one."""
    shown = list(dict.fromkeys(labels))
    tall = [_height(label) for label in shown]
    pairs = zip([*tall, tall[-1]], [tall[0], *tall], strict=True)
    return len(shown) * max(least, *((a + b) * _LINE // 2 + _GAP for a, b in pairs))


def interval_tips(title: str) -> list[alt.Tooltip]:
    """Tooltips of `value`, `low` and `high`."""
    return [
        alt.Tooltip("value:Q", title=title, format=".4~g"),
        alt.Tooltip("low:Q", title="95 % from", format=".4~g"),
        alt.Tooltip("high:Q", title="to", format=".4~g"),
    ]


def outlined(texts: alt.Chart, *, color: str = INK, **look: Any) -> list[alt.Chart]:
    """Texts twice, first as their own pale outline, so that lines pass behind them."""
    return [
        texts.mark_text(**look, stroke="white", strokeWidth=3, strokeJoin="round", aria=False),
        texts.mark_text(**look, color=color),
    ]


def with_values(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows that have finite numbers in all of these columns."""
    numbers = rows[list(columns)].apply(pd.to_numeric, errors="coerce")
    return rows[(numbers.abs() < float("inf")).all(axis="columns")]


def _height(label: str) -> int:
    return label.count("\n") + 1


def _raised(tallest: int) -> list[dict[str, Any]]:
    """By how much a label of several lines stands higher, as conditions of an axis."""
    lines = "length(split(datum.value, '\\n'))"
    return [
        {"test": f"{lines} === {number}", "value": (1 - number) * _LINE / 2}
        for number in range(2, tallest + 1)
    ]
