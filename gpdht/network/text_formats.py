"""Networks as tables, each with the columns that its readers expect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from gpdht.network.export import write_part

ENDS = ["source", "target"]


def write_plain(edges: pd.DataFrame, part: Path, *, path: Path, **_: Any) -> None:
    """All columns: `source, target, weight, rank, known[, sign][, precision]`."""
    write_part(edges, part, path)


def write_decoupler(edges: pd.DataFrame, part: Path, *, path: Path, **_: Any) -> None:
    """`source, target, weight`: what decoupler's methods take as `net`."""
    write_part(edges[[*ENDS, "weight"]], part, path)


def write_arboreto(edges: pd.DataFrame, part: Path, *, path: Path, **_: Any) -> None:
    """`TF, target, importance`: arboreto's links, pySCENIC's adjacencies."""
    columns = {"source": "TF", "weight": "importance"}
    write_part(edges[[*ENDS, "weight"]].rename(columns=columns), part, path)


def write_beeline(edges: pd.DataFrame, part: Path, *, path: Path, **_: Any) -> None:
    """`Gene1, Gene2, EdgeWeight`, with tabs whatever the ending: BEELINE's `rankedEdges.csv`."""
    columns = {"source": "Gene1", "target": "Gene2", "weight": "EdgeWeight"}
    write_part(edges[[*ENDS, "weight"]].rename(columns=columns), part, path, separator="\t")


def write_celloracle(edges: pd.DataFrame, part: Path, **_: Any) -> None:
    """CellOracle's base GRN: a row for each target, a column for each TF, 1 for an edge.

    What `Oracle.import_TF_data(TF_info_matrix_path=…)` reads, `peak_id` and `gene_short_name`
    first. CellOracle fits its own coefficients to these edges; it takes no weights.
    """
    targets, tfs = (pd.unique(edges[end]) for end in ("target", "source"))
    matrix = pd.crosstab(edges["target"], edges["source"]).loc[targets, tfs].astype("float32")
    matrix = matrix.rename_axis(index=None, columns=None).reset_index(drop=True)
    matrix.insert(0, "peak_id", targets)
    matrix.insert(1, "gene_short_name", targets)
    matrix.to_parquet(part, index=False)
