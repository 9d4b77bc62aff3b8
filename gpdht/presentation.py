"""Tables and numbers as text, and what kinds of models are called in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["gpdht", "variant", "peer", "label", "expression", "prior", "control"]

KINDS: dict[str, str] = {
    "gpdht": "GP-DHT",
    "variant": "GP-DHT, other settings",
    "peer": "published model",
    "label": "labels only",
    "expression": "expression only",
    "prior": "with priors",
    "control": "control",
}
"""What the kinds of models are called. `variant`: GP-DHT with other levels or as published; `peer`:
a model that the paper compares with; `label` sees no expression; `expression` does not know which
gene is which; `prior` sees prior networks, and labels or expression too; `control`: GP-DHT with
something taken away."""

WIDTH = 100
"""Of a page or a terminal, in characters; tables are cut into blocks that fit."""

_GAP = 2  # between columns


@dataclass(frozen=True)
class Table:
    """A table for a terminal, a page or a Markdown file: the first column names the rows.

    Parameters
    ----------
    words : positions of the columns that hold words, which stand left; numbers stand right.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    words: Sequence[int] = (0,)

    def markdown(self) -> str:
        """Title, table and note, with empty lines between them."""
        table = [
            _line(self.header),
            _line(["---" if i in self.words else "---:" for i in range(len(self.header))]),
            *map(_line, self.rows),
        ]
        parts = [f"**{self.title}**" if self.title else "", "\n".join(table), self.note]
        return "\n\n".join(part for part in parts if part)

    def cut(self, width: int = WIDTH) -> list[Table]:
        """The table, or several under each other, each with as many columns as fit.

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
            Table(
                self.title if i == 0 else "",
                (self.header[0], *(self.header[at] for at in group)),
                tuple((row[0], *(row[at] for at in group)) for row in self.rows),
                self.note if i == len(groups) - 1 else "",
                tuple(new for new, at in enumerate((0, *group)) if at in self.words),
            )
            for i, group in enumerate(groups)
        ]


def short(value: float, digits: int = 3) -> str:
    """A score without the zero before its point: ``.131``."""
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def short_signed(value: float, digits: int = 3) -> str:
    """A difference with its sign, without the zero: ``+.012``."""
    return ("−" if value < 0 else "+") + short(abs(value), digits)


def number(value: float, digits: int = 3) -> str:
    """``0.484``; a dash for what is undefined."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 3) -> str:
    """``+0.016`` or ``−0.016``."""
    return "–" if math.isnan(value) else f"{value:+.{digits}f}".replace("-", "−")


def spread(mean: float, sd: float, digits: int = 3) -> str:
    """A mean and its standard deviation: ``0.484 ± 0.012``; without deviation the mean alone."""
    return number(mean, digits) + ("" if math.isnan(sd) else f" ± {number(sd, digits)}")


def between(low: float, high: float, *, sign: bool = False, dash: bool = False) -> str:
    """``0.427 to 0.538``, or ``0.427–0.538``; empty without an interval."""
    if math.isnan(low) or math.isnan(high):
        return ""
    write = signed if sign else number
    return f"{write(low)}{'–' if dash else ' to '}{write(high)}"


def with_interval(value: float, low: float, high: float, *, sign: bool = False) -> str:
    """``0.484 (0.427 to 0.538)``."""
    ends = between(low, high, sign=sign)
    return (signed(value) if sign else number(value)) + (f" ({ends})" if ends else "")


def p_value(value: float) -> str:
    """``.012``, and ``< .001`` below that; a dash for what is undefined."""
    return "–" if math.isnan(value) else "< .001" if value < 0.001 else short(value)


def seconds(value: float) -> str:
    """``12 s``, ``3.4 min``, ``2.1 h``."""
    if math.isnan(value):
        return "–"
    if value < 60:
        return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"
    return f"{value / 60:.1f} min" if value < 3600 else f"{value / 3600:.1f} h"


def energy(wh: float) -> str:
    """``12 Wh``, ``1.2 kWh``."""
    if wh >= 1000:
        return f"{wh / 1000:.1f} kWh"
    return f"{wh:.0f} Wh" if wh >= 10 else f"{wh:.2g} Wh"


def count(many: int, one: str, several: str | None = None) -> str:
    """``1 trial``, ``3 trials``, ``1,200 trials``."""
    return f"{many:,} {one if many == 1 else several or one + 's'}"


def setting(value: Any) -> str:
    """The value of a setting, with four digits where it is a number with a point."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
