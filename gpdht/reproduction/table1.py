"""Table 1: how many TFs and pairs each set has."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gpdht.data.dataset import Dataset
from gpdht.presentation import Table
from gpdht.reproduction.published import TABLE1, count_pairs

COLUMNS = ["set", "cells", "genes", "genes_with_edge", "tfs", "positives", "negatives"]
PUBLISHED = ["published_tfs", "published_positives", "published_negatives", "agrees"]


def count_sets(datasets: Mapping[str, Dataset]) -> pd.DataFrame:
    """One row for each set, with columns `COLUMNS` and `PUBLISHED` (missing where not printed)."""
    rows = []
    for name, dataset in datasets.items():
        found = count_pairs(dataset)
        printed = TABLE1.get(name.removesuffix("-Specific"))
        with_edge = pd.unique(dataset.net[["source", "target"]].to_numpy().ravel())
        row = {
            "set": name,
            "cells": dataset.num_cells,
            "genes": dataset.num_genes,
            "genes_with_edge": len(with_edge),
            **found._asdict(),
        }
        if printed is not None:
            row |= {f"published_{key}": value for key, value in printed._asdict().items()}
            row["agrees"] = printed == found
        rows.append(row)
    table = pd.DataFrame(rows, columns=[*COLUMNS, *PUBLISHED])
    whole = dict.fromkeys((*COLUMNS[1:], *PUBLISHED[:3]), "Int64")
    return table.astype(whole | {"agrees": "boolean"})


def counts_table(table: pd.DataFrame) -> Table:
    """The table with a verdict for each set, and what it means in a sentence."""
    rows = tuple(
        (
            row.set,
            *(f"{getattr(row, name)}" for name in COLUMNS[1:]),
            _verdict(row),
        )
        for row in table.itertuples()
    )
    printed, agree = int(table["agrees"].notna().sum()), int(table["agrees"].sum())
    note = (
        f"{agree} of {printed} sets that the paper prints have its TFs, positives and negatives to "
        "the pair. Positives are known edges; negatives are all other pairs of a TF with a known "
        "edge and a gene of the set, self pairs left out."
    )
    if "mHSC-L500" in set(table["set"]):
        note += " (The paper's own pairs of mHSC-L500 are one off what its other counts give.)"
    return Table(
        "Table 1: TFs and pairs",
        ("", "cells", "genes", "with an edge", "TFs", "positives", "negatives", "the paper"),
        rows,
        note,
    )


def _verdict(row: tuple) -> str:
    values = row._asdict()  # type: ignore[attr-defined]
    if pd.isna(values["agrees"]):
        return "not printed"
    if values["agrees"]:
        return "the same"
    return "/".join(str(values[name]) for name in PUBLISHED[:3])
