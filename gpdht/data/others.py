"""Other sets that help to learn one set's network: other cell types, other species.

Their genes are joined with those of the set by name, or by one-to-one orthologs; cells, expression
and labels stay with each set. Where all are handled together, genes are *rows*: the set's own
genes first, then those of each other set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from gpdht.data.dataset import Dataset
from gpdht.data.priors import Orthologs, Prior, are_own_labels
from gpdht.data.problems import Problem

OTHER_SETS = "other sets"
"""The prior that the labels of the other sets make."""

SAME_CELLS = 0.5
"""Sets that share a larger part of their cells are one set."""


def with_others(
    dataset: Dataset,
    others: Sequence[Dataset],
    *,
    orthologs: Mapping[str, Orthologs] | None = None,
) -> Dataset:
    """The dataset with other sets to learn from.

    A set never helps itself: variants of it (its edges, or its cells) are left out, and a
    set's own labels are in no network that the others see. The labels of the others make a prior,
    `OTHER_SETS`; that of each other set is made of the remaining ones.

    Parameters
    ----------
    others : opened with the same priors as the dataset.
    orthologs : of sets of another species, by name: their genes to the dataset's. Genes without
        one stand apart.
    """
    tables = orthologs or {}
    joined = [_renamed(other, tables.get(other.name)) for other in others]
    problems = [_variant(dataset, other) for other in joined]
    kept = [other for other, why in zip(joined, problems, strict=True) if why is None]
    names = {prior.name for prior in dataset.priors}  # what is no prior here may be its labels
    helped = tuple(
        _with_labels_of(
            replace(other, priors=tuple(p for p in other.priors if p.name in names)),
            [one for one in kept if one is not other and _variant(other, one) is None],
        )
        for other in kept
    )
    notes = [_shared(dataset, other) for other in kept]
    return replace(
        _with_labels_of(dataset, kept),
        others=helped,
        problems=(*dataset.problems, *filter(None, problems), *filter(None, notes)),
    )


def sets_of(dataset: Dataset) -> tuple[Dataset, ...]:
    """The set itself, then the others."""
    return (dataset, *dataset.others)


def first_rows(dataset: Dataset) -> np.ndarray:
    """The first row of each set, and the number of rows."""
    return np.cumsum([0, *(one.num_genes for one in sets_of(dataset))])


def own_genes(dataset: Dataset) -> np.ndarray:
    """Of each row, the position of that gene in the set itself; −1 where it has none, (R,)."""
    genes = pd.Index(dataset.genes)
    return np.concatenate([genes.get_indexer(one.genes) for one in sets_of(dataset)])


def shared_genes(dataset: Dataset) -> np.ndarray:
    """A number of each row that rows of the same gene share, (R,); own genes keep theirs."""
    return pd.factorize(np.concatenate([one.genes for one in sets_of(dataset)]))[0]


def _renamed(other: Dataset, orthologs: Orthologs | None) -> Dataset:
    """The set under the names of the dataset's species; genes without ortholog get its own."""
    if orthologs is None:
        return other

    def named(gene: str) -> str:
        return orthologs.get(gene, f"{other.species}:{gene}")

    def renamed(edges: pd.DataFrame) -> pd.DataFrame:
        return edges.assign(**{end: edges[end].map(named) for end in ("source", "target")})

    return replace(
        other,
        genes=np.array([named(gene) for gene in other.genes.tolist()], dtype=str),
        net=renamed(other.net),
        tfs=np.array([named(tf) for tf in other.tfs.tolist()], dtype=str),
        priors=tuple(replace(prior, edges=renamed(prior.edges)) for prior in other.priors),
    )


def _variant(dataset: Dataset, other: Dataset) -> Problem | None:
    """Why a set is the dataset itself, or a variant of it; None if it is another."""
    inside = other.net[
        other.net[["source", "target"]].isin(set(dataset.genes.tolist())).all(axis=1)
    ]
    if are_own_labels(inside, dataset.net):
        why = "its labels are the set's own, or those of a variant of it"
    elif _has_same_cells(dataset, other):
        why = "its cells are the set's own"
    else:
        return None
    found = f"other set {other.name}: {why}"
    return Problem("repaired", found, "Nothing to do: it was left out; a set never helps itself.")


def _has_same_cells(dataset: Dataset, other: Dataset) -> bool:
    """Whether more than half of the smaller set's cells are in both, with the same expression."""
    _, mine, its = np.intersect1d(dataset.cells, other.cells, return_indices=True)
    if len(mine) <= SAME_CELLS * min(dataset.num_cells, other.num_cells):
        return False
    _, my_genes, its_genes = np.intersect1d(dataset.genes, other.genes, return_indices=True)
    one, two = (
        (a.expression[cells][:, genes] != 0)
        for a, cells, genes in ((dataset, mine, my_genes), (other, its, its_genes))
    )
    return len(my_genes) > 0 and (one != two).nnz <= (1 - SAME_CELLS) * one.nnz


def _with_labels_of(dataset: Dataset, others: Sequence[Dataset]) -> Dataset:
    """The dataset with one more prior: how many of some other sets have an edge."""
    if not others:
        return dataset
    edges = pd.concat([other.net[["source", "target"]] for other in others])
    counted = edges.value_counts(sort=False).rename("weight").astype(float).reset_index()
    genes = dataset.genes.tolist()
    here = counted["source"].isin(genes) | counted["target"].isin(genes)
    prior = Prior(OTHER_SETS, counted[here].reset_index(drop=True))
    return replace(dataset, priors=(*dataset.priors, prior))


def _shared(dataset: Dataset, other: Dataset) -> Problem | None:
    """A warning about a set that has nothing to do with the dataset, as far as names tell."""
    if np.isin(other.genes, dataset.genes).any():
        return None
    own = other.genes[0].removeprefix(f"{other.species}:")  # a gene without ortholog
    found = (
        f'other set {other.name}: none of its {other.num_genes} genes (e.g. "{own}") is '
        f'a gene of {dataset.name} (e.g. "{dataset.genes[0]}")'
    )
    remedy = "Give both in the same kind of gene names, and the species."
    if other.species not in (None, dataset.species):
        remedy = (
            f"Check the species, and whether the table of orthologs names genes of {other.species} "
            f"and {dataset.species} as these sets do, each in its own column."
        )
    return Problem("warning", found, remedy)
