"""A page as plain data, and as one html file that loads nothing from anywhere.

Charts are JSON in the page and drawn by the one copy of the chart library in it. All text is
escaped where it is written; a Content-Security-Policy lets only the page's own two scripts run,
known by their hashes, and forbids every request.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gpdht import plots
from gpdht.errors import GpdhtError
from gpdht.files import write_whole
from gpdht.presentation import Table

LONG = 32
"""A column with more characters in a cell is kept wide enough to read."""

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `lead` sets it off as what the page says above all."""

    text: str
    lead: bool = False


@dataclass(frozen=True)
class Command:
    """A command line to type."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Figure:
    """A chart with its title and one sentence that says how to read it.

    Parameters
    ----------
    zooms : whether wheel and drag zoom and move it, once it has been clicked.
    """

    title: str
    chart: Any
    reading: str
    zooms: bool = False


@dataclass(frozen=True)
class Choice:
    """Parts of which one is shown, by a name that the reader picks."""

    label: str
    options: Sequence[tuple[str, Sequence[Part]]]


@dataclass(frozen=True)
class Folded:
    """Parts that are shown on demand."""

    title: str
    parts: Sequence[Part]


Part = Paragraph | Command | Facts | Table | Figure | Choice | Folded


@dataclass(frozen=True)
class Section:
    """A titled part of a page; without parts it is left out."""

    title: str
    parts: Sequence[Part]

    @property
    def anchor(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


@dataclass(frozen=True)
class Page:
    """A page.

    Parameters
    ----------
    subtitle : what the title is the name of.
    notice : what a reader has to know first, e.g. that more is to come; empty for nothing.
    made : by which version, and when.
    """

    title: str
    subtitle: str
    sections: Sequence[Section]
    notice: str = ""
    made: str = ""

    def figures(self) -> list[Figure]:
        """All charts, in the order of the page."""
        parts = [part for section in self.sections for part in section.parts]
        return [part for part in _walk(parts) if isinstance(part, Figure)]


def render(page: Page) -> str:
    """The page as html."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    library, own = plots.javascript(), (_HERE / "page.js").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(
        page=page,
        sections=[section for section in page.sections if section.parts],
        style=Markup((_HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704
        scripts=[Markup(library), Markup(own)],  # noqa: S704
        policy=_policy(library, own),
        # "<" is escaped in it, so that no name can end the element
        spec=lambda chart: Markup(plots.spec(chart)),  # noqa: S704
        kind=lambda part: type(part).__name__,
        classes=_classes,
        number=count(1).__next__,
    )


def check_page_path(path: Path) -> None:
    """Refuse a place where no page can be written, before the work.

    Raises
    ------
    GpdhtError
        Naming what is wrong with it.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise GpdhtError(f"{path}: a page's name ends in .html; give such a name to --out.")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise GpdhtError(f"{path}: the folder {folder} does not exist; make it first.")
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise GpdhtError(f"{path} cannot be written; choose another place or change its rights.")


def write_page(page: Page, path: Path) -> int:
    """Write the page, whole or not at all; returns its size in bytes."""
    check_page_path(path)
    content = render(page).encode()
    try:
        write_whole(path, lambda part: part.write_bytes(content))
    except OSError as error:
        raise GpdhtError(f"{path} could not be written: {error}") from error
    return len(content)


def _classes(table: Table, column: int) -> str:
    """How a column is set: ``words``, and ``long`` where it holds sentences."""
    if column not in table.words:
        return ""
    longest = max((len(row[column]) for row in table.rows), default=0)
    return "words long" if column and longest > LONG else "words"


def _policy(*scripts: str) -> str:
    hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts)
    allowed = " ".join(f"'sha256-{text}'" for text in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _walk(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        if isinstance(part, Folded):
            yield from _walk(part.parts)
        elif isinstance(part, Choice):
            for _, inner in part.options:
                yield from _walk(inner)
