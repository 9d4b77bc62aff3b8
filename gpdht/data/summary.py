"""A dataset in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from gpdht.data.dataset import Dataset


@dataclass(frozen=True)
class Summary:
    """What there is to learn from.

    Parameters
    ----------
    tfs, known_tfs : genes that may regulate; those with a known edge.
    positives, negatives : pairs of the default universe, known TFs × genes without self pairs.
    density : positives among them.
    sparsity : share of zeros in the expression matrix.
    """

    name: str
    species: str | None
    fingerprint: str
    genes: int
    cells: int
    tfs: int
    known_tfs: int
    edges: int
    positives: int
    negatives: int
    density: float
    sparsity: float


def summarise(dataset: Dataset) -> Summary:
    """Sizes, density and sparsity of a dataset."""
    genes, cells = dataset.num_genes, dataset.num_cells
    known_tfs, edges = len(dataset.known_tfs), len(dataset.net)
    pairs = known_tfs * (genes - 1)
    return Summary(
        name=dataset.name,
        species=dataset.species,
        fingerprint=dataset.fingerprint,
        genes=genes,
        cells=cells,
        tfs=len(dataset.tfs),
        known_tfs=known_tfs,
        edges=edges,
        positives=edges,
        negatives=pairs - edges,
        density=edges / pairs,
        sparsity=1 - dataset.expression.nnz / (genes * cells),
    )
