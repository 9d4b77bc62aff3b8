"""Small tables and figures as text, for the terminal and for markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 100
"""Of a page or a terminal, in characters; tables are cut into blocks that fit."""


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


def short(value: float, digits: int = 3) -> str:
    """A score without the zero before its point: ``.131``."""
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def signed(value: float, digits: int = 3) -> str:
    """A difference with its sign: ``+.012``."""
    return ("−" if value < 0 else "+") + short(abs(value), digits)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
