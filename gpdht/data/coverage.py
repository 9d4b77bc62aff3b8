"""How much of an edge list a matrix has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from gpdht.data.naming import SPECIES_TOLD, Naming, naming_of, remedy_for
from gpdht.data.problems import Problem


@dataclass(frozen=True)
class Coverage:
    """Of an edge list as it was given, how many TFs, targets and edges are in the matrix.

    Parameters
    ----------
    tfs, targets, edges : those found, and all.
    naming, matrix_naming : how the genes of the edge list and of the matrix are called; None
        without an edge list.
    where : what messages call the edge list.
    """

    matrix_naming: Naming
    naming: Naming | None = None
    where: str = ""
    tfs: tuple[int, int] = (0, 0)
    targets: tuple[int, int] = (0, 0)
    edges: tuple[int, int] = (0, 0)


def coverage_of(
    edges: pd.DataFrame, genes: Collection[str], own: Collection[str], where: str
) -> Coverage:
    """That of an edge list.

    Parameters
    ----------
    edges : `source, target`, each row an edge.
    genes, own : names of the matrix's genes, as they are compared and as they stand there.
    """
    if edges.empty:
        return Coverage(naming_of(own))
    pairs = edges[["source", "target"]].drop_duplicates()
    here = pairs.isin(set(genes))
    tfs, targets = (
        (int(pairs.loc[here[end], end].nunique()), int(pairs[end].nunique())) for end in pairs
    )
    inside = (int(here.all(axis=1).sum()), len(pairs))
    naming = naming_of(pd.unique(pairs.to_numpy().ravel()))
    return Coverage(naming_of(own), naming, where, tfs, targets, inside)


def doubt_names(found: Coverage, said: str | None, where: str) -> list[Problem]:
    """Warnings about names of another kind or species than the edge list's, or than was said.

    Parameters
    ----------
    said : the species that the user names, in the words of `naming` or other ones.
    """
    matrix, problems = found.matrix_naming, []
    if found.naming is not None and (remedy := remedy_for(found.naming, matrix)) is not None:
        text = f"{found.where}: its names look like {found.naming}; those of {where}: {matrix}"
        problems.append(Problem("warning", text, remedy))
    if said in SPECIES_TOLD and matrix.species not in (None, said):
        text = f"{where}: said to be of {said}, but its names look like {matrix}"
        problems.append(Problem("warning", text, f"Write {matrix.species}:DATA if that is right."))
    return problems
