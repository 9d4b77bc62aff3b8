"""Training pairs of other sets beside a set's own, and folds in which a whole set is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gpdht.data.dataset import Dataset
from gpdht.data.others import first_rows, shared_genes
from gpdht.errors import ConfigError
from gpdht.pairs.candidates import Pairs, make_pairs
from gpdht.pairs.splits import Fold, Folds, Groups, check_two_classes, draw_share


def with_other_sets(pairs: Pairs, dataset: Dataset) -> Pairs:
    """A set's own pairs, then all candidate pairs of the other sets; positions are rows.

    A row is a gene of one of the sets; see `gpdht.data.others`.
    """
    parts = [pairs, *map(make_pairs, dataset.others)]
    first = first_rows(dataset)[:-1]

    def joined(ends: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([end + start for end, start in zip(ends, first, strict=True)])

    return replace(
        pairs,
        tf_P=joined([part.tf_P for part in parts]),
        target_P=joined([part.target_P for part in parts]),
        label_P=np.concatenate([part.label_P for part in parts]),
        others=sum(map(len, parts[1:])),
    )


def draw_others(
    pairs: Pairs, dataset: Dataset, among: np.ndarray, *, wanted: int, rng: np.random.Generator
) -> np.ndarray:
    """Positions of pairs of other sets, ascending: as many of each set, or all that it has.

    Parameters
    ----------
    among : positions to draw from.
    wanted : how many in all.
    """
    if not len(among) or not wanted:
        return np.empty(0, dtype=np.int64)
    set_P = np.searchsorted(first_rows(dataset), pairs.tf_P[among], side="right")
    parts = sorted((among[set_P == s] for s in np.unique(set_P)), key=len)
    drawn, left = [], wanted
    for i, part in enumerate(parts):
        number = min(len(part), round(left / (len(parts) - i)))
        drawn.append(rng.choice(part, number, replace=False))
        left -= number
    return np.sort(np.concatenate(drawn))


def train_on_others(
    folds: Folds, pairs: Pairs, dataset: Dataset, *, ratio: float, seed: int
) -> Folds:
    """The folds with pairs of other sets in their training parts.

    Parameters
    ----------
    pairs : of `with_other_sets`; the folds are of the set's own.
    ratio : how many for each own pair.
    seed : of their draw.
    """
    rng = np.random.default_rng([seed, 1])
    among = np.arange(pairs.own, len(pairs))
    extended = []
    for fold in folds:
        drawn = draw_others(pairs, dataset, among, wanted=round(ratio * len(fold.train)), rng=rng)
        extended.append(replace(fold, train=np.concatenate([fold.train, drawn])))
    return replace(folds, folds=tuple(extended))


def leave_set_out(
    pairs: Pairs, dataset: Dataset, *, ratio: float, validation: float, seed: int
) -> Folds:
    """One fold: all of the set's own pairs are tested, and training sees other sets alone.

    Its validation part are the pairs of a share of the targets of the other sets, whatever set
    they are in.

    Raises
    ------
    ConfigError
        If there are no other sets, or a part lacks one of the classes.
    """
    if not pairs.others or not ratio:
        what = "Give some with --with SET" if not dataset.others else "Set train.others above 0"
        raise ConfigError(
            f"cv.split=set: training sees other sets alone, and {dataset.name} has "
            f"{len(dataset.others)} (train.others={ratio:g}). {what}."
        )
    rng = np.random.default_rng(seed)
    others = np.arange(pairs.own, len(pairs))
    gene_P = shared_genes(dataset)[pairs.target_P[others]]
    groups = Groups.count(gene_P, pairs.label_P[others])
    held_out_P = np.isin(gene_P, draw_share(groups, share=validation, rng=rng))
    wanted = round(ratio * pairs.own)
    train, held_out = (
        draw_others(pairs, dataset, others[part_P], wanted=round(share * wanted), rng=rng)
        for part_P, share in ((~held_out_P, 1 - validation), (held_out_P, validation))
    )
    fold = Fold(train, held_out, np.arange(pairs.own))
    check_two_classes(pairs, fold, "the fold", "set", seed)
    return Folds((fold,), "set", seed)
