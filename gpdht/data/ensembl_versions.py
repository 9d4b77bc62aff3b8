"""Ensembl ids that differ in the version alone: ENSG00000181449.4 is ENSG00000181449."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

from gpdht.data.problems import Problem

ID = re.compile(r"(ENS[A-Z]*G\d{11})(\.\d+)?")


def match_versions(
    names: Iterable[str], known: Collection[str], where: str
) -> tuple[dict[str, str], list[Problem]]:
    """The names that only another version of a known one has, each with that, and what to say.

    An id that several known names share, such as those of pseudoautosomal genes, is left as it is.
    """
    wanted = {name: match[1] for name in names if (match := ID.fullmatch(name)) is not None}
    if not wanted:
        return {}, []
    known = set(known)
    ids = [(match[1], name) for name in known if (match := ID.fullmatch(name)) is not None]
    times = Counter(own for own, _ in ids)
    there = {own: name for own, name in ids if times[own] == 1}
    matched = {
        name: there[own] for name, own in wanted.items() if name not in known and own in there
    }
    if not matched:
        return {}, []
    old, new = next(iter(matched.items()))
    found = (
        f'{where}: {len(matched)} Ensembl ids have another version, e.g. "{old}" is "{new}" here'
    )
    return matched, [Problem("repaired", found, "Nothing to do: a version names the same gene.")]
