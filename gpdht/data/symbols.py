"""Gene names: how they are compared, and which look wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from gpdht.data.problems import Problem
from gpdht.errors import DataError

Symbols = Literal["exact", "upper"]

SUBSTANTIAL = 0.1
"""If this share of names differs in case alone, they are the same kind of names."""

OTHER_CASE = (
    "Pass --symbols upper if both are of one species. Names are never joined across species by "
    "case: give a list of the matrix's own species (--orthologs translates priors and other sets)."
)

MONTHS = {"mar": ("MARCH{}", "MARCHF{}"), "sep": ("SEP{}", "SEPTIN{}"), "dec": ("DEC{}", "DELEC{}")}
OTHER_MONTHS = ("jan", "feb", "apr", "may", "jun", "jul", "aug", "oct", "nov")
_MONTH = "|".join((*MONTHS, *OTHER_MONTHS))
DAMAGED = re.compile(rf"^(?:(\d{{1,2}})-({_MONTH})|({_MONTH})-(\d{{1,2}}))$", re.IGNORECASE)


def spell(names: Iterable[str], symbols: Symbols) -> list[str]:
    """The names as they are compared: in upper case if `symbols` says so."""
    return [name.upper() for name in names] if symbols == "upper" else list(names)


def case_twins(names: Iterable[str], genes: Iterable[str]) -> list[tuple[str, str]]:
    """The names that a gene has in another case, each with that gene."""
    upper = {gene.upper(): gene for gene in genes}
    return [(name, upper[name.upper()]) for name in names if name.upper() in upper]


def explain_mismatch(names: Sequence[str], genes: Iterable[str], *, matrix_has: str) -> str:
    """An example and a remedy for names of which none is a gene; follows "… of the matrix"."""
    twins = case_twins(names, genes)
    if len(twins) >= SUBSTANTIAL * len(names):
        one, other = twins[0]
        return (
            f' ({len(twins)} if case is ignored, e.g. "{one}"; the matrix has "{other}"). '
            f"{OTHER_CASE}"
        )
    return (
        f' (e.g. "{names[0]}"; the matrix has {matrix_has}). Give both in the same kind of gene '
        "names."
    )


def check_case(names: Iterable[str], genes: Iterable[str], where: str) -> None:
    """Raise `DataError` if names are more than twice as many of the genes once case is ignored."""
    unique, known = dict.fromkeys(names), set(genes)
    exact = len(known & unique.keys())
    twins = case_twins([name for name in unique if name not in known], known)
    alike = len({*spell(unique, "upper")} & {*spell(known, "upper")})
    if alike > 2 * exact:
        raise DataError(
            f"{where}: {exact} of {len(unique)} names are genes of the expression matrix, {alike} "
            f'if case is ignored (e.g. "{twins[0][0]}"; the matrix has "{twins[0][1]}"). '
            f"{OTHER_CASE}"
        )


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
    found = (
        f"{where}: {len(damaged)} gene names look like dates that Excel made, e.g. "
        f'"{damaged[0]}", probably {" or ".join(restored(damaged[0]))}'
    )
    remedy = (
        "They were left as they are. Rename them in both files, or take the files from before the "
        "spreadsheet."
    )
    return [Problem("warning", found, remedy)]


def find_case_twins(genes: Iterable[str], where: str) -> list[Problem]:
    """A warning about genes whose names differ only in case, if there are any."""
    first: dict[str, str] = {}
    pairs = [(first.setdefault(gene.upper(), gene), gene) for gene in genes]
    twins = [(one, two) for one, two in pairs if one != two]
    if not twins:
        return []
    one, two = twins[0]
    found = f'{where}: {len(twins)} genes differ from another in case alone, e.g. "{one}", "{two}"'
    remedy = "They count as different genes. Merge or rename them if they are one."
    return [Problem("warning", found, remedy)]
