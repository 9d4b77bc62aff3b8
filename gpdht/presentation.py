"""Tables and figures as text, and what kinds of models are called in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["gpdht", "variant", "peer", "label", "expression", "control"]

KINDS: dict[str, str] = {
    "gpdht": "GP-DHT",
    "variant": "GP-DHT, other settings",
    "peer": "published model",
    "label": "labels only",
    "expression": "expression only",
    "control": "control",
}
"""What the kinds of models are called. `variant`: GP-DHT with other levels or as published; `peer`:
a model that the paper compares with; `label` sees no expression; `expression` does not know which
gene is which; `control`: GP-DHT with something taken away."""

WIDTH = 100
"""Of a page or a terminal, in characters; tables are cut into blocks that fit."""

_GAP = 2  # between columns


@dataclass(frozen=True)
class Block:
    """A table small enough to print: the first column names the rows."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> str:
        """Title, table and note, with empty lines between them."""
        table = [
            _line(self.header),
            _line(["---"] + ["---:"] * (len(self.header) - 1)),
            *map(_line, self.rows),
        ]
        parts = [f"**{self.title}**" if self.title else "", "\n".join(table), self.note]
        return "\n\n".join(part for part in parts if part)

    def cut(self, width: int = WIDTH) -> list[Block]:
        """The block, or several under each other, each with as many columns as fit.

        All have the first column; the title stays with the first, the note with the last.
        """
        columns = list(zip(self.header, *self.rows, strict=True))
        first, *widths = [max(map(len, column)) for column in columns]
        groups: list[list[int]] = []
        left = 0
        for i, wide in enumerate(widths, start=1):
            if not groups or wide + _GAP > left:
                groups.append([])
                left = width - first
            groups[-1].append(i)
            left -= wide + _GAP
        return [
            Block(
                self.title if i == 0 else "",
                (self.header[0], *(self.header[at] for at in group)),
                tuple((row[0], *(row[at] for at in group)) for row in self.rows),
                self.note if i == len(groups) - 1 else "",
            )
            for i, group in enumerate(groups)
        ]


def short(value: float, digits: int = 3) -> str:
    """A score without the zero before its point: ``.131``."""
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def signed(value: float, digits: int = 3) -> str:
    """A difference with its sign: ``+.012``."""
    return ("−" if value < 0 else "+") + short(abs(value), digits)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
