"""TF → target networks out of OmniPath's table of interactions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gpdht.data.problems import Problem
from gpdht.errors import DataError

COLUMNS = (
    "source",
    "target",
    "type",
    "sources",
    "is_stimulation",
    "is_inhibition",
    "consensus_stimulation",
    "consensus_inhibition",
    "n_references",
)
COMPLEX = "COMPLEX:"
ENDS = ["source", "target"]

_LOOK_ALIKES = "P2RY|H2AC|H2BC|H2AZ|B3GNT|B3GAT|B4GAT|R3HDM|R3HCC|N6AMT|C3CER|E2F|G2E3|M6PR"
ACCESSION = (
    rf"(?!{_LOOK_ALIKES})(?:[OPQ]\d[A-Z0-9]{{3}}\d|[A-NR-Z]\d(?:[A-Z][A-Z0-9]{{2}}\d){{1,2}})"
)
"""UniProt's own pattern, without the symbols that look like it (P2RY12, H2AC12)."""


def read_tf_edges(path: Path, evidence: int, *, resource: str = "") -> pd.DataFrame:
    """`source, target, weight` of the transcriptional interactions, names as the table has them.

    Weights are 1, and −1 where the resources agree on repression, or, where they do not agree,
    know of repression alone. Edges without a sign have 1.

    Parameters
    ----------
    path : a parquet file with the columns of OmniPath's interactions.
    resource : a pattern that one of an edge's resources must have; empty takes all.
    evidence : edges that fewer publications support are left out.

    Raises
    ------
    DataError
        If the file is corrupt or has other columns.
    """
    table = _read(path).dropna(subset=ENDS)
    transcriptional = table["type"] == "transcriptional"
    of_resource = table["sources"].astype(str).str.contains(resource)
    publications = pd.to_numeric(table["n_references"], errors="coerce").fillna(0)
    table = table[transcriptional & of_resource & (publications >= evidence)]
    agreed, known = (
        (table[f"{kind}_stimulation"] == 1).astype(int)
        - (table[f"{kind}_inhibition"] == 1).astype(int)
        for kind in ("consensus", "is")
    )
    sign = agreed.where(agreed != 0, known)
    weight = sign.where(sign < 0, 1).astype(float)
    return table[ENDS].astype(str).assign(weight=weight).reset_index(drop=True)


def name_genes(
    edges: pd.DataFrame, names: Mapping[str, str], *, remedy: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges between single genes under their symbols, each once, and what was left out.

    Parameters
    ----------
    edges : as `read_tf_edges` gives them.
    names : UniProt accessions to gene symbols.
    remedy : what to do about accessions that it lacks.
    """
    whole = len(edges)
    complexes = _any_end(edges, rf"{COMPLEX}.*")
    single = edges[~complexes]
    single = single.assign(
        **{end: single[end].map(lambda name: names.get(name, name)) for end in ENDS}
    )
    nameless = _any_end(single, ACCESSION)
    problems = []
    if complexes.any():
        found = f"{complexes.sum():,} of {whole:,} edges have a protein complex as an end"
        problems.append(Problem("repaired", found, "Nothing to do: they were left out."))
    if nameless.any():
        example = single[nameless].iloc[0]
        found = (
            f"{nameless.sum():,} of {whole:,} edges name a gene by its UniProt accession alone, "
            f'e.g. "{example["source"]}" → "{example["target"]}", and were left out'
        )
        problems.append(Problem("warning", found, remedy))
    kept = single[~nameless & (single["source"] != single["target"])]
    return kept.drop_duplicates(ENDS).reset_index(drop=True), problems


def _any_end(edges: pd.DataFrame, pattern: str) -> pd.Series:
    source, target = (edges[end].str.fullmatch(pattern) for end in ENDS)
    return source | target


def _read(path: Path) -> pd.DataFrame:
    try:
        columns = pq.read_schema(path).names
        missing = [name for name in COLUMNS if name not in columns]
        if not missing:
            return pd.read_parquet(path, columns=list(COLUMNS))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DataError(
            f"{path}: cannot be read as parquet ({error}). Install it again."
        ) from error
    raise DataError(
        f"{path}: no column {missing[0]}; expected OmniPath's interactions with "
        f"{', '.join(COLUMNS)}."
    )
