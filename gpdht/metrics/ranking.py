"""Scores of a ranking on all its pairs and on draws of them, sorted once.

A resample of the pairs is a weighting by whole numbers, so a bootstrap needs no second sort.
Q: the pairs with a positive label, in the order of the ranking; S: the groups.
"""

from __future__ import annotations

import numpy as np


class Ranking:
    """Pairs in descending order of score, within each group if groups are given.

    Parameters
    ----------
    label_P : 1 for a known edge, else 0.
    score_P : finite; equal scores are ties, and no score here depends on how ties are broken.
    group_P : ranks each group by itself; by default all pairs are one group.
    """

    def __init__(
        self, label_P: np.ndarray, score_P: np.ndarray, group_P: np.ndarray | None = None
    ) -> None:
        num_pairs = len(label_P)
        if group_P is None:
            group_P = np.zeros(num_pairs, dtype=np.int64)
        _, group_P = np.unique(group_P, return_inverse=True)
        self.order_P = np.lexsort((-score_P, group_P))
        label_P, score_P = np.asarray(label_P)[self.order_P], score_P[self.order_P]
        group_P = group_P[self.order_P]
        new_group_P = np.r_[True, group_P[1:] != group_P[:-1]]
        new_tie_P = new_group_P | np.r_[True, score_P[1:] != score_P[:-1]]
        self.group_start_S = np.append(np.flatnonzero(new_group_P), num_pairs)
        tie_start = np.append(np.flatnonzero(new_tie_P), num_pairs)
        self.tie_end_P = tie_start[np.cumsum(new_tie_P)]
        # how many positives stand before each position
        self.before_P = np.concatenate([[0], np.cumsum(label_P, dtype=np.int64)])
        self.at_Q = np.flatnonzero(label_P)
        self.end_Q = self.tie_end_P[self.at_Q]

    def areas(self) -> tuple[np.ndarray, np.ndarray]:
        """Area under the ROC curve and average precision of each group, two (S,) arrays.

        Ties count half in the one; in the other they enter together, at the precision after the
        last of them. NaN where a group lacks positives; for the former also negatives.
        """
        unit_P = np.zeros(len(self.order_P), dtype=np.int64)
        auroc_BS, auprc_BS, _ = self.on_draws(unit_P, np.ones((1, 1), dtype=np.int64))
        return auroc_BS[0], auprc_BS[0]

    def on_draws(
        self, unit_P: np.ndarray, count_BU: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """On each draw the `areas`, two (B, S) arrays, and the first group's early precision, (B,).

        That is the share of positives among the first k pairs, k the number of positives; all pairs
        tied with the k-th are taken with it. NaN without positives.

        Parameters
        ----------
        unit_P : of each pair, in the order of `label_P`.
        count_BU : how often each draw has each unit, and so its pairs.
        """
        from gpdht.kernels.drawn_rankings import ABREAST, score_draws

        draws, units = count_BU.shape
        blocks, groups = -(-draws // ABREAST), len(self.group_start_S) - 1
        count_DAU = np.zeros((blocks, ABREAST, units), dtype=np.int32)
        count_DAU.reshape(-1, units)[:draws] = count_BU
        label_P = np.diff(self.before_P).astype(bool)
        unit_P = unit_P[self.order_P].astype(np.int32)
        inside_P = slice(*self.group_start_S[:2])
        positives_U = np.bincount(unit_P[inside_P][label_P[inside_P]], minlength=units)
        areas_SDA = np.empty((2, groups, blocks, ABREAST))
        early_DA = np.full((blocks, ABREAST), np.nan)
        score_draws(
            label_P,
            unit_P,
            self.tie_end_P == np.arange(1, len(self.order_P) + 1),
            self.group_start_S,
            np.ascontiguousarray(count_DAU.transpose(0, 2, 1)),
            count_DAU @ positives_U,
            areas_SDA,
            early_DA,
        )
        auroc_SB, auprc_SB = areas_SDA.reshape(2, groups, -1)[..., :draws]
        return auroc_SB.T, auprc_SB.T, early_DA.ravel()[:draws]
