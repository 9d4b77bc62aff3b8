"""What kind of names genes have, and of which species they are, as far as names tell.

Only forms that one species alone has say a species: its Ensembl ids and locus tags, and the
symbols that its nomenclature gives to genes without a better name (human LINC00115, mouse
Gm1992 and 4930412M03Rik). SOX2 and Sox2 say none: many vertebrates have them, and mouse symbols
are often written in upper case.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

KIND, SPECIES = 0.7, 0.95
"""Names are of a kind if this share of them is, and of a species if this share of those that say
one is."""
FEW = 0.02
"""So few names of another kind than most say no species: they may be of added genes."""

ENSEMBL, PRODUCTS = "Ensembl ids", "Ensembl ids of transcripts or proteins"
NUMBERS, TAGS, SYMBOLS = "numbers (Entrez ids?)", "locus tags", "symbols"
VERSION = r"(\.\d+)?"

FORMS = tuple(
    (re.compile(form), kind, species)
    for form, kind, species in (
        (rf"ENSG\d{{11}}{VERSION}", ENSEMBL, "human"),
        (rf"ENSMUSG\d{{11}}{VERSION}", ENSEMBL, "mouse"),
        (rf"ENSRNOG\d{{11}}{VERSION}", ENSEMBL, "rat"),
        (rf"ENSDARG\d{{11}}{VERSION}", ENSEMBL, "zebrafish"),
        (rf"ENS[A-Z]{{3,}}G\d{{11}}{VERSION}", ENSEMBL, None),
        (rf"ENS([A-Z]{{3,}})?[TP]\d{{11}}{VERSION}", PRODUCTS, None),
        (r"\d+", NUMBERS, None),
        (r"Y[A-P][LR]\d{3}[WC](-[A-Z])?", TAGS, "yeast"),
        (r"b\d{4}", TAGS, "E. coli"),
        (r"AT[1-5CM]G\d{5}", TAGS, "Arabidopsis"),
        (r"FBgn\d{7}", TAGS, "fly"),
        (r"WBGene\d{8}", TAGS, "worm"),
        (r"[A-Za-z][A-Za-z0-9]*_[A-Za-z]{0,2}\d{4,6}", TAGS, None),
        (r"LINC\d{5}|RP(?!2[34]-)\d+-\d+[A-Z]\d+\.\d+", "symbols in upper case", "human"),
        (r"\d{7}[A-Z]\d{2}RIK", "symbols in upper case", "mouse"),
        (r"Gm\d{3,}|\d{7}[A-Z]\d{2}Rik", "symbols with a capital", "mouse"),
        (r"(si|zgc|wu):[\w.-]+", "symbols in small letters", "zebrafish"),
        (r"mt-[A-Z]\w+", "symbols with a capital", None),
        (r"[a-z]{3}[A-Z]", "symbols like lacZ", None),
        (r"(?=.*[A-Z])[A-Z0-9][A-Z0-9.@/-]*", "symbols in upper case", None),
        (r"C[0-9XY]+orf\d+\w*", "symbols in upper case", None),
        (r"[A-Z][a-z0-9.-]*[a-z][a-z0-9.-]*", "symbols with a capital", None),
        (r"[a-z][a-z0-9.-]*", "symbols in small letters", None),
    )
)
"""Form of a name, kind, and the one species that has such names; the first that fits counts."""

SPECIES_TOLD = frozenset(species for _, _, species in FORMS if species is not None)

LIKE = {
    "symbols in upper case": "as human ones, or any written so",
    "symbols with a capital": "as those of mouse and rat",
    "symbols in small letters": "as those of zebrafish",
    "symbols like lacZ": "as those of bacteria",
}


@dataclass(frozen=True)
class Naming:
    """How genes are named.

    Parameters
    ----------
    kind : None where no kind is that of most names.
    share : of names of that kind, or of the most frequent one.
    species : None where names do not tell.
    """

    kind: str | None
    share: float
    species: str | None

    def __str__(self) -> str:
        kind = self.kind or "of several kinds, or of none that is known"
        species = f"species unknown ({LIKE[kind]})" if kind in LIKE else "species unknown"
        return f"{kind}, {self.species or species}"


def naming_of(names: Iterable[str]) -> Naming:
    """How genes are named; see the module for what tells a species."""
    found = Counter(_form(name) for name in set(names) if name)
    total = sum(found.values())
    if not total:
        return Naming(None, 0.0, None)
    kinds, symbols = Counter[str](), Counter[str]()
    for (kind, _), number in found.items():
        kinds[kind] += number
        if kind.startswith(SYMBOLS):
            symbols[kind] += number
    kind, number = max(kinds.items(), key=lambda one: one[1])
    if number < KIND * total and sum(symbols.values()) >= KIND * total:
        kind, number = SYMBOLS, sum(symbols.values())
    if kind == "" or number < KIND * total:
        return Naming(None, number / total, None)
    said = Counter[str]()
    for (own, species), count in found.items():
        if species is not None and (own == kind or count >= FEW * total):
            said[species] += count
    species, count = max(said.items(), key=lambda one: one[1], default=("", 0))
    sure = count > 0 and count >= SPECIES * sum(said.values())
    return Naming(kind, number / total, species if sure else None)


def _form(name: str) -> tuple[str, str | None]:
    """Kind ("" if unknown) and species of one name."""
    for form, kind, species in FORMS:
        if form.fullmatch(name):
            return kind, species
    return "", None


def explain_kinds(names: Iterable[str], *axes: Iterable[str]) -> str | None:
    """What to do about names that are of another kind or species than the matrix's; else None.

    Parameters
    ----------
    axes : what may be the matrix's genes. Names of a species count first, then ids, then symbols,
        which cells may look like, then numbers.
    """
    there = min(
        map(naming_of, axes),
        key=lambda one: (one.species is None, _LOOSENESS.get(_general(one.kind), 0)),
    )
    here = naming_of(names)
    remedy = remedy_for(here, there)
    return remedy and f"These look like {here}; the matrix's like {there}. {remedy}"


def remedy_for(here: Naming, there: Naming) -> str | None:
    """What to do where an edge list's names are of another kind or species than the matrix's."""
    if None in (here.kind, there.kind):
        return None
    if None not in (here.species, there.species) and here.species != there.species:
        return (
            "Genes of one name in two species are no orthologs: give an edge list of the matrix's "
            f"species; --prior {here.species}:FILE with --orthologs FILE lets models see this one."
        )
    if _general(here.kind) != _general(there.kind):
        return (
            f"Pass --gene-names COLUMN if the matrix has {_general(here.kind)} in a column beside "
            "its genes (var), or translate one of them."
        )
    return None


_LOOSENESS = {SYMBOLS: 1, NUMBERS: 2, None: 3}


def _general(kind: str | None) -> str | None:
    return SYMBOLS if kind is not None and kind.startswith(SYMBOLS) else kind
