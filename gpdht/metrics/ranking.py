"""Scores of a ranking under any weighting of its pairs, sorted once.

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
        tie_P = np.cumsum(new_tie_P) - 1
        self.tie_end_P = tie_start[tie_P + 1]
        # how many positives stand before each position
        self.before_P = np.concatenate([[0], np.cumsum(label_P, dtype=np.int64)])
        self.at_Q = np.flatnonzero(label_P)
        self.group_Q = group_P[self.at_Q]
        self.start_Q, self.end_Q = tie_start[tie_P[self.at_Q]], self.tie_end_P[self.at_Q]
        self.base_Q = self.group_start_S[self.group_Q]

    def areas(self, weight_P: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Area under the ROC curve and average precision of each group, two (S,) arrays.

        Ties count half in the one; in the other they enter together, at the precision after the
        last of them. NaN where a group lacks positives; for the former also negatives.

        Parameters
        ----------
        weight_P : whole numbers, how often each pair counts, in the order of `label_P`.
        """
        total, weight_Q, positive = self._cumulate(weight_P)
        base_Q, positive_base_Q = total[self.base_Q], positive[self.before_P[self.base_Q]]
        through_Q = total[self.end_Q] - base_Q
        true_Q = positive[self.before_P[self.end_Q]] - positive_base_Q
        false_Q = through_Q - true_Q
        false_above_Q = total[self.start_Q] - base_Q
        false_above_Q = false_above_Q - positive[self.before_P[self.start_Q]] + positive_base_Q
        precision_Q = true_Q / np.maximum(through_Q, 1)
        positive_S = np.diff(positive[self.before_P[self.group_start_S]])
        negative_S = np.diff(total[self.group_start_S]) - positive_S
        lost_S = self._by_group(weight_Q * (false_Q + false_above_Q)) / 2
        precision_S = self._by_group(weight_Q * precision_Q)
        with np.errstate(invalid="ignore", divide="ignore"):
            auroc_S = 1 - lost_S / (positive_S * negative_S)
            auprc_S = precision_S / positive_S
        return auroc_S, auprc_S

    def early_precision(self, weight_P: np.ndarray | None = None) -> float:
        """Share of positives among the first k pairs, k the number of positives.

        All pairs tied with the k-th are taken with it. Of one group only.
        """
        assert len(self.group_start_S) == 2, "early precision ranks all pairs together"
        total, _, positive = self._cumulate(weight_P)
        if not positive[-1] > 0:
            return np.nan
        end = self.tie_end_P[np.searchsorted(total[1:], positive[-1])]
        return float(positive[self.before_P[end]] / total[end])

    def on_draws(
        self, unit_P: np.ndarray, count_BU: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The areas of each group, two (B, S) arrays, and the first's early precision, (B,).

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
        positives_U = np.bincount(unit_P[label_P], minlength=units)
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

    def _cumulate(self, weight_P: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Running weight of all pairs (P + 1), weight of the positives (Q), running (Q + 1)."""
        if weight_P is None:
            weight_P = np.ones(len(self.order_P), dtype=np.int64)
        sorted_P = weight_P[self.order_P]
        weight_Q = sorted_P[self.at_Q]
        return _running(sorted_P), weight_Q, _running(weight_Q)

    def _by_group(self, value_Q: np.ndarray) -> np.ndarray:
        if len(self.group_start_S) == 2:
            return np.array([value_Q.sum()], dtype=np.float64)
        return np.bincount(self.group_Q, value_Q, minlength=len(self.group_start_S) - 1)


def _running(weight: np.ndarray) -> np.ndarray:
    out = np.zeros(len(weight) + 1, dtype=np.int64)
    np.cumsum(weight, out=out[1:])
    return out
