"""Gene names that a spreadsheet changed, or that differ in case alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gpdht.data.dataset import Problem

MONTHS = {"mar": ("MARCH{}", "MARCHF{}"), "sep": ("SEP{}", "SEPTIN{}"), "dec": ("DEC{}", "DELEC{}")}
OTHER_MONTHS = ("jan", "feb", "apr", "may", "jun", "jul", "aug", "oct", "nov")
_MONTH = "|".join((*MONTHS, *OTHER_MONTHS))
DAMAGED = re.compile(rf"^(?:(\d{{1,2}})-({_MONTH})|({_MONTH})-(\d{{1,2}}))$", re.IGNORECASE)


def restored(name: str) -> tuple[str, ...]:
    """What a name that Excel took for a date probably was; empty for an ordinary name."""
    match = DAMAGED.match(name)
    if match is None:
        return ()
    day, month = match[1] or match[4], (match[2] or match[3]).lower()
    return tuple(form.format(int(day)) for form in MONTHS.get(month, (month.upper() + "{}",)))


def find_damaged(names: Iterable[str], where: str) -> list[Problem]:
    """A warning about the names that a spreadsheet turned into dates, if there are any."""
    damaged = [name for name in dict.fromkeys(names) if restored(name)]
    if not damaged:
        return []
    guess = " or ".join(restored(damaged[0]))
    return [
        Problem(
            "warning",
            f"{where}: {len(damaged)} gene names look like dates that Excel made, e.g. "
            f'"{damaged[0]}", probably {guess}',
            "They were left as they are. Rename them in both files, or take the files from "
            "before the spreadsheet.",
        )
    ]


def find_case_twins(genes: Iterable[str], where: str) -> list[Problem]:
    """A warning about genes whose names differ in case alone, if there are any."""
    first: dict[str, str] = {}
    twins = []
    for gene in genes:
        other = first.setdefault(gene.upper(), gene)
        if other != gene:
            twins.append((other, gene))
    if not twins:
        return []
    one, two = twins[0]
    return [
        Problem(
            "warning",
            f'{where}: {len(twins)} genes differ from another in case alone, e.g. "{one}", "{two}"',
            "They count as different genes. Merge or rename them if they are one.",
        )
    ]
