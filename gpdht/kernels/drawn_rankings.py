"""Rankings scored on many draws of the pairs' units, many draws in one pass over the pairs."""

from __future__ import annotations

import numpy as np

from gpdht.kernels.elementary import i32, kernel

ABREAST = 16
"""Draws that go through the pairs together, side by side in vector registers."""


@kernel
def score_draws(  # noqa: PLR0912  # one loop, or arrays would leave the registers
    label_P, unit_P, last_P, start_S, count_DUA, early_DA, areas_SDA, first_DA
):
    """Area under the ROC curve and average precision of each group of pairs on each draw.

    Ties and what is undefined (NaN) are as in `gpdht.metrics.ranking`.

    Parameters
    ----------
    label_P, unit_P, last_P : in the order of the ranking: whether a pair is a known edge, its unit,
        and whether no pair after it has the same score.
    start_S : where each group begins, and at the end where the last one ends (S + 1).
    count_DUA : how often each draw has each unit, int32; the draws by `ABREAST`.
    early_DA : after how many pairs of the first group to look at the precision.
    areas_SDA, first_DA : take the areas (2, S, D, A), and that precision; ties are taken together.
    """
    for d in range(len(count_DUA)):
        count_UA, early_A = count_DUA[d], early_DA[d]
        for s in range(len(start_S) - 1):
            tied, tied_positives = np.zeros(ABREAST, i32), np.zeros(ABREAST, i32)
            pairs, positives = np.zeros(ABREAST, i32), np.zeros(ABREAST, i32)
            lost, area = np.zeros(ABREAST), np.zeros(ABREAST)
            there, looking = False, s == 0
            for p in range(start_S[s], start_S[s + 1]):
                count_A = count_UA[unit_P[p]]
                for a in range(ABREAST):
                    tied[a] += count_A[a]
                if label_P[p]:
                    there = True
                    for a in range(ABREAST):
                        tied_positives[a] += count_A[a]
                if not last_P[p]:
                    continue
                if there:
                    for a in range(ABREAST):
                        above = pairs[a] - positives[a]
                        pairs[a] += tied[a]
                        positives[a] += tied_positives[a]
                        both = np.float64(above + pairs[a] - positives[a])
                        precision = np.float64(positives[a]) / np.float64(max(pairs[a], i32(1)))
                        lost[a] += np.float64(tied_positives[a]) * both / 2
                        area[a] += np.float64(tied_positives[a]) * precision
                        tied_positives[a] = 0
                    there = False
                else:
                    for a in range(ABREAST):
                        pairs[a] += tied[a]
                for a in range(ABREAST):
                    tied[a] = 0
                if looking:
                    looking = False
                    for a in range(ABREAST):
                        if np.isnan(first_DA[d, a]) and early_A[a] > 0:
                            if pairs[a] >= early_A[a]:
                                first_DA[d, a] = positives[a] / pairs[a]
                            else:
                                looking = True
            for a in range(ABREAST):
                positive = np.float64(positives[a])  # 0 / 0 is NaN there
                areas_SDA[0, s, d, a] = 1 - lost[a] / (positive * (pairs[a] - positives[a]))
                areas_SDA[1, s, d, a] = area[a] / positive
