"""Draws over groups of pairs (all pairs of a TF, or of a target) that balance the rarer class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Groups:
    """Genes in one role with their numbers of positives and negatives.

    `gene` is ascending; `positives` and `negatives` are aligned with it.
    """

    gene: np.ndarray
    positives: np.ndarray
    negatives: np.ndarray

    def __len__(self) -> int:
        return len(self.gene)

    @property
    def rarer(self) -> np.ndarray:
        """Per group the number of pairs of the class that is rarer overall: mostly positives."""
        fewer_positives = self.positives.sum() <= self.negatives.sum()
        return self.positives if fewer_positives else self.negatives

    @classmethod
    def count(cls, gene_P: np.ndarray, label_P: np.ndarray) -> Groups:
        """The groups of some pairs, by the gene each pair belongs to."""
        gene, row_P = np.unique(gene_P, return_inverse=True)
        positives = np.bincount(row_P, label_P, minlength=len(gene)).astype(np.int64)
        return cls(gene, positives, np.bincount(row_P, minlength=len(gene)) - positives)


def deal_into_folds(groups: Groups, *, folds: int, rng: np.random.Generator) -> list[np.ndarray]:
    """The genes of each fold: numbers of groups differ by one at most, the rarer class little.

    Groups are ranked by their pairs of the rarer class, and every run of `folds` neighbours is
    dealt out in random order. So two folds never differ by more of them than the largest group
    has, and each fold gets one wherever enough groups hold one; a greedy fill would balance them
    better, but gives nearly the same folds for every seed.
    """
    ranked = _rank(groups, rng)
    dealt = np.empty(len(groups), dtype=np.int64)
    for start in range(0, len(groups), folds):
        run = ranked[start : start + folds]
        dealt[run] = rng.permutation(folds)[: len(run)]
    return [groups.gene[dealt == fold] for fold in range(folds)]


def draw_share(groups: Groups, *, share: float, rng: np.random.Generator) -> np.ndarray:
    """About `share` of the groups' genes, at least one and not all, ascending.

    One is drawn from each of equal slices of the groups, ranked as above. From the first
    slice only groups with both classes are drawn, if there is one, so that a single drawn group
    can be scored.
    """
    wanted = min(max(1, round(share * len(groups))), len(groups) - 1)
    slices = np.array_split(_rank(groups, rng), wanted)
    first = slices[0]
    usable = first[(groups.positives[first] > 0) & (groups.negatives[first] > 0)]
    slices[0] = usable if len(usable) else first
    return groups.gene[np.sort([rng.choice(part) for part in slices])]


def _rank(groups: Groups, rng: np.random.Generator) -> np.ndarray:
    """Positions by pairs of the rarer class, most first; equal ones in random order."""
    shuffled = rng.permutation(len(groups))
    return shuffled[np.argsort(-groups.rarer[shuffled], kind="stable")]
