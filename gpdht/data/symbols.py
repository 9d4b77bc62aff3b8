"""Gene names: how they are compared, and which look wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

from gpdht.data.naming import explain_kinds
from gpdht.data.problems import Problem
from gpdht.errors import DataError
from gpdht.presentation import count

Symbols = Literal["exact", "upper"]

SUBSTANTIAL = 0.1
"""If this share of names differs in case alone, they are the same kind of names."""

OTHER_CASE = (
    "Pass --symbols upper if both are of one species. Names are never joined across species by "
    "case: give a list of the matrix's own species (--orthologs translates priors and other sets)."
)

MONTHS = {"mar": ("MARCH{}", "MARCHF{}"), "sep": ("SEP{}", "SEPTIN{}"), "dec": ("DEC{}", "DELEC{}")}
ALL_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "|".join(ALL_MONTHS)
DAMAGED = re.compile(
    rf"^(?:(\d{{1,2}})-({_MONTH})|({_MONTH})-(\d{{1,2}}))(?:-\d{{2,4}})?$", re.IGNORECASE
)
DATE = re.compile(r"^\d{4}-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?)?$|^(\d{1,2})/(\d{1,2})/\d{2,4}$")
SERIALS = range(36526, 55153)  # Excel's numbers of the days from 2000 to 2050
EXCEL_DAY_0 = date(1899, 12, 30)


def spell(names: Iterable[str], symbols: Symbols) -> list[str]:
    """The names as they are compared: in upper case if `symbols` says so."""
    return [name.upper() for name in names] if symbols == "upper" else list(names)


def case_twins(names: Iterable[str], genes: Iterable[str]) -> list[tuple[str, str]]:
    """The names that a gene has in another case, each with that gene."""
    upper = {gene.upper(): gene for gene in genes}
    return [(name, upper[name.upper()]) for name in names if name.upper() in upper]


def explain_mismatch(
    names: Sequence[str],
    genes: Iterable[str],
    *,
    matrix_has: str,
    axes: Sequence[Sequence[str]] | None = None,
) -> str:
    """An example and a remedy for names of which none is a gene; follows "… of the matrix".

    Parameters
    ----------
    matrix_has : what the matrix's names are like.
    axes : its names of rows and of columns, where it is open which are genes.
    """
    genes = list(genes)
    twins = case_twins(names, genes)
    if len(twins) >= SUBSTANTIAL * len(names):
        one, other = twins[0]
        return (
            f' ({len(twins)} if case is ignored, e.g. "{one}"; the matrix has "{other}"). '
            f"{explain_kinds(names, genes) or OTHER_CASE}"
        )
    remedy = explain_kinds(names, *(axes or [genes]))
    remedy = remedy or "Give both in the same kind of gene names."
    return f' (e.g. "{names[0]}"; the matrix has {matrix_has}). {remedy}'


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
            f"{explain_kinds(unique, known) or OTHER_CASE}"
        )


def restored(name: str) -> tuple[str, ...]:
    """What a name that Excel took for a date probably was; empty for an ordinary name."""
    if (match := DAMAGED.match(name)) is not None:
        day, month = int(match[1] or match[4]), (match[2] or match[3]).lower()
        return tuple(form.format(day) for form in MONTHS.get(month, (month.upper() + "{}",)))
    if (match := DATE.match(name)) is not None:
        month, day = int(match[1] or match[3]), int(match[2] or match[4])
        return restored(f"{day}-{ALL_MONTHS[month - 1]}") if 1 <= month <= len(ALL_MONTHS) else ()
    return ()


def dates_of(names: Iterable[str], *, among: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Those names that a spreadsheet turned into dates, and what each probably was.

    Parameters
    ----------
    among : all names; where most are no numbers, the number of a day is a date too.
    """
    numbers = sum(name.isdigit() for name in among)
    found = {name: restored(name) for name in names}
    if 2 * numbers < len(among):
        for name in found:
            if name.isdigit() and int(name) in SERIALS:
                day = EXCEL_DAY_0 + timedelta(days=int(name))
                found[name] = restored(day.isoformat())
    return {name: genes for name, genes in found.items() if genes}


def find_damaged(names: Iterable[str], where: str) -> list[Problem]:
    """A warning about the names that a spreadsheet turned into dates, if there are any."""
    unique = list(dict.fromkeys(names))
    damaged = dates_of(unique, among=unique)
    if not damaged:
        return []
    name, genes = next(iter(damaged.items()))
    dates = count(len(damaged), "gene name looks like a date", "gene names look like dates")
    found = f'{where}: {dates} that Excel made, e.g. "{name}", probably {" or ".join(genes)}'
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
    differ = count(len(twins), "gene differs", "genes differ")
    found = f'{where}: {differ} from another in case alone, e.g. "{one}", "{two}"'
    remedy = "They count as different genes. Merge or rename them if they are one."
    return [Problem("warning", found, remedy)]
