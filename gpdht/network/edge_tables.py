"""Edge tables in, for analysis: out-of-fold scores or a predicted net, best edge first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.data.matrices import read_parquet
from gpdht.data.tables import read_strings
from gpdht.errors import DataError
from gpdht.presentation import count

OUT_OF_FOLD = ("source", "target", "label", "fold", "score")
PREDICTED = ("source", "target", "weight", "known")
BASELINE = "baseline"
YES, NO = {"true", "1", "1.0"}, {"false", "0", "0.0"}
REMEDY = (
    f"Expected {','.join(OUT_OF_FOLD)}[,{BASELINE}] as `gpdht fit --scores` writes it, or "
    f"{','.join(PREDICTED)} as `gpdht predict` does. Give one of these files."
)


@dataclass(frozen=True, eq=False)
class EdgeTable:
    """Candidate pairs with a weight, and which of them are known.

    Parameters
    ----------
    edges : `source, target, weight, known[, fold][, baseline]`, best first, equal weights by name;
        each pair once, no self pairs. `fold` is that in which the pair was tested, `baseline` the
        score of labels alone.
    out_of_fold : whether each weight is from a model that had not seen the pair's label.
    split : what the tested pairs were drawn by: ``edge``, ``target``, ``tf`` or ``both``, as the
        folds show; None if not out of fold.
    """

    edges: pd.DataFrame
    out_of_fold: bool
    split: str | None = None

    @property
    def num_known(self) -> int:
        return int(self.edges["known"].sum())

    @property
    def has_baseline(self) -> bool:
        return BASELINE in self.edges

    def top(self, number: int, *, by: str = "weight") -> pd.DataFrame:
        """The `number` best edges by `weight` or `baseline`, equal ones by name.

        Raises
        ------
        DataError
            If the table has fewer edges, or `number` is below 1.
        """
        if not 1 <= number <= len(self.edges):
            raise DataError(
                f"a network of the {number} best edges cannot be had from a table of "
                f"{len(self.edges)}; ask for 1 to {len(self.edges)}."
            )
        return (self.edges if by == "weight" else _best_first(self.edges, by)).head(number)

    def tied(self, number: int, *, by: str = "weight") -> tuple[int, int]:
        """How many edges tie with the last of the top network, and how many of them are in it."""
        weight_P = self.edges[by].to_numpy()
        last = np.partition(weight_P, -number)[-number]
        above = int((weight_P > last).sum())
        return int((weight_P == last).sum()), number - above

    def missing(self) -> int:
        """How many pairs of the table's TFs and genes, self pairs aside, it does not hold."""
        tfs = set(self.edges["source"])
        genes = tfs | set(self.edges["target"])
        return len(tfs) * (len(genes) - 1) - len(self.edges)


def read_edge_table(path: str | Path) -> EdgeTable:
    """The edge table of a parquet or text file, of either sort.

    Raises
    ------
    DataError
        If the file is missing or of another sort, names a pair twice or a gene with itself, or
        holds what is no finite number, no label or no fold.

    Examples
    --------
    >>> import pandas as pd
    >>> import gpdht as gp
    >>> net = pd.DataFrame({"source": ["A", "A"], "target": ["B", "C"], "weight": [0.9, 0.4]})
    >>> net.assign(rank=[1, 2], known=[True, False]).to_parquet("net.parquet")
    >>> table = gp.read_edge_table("net.parquet")
    >>> table.num_known, table.missing()
    (1, 0)
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file. {REMEDY}")
    table = _read(path)
    out_of_fold = set(OUT_OF_FOLD) <= set(table)
    if not out_of_fold and not set(PREDICTED) <= set(table):
        raise DataError(f'{path}: the columns are "{",".join(map(str, table))}". {REMEDY}')
    if table.empty:
        raise DataError(f"{path}: 0 edges after the header; expected one line for each pair.")
    weight, known = ("score", "label") if out_of_fold else ("weight", "known")
    edges = table[["source", "target"]].reset_index(drop=True)
    _check_pairs(path, edges)
    edges["weight"] = _numbers(path, table[weight], weight)
    edges["known"] = _flags(path, table[known], known)
    if out_of_fold:
        edges["fold"] = _numbers(path, table["fold"], "fold").astype(np.int64)
        if BASELINE in table:
            edges[BASELINE] = _numbers(path, table[BASELINE], BASELINE)
    split = _split_of(edges) if out_of_fold else None
    return EdgeTable(_best_first(edges, "weight"), out_of_fold, split)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix in (".parquet", ".pq"):
        return read_parquet(path)
    text = read_strings(path)  # as text: a gene may be called NA
    return text.iloc[1:].set_axis([str(name) for name in text.iloc[0]], axis=1)


def _best_first(edges: pd.DataFrame, by: str) -> pd.DataFrame:
    return edges.sort_values(
        [by, "source", "target"], ascending=[False, True, True], ignore_index=True
    )


def _check_pairs(path: Path, edges: pd.DataFrame) -> None:
    empty = edges.isna().any(axis=1) | (edges == "").any(axis=1)
    if empty.any():
        raise DataError(
            f"{path}: {count(empty.sum(), 'line lacks', 'lines lack')} a source or target, "
            f"first line {empty.argmax() + 1} after the header. Name both genes of each pair."
        )
    for bad, what in (
        (edges["source"] == edges["target"], "of a gene with itself"),
        (edges.duplicated(), "that stood there before"),
    ):
        if bad.any():
            pair = " → ".join(edges.loc[bad, ["source", "target"]].iloc[0])
            raise DataError(
                f"{path}: {count(bad.sum(), 'pair')} {what}, e.g. {pair}; expected each "
                "pair of two genes once. Remove them, and ask which weight is meant."
            )


def _numbers(path: Path, column: pd.Series, name: str) -> np.ndarray:
    """The column as float64; text is read by Python, exact to the last digit."""
    try:
        values = column.to_numpy().astype(np.float64)
    except (TypeError, ValueError):
        values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise DataError(
            f'{path}: "{name}" is no finite number in {count(wrong.sum(), "line")}, e.g. '
            f'"{column.to_numpy()[wrong][0]}". Write the table again, or remove these pairs.'
        )
    return values


def _flags(path: Path, column: pd.Series, name: str) -> np.ndarray:
    text = column.astype(str).str.lower()
    wrong = ~text.isin(YES | NO)
    if wrong.any():
        raise DataError(
            f'{path}: "{name}" is neither 0 nor 1 in {count(wrong.sum(), "line")}, e.g. '
            f'"{column[wrong].iloc[0]}"; expected 1 (or True) for a known edge, else 0.'
        )
    return text.isin(YES).to_numpy()


def _split_of(edges: pd.DataFrame) -> str:
    """What was drawn: where all pairs of a gene are tested in one fold, the gene was."""
    whole = {
        end: bool((edges.groupby(end)["fold"].nunique() == 1).all()) for end in ("source", "target")
    }
    if whole["source"]:
        return "both" if whole["target"] else "tf"
    return "target" if whole["target"] else "edge"
