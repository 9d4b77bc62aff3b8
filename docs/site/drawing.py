"""Boxes, arrows and small matrices as SVG: what the pictures of the concepts are made of."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

INK, LINE, PAPER = "#22303c", "#8795a1", "#ffffff"
FILLS = {"plain": "#eef2f5", "data": "#dcebf7", "model": "#fbe8cf", "result": "#dff1e1"}
FONT = "font-family='system-ui, sans-serif'"


class Picture:
    """An SVG that grows by what is drawn on it.

    Parameters
    ----------
    title : what a screen reader says.
    """

    def __init__(self, width: int, height: int, title: str) -> None:
        self.size, self.title, self.parts = (width, height), title, []

    def text(self, x: float, y: float, words: str, *, size: int = 13, bold: bool = False) -> None:
        """Words centred on a point."""
        weight = " font-weight='600'" if bold else ""
        self.parts.append(
            f"<text x='{x:g}' y='{y:g}' font-size='{size}'{weight} text-anchor='middle' "
            f"fill='{INK}'>{escape(words)}</text>"
        )

    def box(self, x: float, y: float, width: float, words: Sequence[str], fill: str) -> None:
        """A rounded box of lines; the first is bold."""
        height = 18 * len(words) + 16
        self.parts.append(
            f"<rect x='{x:g}' y='{y:g}' width='{width:g}' height='{height}' rx='7' "
            f"fill='{FILLS[fill]}' stroke='{LINE}'/>"
        )
        for i, line in enumerate(words):
            self.text(x + width / 2, y + 22 + 18 * i, line, bold=i == 0)

    def arrow(self, *points: tuple[float, float], words: str = "") -> None:
        """A line through points with a head at its end, words above its middle."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(
            f"<polyline points='{path}' fill='none' stroke='{LINE}' stroke-width='1.6' "
            "marker-end='url(#head)'/>"
        )
        if words:
            (x0, y0), (x1, y1) = points[:2]
            self.text((x0 + x1) / 2, (y0 + y1) / 2 - 7, words, size=12)

    def matrix(
        self, x: float, y: float, colours: Sequence[Sequence[str]], *, side: float, title: str
    ) -> None:
        """A grid of squares of the colours given, row by row, under a title."""
        self.text(x + side * len(colours[0]) / 2, y - 8, title, bold=True)
        self.parts += [
            f"<rect x='{x + side * j:g}' y='{y + side * i:g}' width='{side - 1:g}' "
            f"height='{side - 1:g}' fill='{colour}'/>"
            for i, row in enumerate(colours)
            for j, colour in enumerate(row)
        ]

    def key(self, x: float, y: float, entries: dict[str, str]) -> None:
        """Squares of colours with what they mean, in a row."""
        for words, colour in entries.items():
            self.parts.append(
                f"<rect x='{x:g}' y='{y - 11:g}' width='13' height='13' fill='{colour}' "
                f"stroke='{LINE}' stroke-width='.5'/><text x='{x + 19:g}' y='{y:g}' "
                f"font-size='12' fill='{INK}'>{escape(words)}</text>"
            )
            x += 34 + 6.6 * len(words)

    def svg(self) -> str:
        """The picture as text of a file."""
        width, height = self.size
        head = (
            "<marker id='head' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' "
            f"markerHeight='7' orient='auto'><path d='M0,0 L8,4 L0,8 z' fill='{LINE}'/></marker>"
        )
        lines = [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
            f"width='{width}' height='{height}' role='img' {FONT}>",
            f"<title>{escape(self.title)}</title><defs>{head}</defs>",
            f"<rect width='{width}' height='{height}' rx='8' fill='{PAPER}'/>",
            *self.parts,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"
