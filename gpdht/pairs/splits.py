"""Train, validation and test parts of the candidate pairs, fold by fold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from sklearn.model_selection import StratifiedKFold

from gpdht.errors import ConfigError
from gpdht.pairs.candidates import Pairs

Split = Literal["edge", "target", "tf", "both", "set"]


@dataclass(frozen=True, eq=False)
class Fold:
    """Positions in `Pairs` of one outer fold: three disjoint int64 arrays, each ascending."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclass(frozen=True, eq=False)
class Folds:
    """The outer folds of one draw; every trial of a study shares them."""

    folds: tuple[Fold, ...]
    split: Split
    seed: int

    def __iter__(self) -> Iterator[Fold]:
        return iter(self.folds)

    def __len__(self) -> int:
        return len(self.folds)


def make_folds(pairs: Pairs, *, split: Split, folds: int, validation: float, seed: int) -> Folds:
    """Outer folds, each with a validation part drawn by the same rule inside its training part.

    Parameters
    ----------
    split : ``edge`` draws pairs, stratified by label; ``target`` and ``tf`` draw whole targets or
        TFs, so that no test target was seen as a target, no test TF as a TF; ``both`` tests the
        pairs of TF group i with target group i, trains on pairs that share neither, and leaves
        the rest unused.
    validation : share of the training part's pairs, targets or TFs; of each axis for ``both``.
    seed : equal seeds give equal folds.

    Raises
    ------
    ConfigError
        If there are too few groups for the folds, or a part lacks one of the classes.

    Examples
    --------
    >>> import gpdht as gp
    >>> pairs = gp.make_pairs(gp.toy(genes=40, tfs=5, cells=30))
    >>> folds = gp.make_folds(pairs, split="target", folds=3, validation=0.2, seed=0)
    >>> seen = [set(pairs.target_P[f.train]) & set(pairs.target_P[f.test]) for f in folds]
    >>> seen  # no target of a test part is one of the training part
    [set(), set(), set()]
    """
    rng = np.random.default_rng(seed)
    if split == "edge":
        drawn = _by_pair(pairs, folds, validation, rng)
    elif split in ("target", "tf", "both"):
        drawn = _by_gene(pairs, split, folds, validation, rng)
    else:
        raise ConfigError(
            f'cv.split="{split}" is no split; use one of {", ".join(get_args(Split))}.'
        )
    for number, fold in enumerate(drawn, start=1):
        check_two_classes(pairs, fold, f"fold {number} of {folds}", split, seed)
    return Folds(tuple(drawn), split, seed)


def _by_pair(pairs: Pairs, folds: int, validation: float, rng: np.random.Generator) -> list[Fold]:
    label_P = pairs.label_P
    rarer = int(min(label_P.sum(), len(label_P) - label_P.sum()))
    if rarer < folds:
        raise ConfigError(
            f"cv.split=edge: cv.folds={folds} asks for as many pairs of each class, but one class "
            f"has only {rarer} of the {len(label_P)} pairs. Use fewer folds, or data with more."
        )
    outer = StratifiedKFold(folds, shuffle=True, random_state=int(rng.integers(2**31)))
    drawn = []
    for rest, test in outer.split(label_P, label_P):
        held_out = np.sort(
            np.concatenate(
                [_draw_pairs(rest[label_P[rest] == label], validation, rng) for label in (0, 1)]
            )
        )
        train = np.setdiff1d(rest, held_out, assume_unique=True)
        drawn.append(Fold(train, held_out, test.astype(np.int64)))
    return drawn


def _draw_pairs(positions: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    wanted = min(max(1, round(share * len(positions))), len(positions))
    return rng.choice(positions, wanted, replace=False)


def _by_gene(
    pairs: Pairs, split: Split, folds: int, validation: float, rng: np.random.Generator
) -> list[Fold]:
    """Folds of whole TFs, whole targets, or blocks of both; a pair half in a block is not used."""
    roles = {"TFs": pairs.tf_P, "targets": pairs.target_P}
    if split != "both":
        role = "targets" if split == "target" else "TFs"
        roles = {role: roles[role]}
    dealt = []
    for role, gene_P in roles.items():
        groups = Groups.count(gene_P, pairs.label_P)
        _check_enough(groups, folds, split, role)
        dealt.append(deal_into_folds(groups, folds=folds, rng=rng))
    drawn = []
    for genes in zip(*dealt, strict=True):
        tested = [np.isin(gene_P, part) for gene_P, part in zip(roles.values(), genes, strict=True)]
        rest_P = ~np.any(tested, axis=0)
        held_out = []
        for gene_P in roles.values():
            inner = Groups.count(gene_P[rest_P], pairs.label_P[rest_P])
            held_out.append(np.isin(gene_P, draw_share(inner, share=validation, rng=rng)))
        parts = (
            rest_P & ~np.any(held_out, axis=0),
            rest_P & np.all(held_out, axis=0),
            np.all(tested, axis=0),
        )
        drawn.append(Fold(*map(np.flatnonzero, parts)))
    return drawn


def _check_enough(groups: Groups, folds: int, split: Split, role: str) -> None:
    left = len(groups) - -(-len(groups) // folds)
    if len(groups) < folds or left < 2:
        remedy = "fewer folds, or another split" if folds > 2 else "another split"
        raise ConfigError(
            f"cv.split={split}: {len(groups)} {role} cannot fill cv.folds={folds} folds with "
            f"different {role} to train, validate and test on. Use {remedy} (cv.split=edge)."
        )


def check_two_classes(pairs: Pairs, fold: Fold, where: str, split: Split, seed: int) -> None:
    """Refuse a fold of which a part has one class only."""
    for name in ("train", "validation", "test"):
        part = getattr(fold, name)
        positives = int(pairs.label_P[part].sum())
        if not 0 < positives < len(part):
            raise ConfigError(
                f"cv.split={split}, cv.seed={seed}: the {name} part of {where} has {positives} "
                f"positives in {len(part)} pairs; a score needs both classes. Use fewer folds "
                "(cv.folds), another split (cv.split) or another seed (cv.seed)."
            )


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
