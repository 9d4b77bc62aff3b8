"""UniProt accessions to human gene symbols, from tables of the HGNC."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gpdht.data.tables import read_columns
from gpdht.errors import DataError

SYMBOLS = ("symbol", "Approved symbol")
ACCESSIONS = ("uniprot_ids", "UniProt ID(supplied by UniProt)")


def read_names(path: Path) -> dict[str, str]:
    """UniProt accession → gene symbol; accessions of several genes are left out.

    Parameters
    ----------
    path : HGNC's ``hgnc_complete_set.txt``, or a table downloaded from its site, with the columns
        of symbols and of UniProt accessions.

    Raises
    ------
    DataError
        If it is no table, or lacks one of the columns.
    """
    table = read_columns(path)
    symbol, accession = (
        next((name for name in known if name in table), None) for known in (SYMBOLS, ACCESSIONS)
    )
    if symbol is None or accession is None:
        raise DataError(
            f"{path}: no column of symbols and of UniProt accessions; expected those of HGNC's "
            f"hgnc_complete_set.txt, {SYMBOLS[0]} and {ACCESSIONS[0]}."
        )
    named = table[[symbol, accession]].set_axis(["symbol", "accession"], axis=1)
    named = named.assign(accession=named["accession"].str.findall(r"\w+")).explode("accession")
    named = named.dropna().drop_duplicates()
    unique = ~named["accession"].duplicated(keep=False) & (named["symbol"] != "")
    pairs: pd.DataFrame = named.loc[unique, ["accession", "symbol"]]
    return dict(pairs.itertuples(index=False, name=None))
