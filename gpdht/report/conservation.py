"""Conserved and specific regulation of two species as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gpdht import plots
from gpdht.network.conservation import Conservation
from gpdht.network.gene_modules import ModuleEdges
from gpdht.report.conservation_words import module_table, sentences, tables, warning
from gpdht.report.page import Figure, Page, Paragraph, Part, Section, write_page
from gpdht.report.words import made

READING = (
    "A pair stands at its two scores. Colour: how many times as many pairs a square holds as it "
    "would if both species had nothing to do with each other; along the diagonal species agree. "
    "Dots are pairs with a class, of many the clearest."
)


def agreement_chart(found: Conservation) -> Any:
    """Both scores of all pairs, and the ones that have a class."""
    one, other = (side.species for side in found.sides)
    return plots.agreement(found.pairs, species=(one, other), classes=found.classes)


def conservation_page(found: Conservation, module: ModuleEdges | None = None) -> Page:
    """The page: what was compared, classes, pairs, hubs, and the module if one was asked about."""
    first, *rest = sentences(found)
    compared, classes, *others = tables(found)
    best = [table for table in others if " best of " in table.title]
    hubs = [table for table in others if " best of " not in table.title]
    one, other = (side.species for side in found.sides)
    return Page(
        title=f"{one} and {other}",
        subtitle="Conserved and specific regulation",
        sections=[
            Section("What it says", [Paragraph(first, lead=True), *map(Paragraph, rest)]),
            Section("What was compared", [compared]),
            Section("Classes", [classes, _figure(found), *best]),
            Section("Hubs", hubs),
            Section("Module", _module(found, module)),
        ],
        notice=warning(found),
        made=made(),
    )


def write_conservation(found: Conservation, out: Path, module: ModuleEdges | None = None) -> int:
    """Write the page, whole or not at all; returns its size in bytes."""
    return write_page(conservation_page(found, module), out)


def _figure(found: Conservation) -> Figure:
    one, other = (side.species for side in found.sides)
    return Figure(f"Scores in {one} and {other}", agreement_chart(found), READING)


def _module(found: Conservation, module: ModuleEdges | None) -> list[Part]:
    if module is None:
        return []
    without = sentences(found)
    said = [text for text in sentences(found, module) if text not in without]
    return [*map(Paragraph, said), module_table(found, module, None)]
