"""Train, validation and test parts of the candidate pairs, fold by fold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from sklearn.model_selection import StratifiedKFold

from gpdht.errors import ConfigError
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.groups import Groups, deal_into_folds, draw_share

Split = Literal["edge", "target", "tf", "both"]


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
    """
    rng = np.random.default_rng(seed)
    if split == "edge":
        drawn = _by_pair(pairs, folds, validation, rng)
    elif split in get_args(Split):
        drawn = _by_gene(pairs, split, folds, validation, rng)
    else:
        raise ConfigError(
            f'cv.split="{split}" is no split; use one of {", ".join(get_args(Split))}.'
        )
    for number, fold in enumerate(drawn, start=1):
        _check_two_classes(pairs, fold, f"fold {number} of {folds}", split, seed)
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


def _check_two_classes(pairs: Pairs, fold: Fold, where: str, split: Split, seed: int) -> None:
    for name in ("train", "validation", "test"):
        part = getattr(fold, name)
        positives = int(pairs.label_P[part].sum())
        if not 0 < positives < len(part):
            raise ConfigError(
                f"cv.split={split}, cv.seed={seed}: the {name} part of {where} has {positives} "
                f"positives in {len(part)} pairs; a score needs both classes. Use fewer folds "
                "(cv.folds), another split (cv.split) or another seed (cv.seed)."
            )
