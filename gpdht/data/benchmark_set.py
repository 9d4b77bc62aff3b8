"""From BEELINE's raw files to a benchmark set in the ``BL--`` layout."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.data.checks import clean_net
from gpdht.data.duplicates import merge_duplicates
from gpdht.data.edge_doubts import doubt_network
from gpdht.data.edges import Labels, read_labels
from gpdht.data.expression import check_any, check_names, check_values
from gpdht.data.folders import BEELINE_MATRIX, BL_MATRIX, BL_NET, find_table, point_inside
from gpdht.data.matrices import Matrix
from gpdht.data.matrix_files import read_matrix
from gpdht.data.net_options import AS_FOUND, NetOptions
from gpdht.data.problems import Problem, check_choice
from gpdht.data.selection import Selection, read_ordering, select_genes
from gpdht.data.symbols import Symbols, spell
from gpdht.errors import DataError

ORDERING = "GeneOrdering"


@dataclass(frozen=True, eq=False)
class BenchmarkSet:
    """What a ``BL--`` folder holds.

    Parameters
    ----------
    selection : how the genes were chosen, and which.
    tfs : the genes that count as TFs: those of the TF list, and every source of `net`.
    net : `source, target[, weight]` between genes of the set; no self edges, no duplicates.
    matrix : genes × cells; `None` if the set was made without expression.
    without_expression : genes of the ordering that the matrix lacks; they were left out of all.
    problems : what was dropped of the network or is doubtful in it, before genes were chosen.
    """

    selection: Selection
    tfs: list[str]
    net: pd.DataFrame
    matrix: Matrix | None
    without_expression: list[str]
    problems: tuple[Problem, ...] = ()


def select_set(
    raw: str | Path,
    net: str | Path,
    tfs: str | Path,
    *,
    number: int = 500,
    p_value: float = 0.01,
    symbols: Symbols = "exact",
    expression: bool = True,
    net_options: NetOptions = AS_FOUND,
) -> BenchmarkSet:
    """The benchmark set of a raw cell type, by the published protocol (`select_genes`).

    Parameters
    ----------
    raw : folder with ``GeneOrdering.csv`` and ``ExpressionData.csv`` (genes × cells).
    net : whole network of known edges; those between two different genes of the set are kept.
    tfs : TF list.
    number : how many genes besides the TFs.
    symbols : ``upper`` writes all gene names in upper case before they are compared.
    expression : genes that the matrix lacks do not count, as in BEELINE's own script. False
        leaves the matrix aside: for a set that takes the matrix of its sibling, as the STRING
        and the non-specific sets do, or where only the genes and edges are of interest.
    net_options : what is to be said of the network: its columns, which of its rows are edges.

    Raises
    ------
    DataError
        With what was found, what was expected and what to do.
    """
    check_choice("symbols", symbols, Symbols)
    ordering_path = _find(Path(raw), ORDERING)
    ordering = read_ordering(ordering_path, symbols=symbols)
    names = set(ordering.index)
    labels = read_labels(net, tfs, names, symbols=symbols, options=net_options)
    listed = _check_tfs(labels, ordering, Path(tfs), symbols)
    matrix = None
    if expression:
        matrix = read_matrix(_find(Path(raw), BEELINE_MATRIX))
        matrix = replace(matrix, rows=spell(matrix.rows, symbols))
    lost = [] if matrix is None else _lacking(ordering, matrix, ordering_path)
    selection = select_genes(ordering.drop(index=lost), listed, number=number, p_value=p_value)
    if not selection.genes:
        raise DataError(
            f"{ordering_path}: {selection.passing} of {len(ordering) - len(lost)} genes have "
            f"p < {selection.threshold:.3g}, and none is chosen; raise --p-value or --genes."
        )
    kept, _ = clean_net(labels.edges, selection.genes, labels.where)
    regulators = {*listed, *kept["source"]}
    of_matrix = () if matrix is None else matrix.problems
    return BenchmarkSet(
        selection=selection,
        tfs=[gene for gene in selection.genes if gene in regulators],
        net=kept,
        matrix=None if matrix is None else _restrict(matrix, selection.genes),
        without_expression=lost,
        problems=(*of_matrix, *labels.problems, *doubt_network(kept, labels)),
    )


def write_set(chosen: BenchmarkSet, folder: str | Path) -> Path:
    """Write a set as a ``BL--`` folder, whole or not at all.

    The files are ``BL--ExpressionData.csv.gz`` (if the set has expression), ``BL--network.csv``,
    and ``TF.csv`` and ``Target.csv``, which number the genes in the order of the matrix.

    Raises
    ------
    DataError
        If the folder exists and is not empty.
    """
    place = Path(folder)
    check_vacant(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".gpdht-", dir=place.parent) as work:
        made = Path(work) / "set"
        made.mkdir()
        _write_tables(chosen, made)
        if place.exists():
            place.rmdir()
        shutil.move(made, place)
    return place


def check_vacant(folder: Path) -> None:
    """Raise `DataError` unless a set can be written there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            f"{folder}: exists already and is not empty; expected a new folder. Remove it, or "
            "give another with -o."
        )


def _find(raw: Path, stem: str) -> Path:
    """A raw file, by its name without ending."""
    if not raw.is_dir():
        raise DataError(
            f"{raw}: no such folder; expected BEELINE's raw files of one cell type "
            f"({BEELINE_MATRIX}.csv, {ORDERING}.csv). `gpdht data download beeline` fetches them."
        )
    if (path := find_table(raw, stem)) is not None:
        return path
    if (pointer := point_inside(raw, stem)) is not None:
        raise DataError(f"{raw}: no {stem}.csv, but {pointer}")
    more = ""
    if stem == BEELINE_MATRIX:
        more = " --no-expression writes the set's genes and edges without a matrix."
    raise DataError(f"{raw}: no {stem}.csv; expected BEELINE's file of that name.{more}")


def _check_tfs(labels: Labels, ordering: pd.DataFrame, path: Path, symbols: Symbols) -> list[str]:
    """The TF list, of which some must be genes of the ordering."""
    listed = labels.tfs or []
    if not ordering.index.isin(listed).any():
        raise DataError(
            f'{path}: 0 of {len(listed)} TFs are genes of {ORDERING} (e.g. "{listed[0]}"; it has '
            f'"{ordering.index[0]}"). Give the list of the same species'
            f"{'.' if symbols == 'upper' else ', or pass --symbols upper.'}"
        )
    return listed


def _lacking(ordering: pd.DataFrame, matrix: Matrix, where: Path) -> list[str]:
    """The genes of the ordering that the matrix lacks."""
    expressed = set(matrix.rows)
    lost = [gene for gene in ordering.index if gene not in expressed]
    if len(lost) == len(ordering):
        raise DataError(
            f"{where}: 0 of {len(lost)} genes are rows of {matrix.where} (e.g. "
            f'"{lost[0]}"; its rows are like "{matrix.rows[0]}"). Expected genes × cells with '
            "the same names."
        )
    return lost


def _restrict(matrix: Matrix, genes: list[str]) -> Matrix:
    """The rows of these genes, in their order, checked as a dataset's are."""
    chosen = set(genes)
    at = [i for i, name in enumerate(matrix.rows) if name in chosen]
    values, rows = np.asarray(matrix.values)[at], [matrix.rows[i] for i in at]
    subset = replace(matrix, values=values, rows=rows).transposed()
    check_names(subset)
    merge_duplicates(subset, "error")
    check_values(subset)
    check_any(bool(values.any()), subset)
    place = {name: i for i, name in enumerate(rows)}
    return replace(matrix, values=values[[place[gene] for gene in genes]], rows=genes)


def _write_tables(chosen: BenchmarkSet, folder: Path) -> None:
    genes = chosen.selection.genes
    if chosen.matrix is not None:
        frame = pd.DataFrame(chosen.matrix.values, index=genes, columns=chosen.matrix.columns)
        # A fixed time in the header: equal sets are equal files.
        compression = {"method": "gzip", "compresslevel": 6, "mtime": 1}
        frame.to_csv(folder / f"{BL_MATRIX}.csv.gz", compression=compression)
    titles = {"source": "Gene1", "target": "Gene2", "weight": "Score"}
    chosen.net.rename(columns=titles).to_csv(folder / f"{BL_NET}.csv", index=False)
    place = {gene: i for i, gene in enumerate(genes)}
    for title, names, stem in (("TF", chosen.tfs, "TF"), ("Gene", genes, "Target")):
        table = pd.DataFrame({title: names, "index": [place[name] for name in names]})
        table.to_csv(folder / f"{stem}.csv")
