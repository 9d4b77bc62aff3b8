"""How many pairs could have a class at all, were both networks their own lists of known edges.

A class is for pairs that matching at random seldom gives. Of a TF with many targets, matching gives
many shared ones, so that even two networks without an error have no pair with a class. Let all TFs
have n targets and no equal weights: a pair whose smaller score has the share S of targets at or
above it has p = S², and at most a share S of all pairs reach it, so that q ≥ p / S = S. **A pair
with a class is among the best `fdr` of its TF's targets in both species** (for a specific class
among the lowest in the other), and of a TF that shares more of its targets than that, the shared
ones have no class unless both species rank them alike.
"""

from __future__ import annotations

import pandas as pd

from gpdht.network.conservation import Conservation, Rules, classified


def reach(found: Conservation) -> pd.DataFrame:
    """Pairs that the edge lists put in a class, and how many of them would be called.

    Parameters
    ----------
    found : of which the known edges, of either species, take the place of the weights; the rules
        are the same, but for the popularity of targets, which stays.

    Returns
    -------
    `class, known, called` of the three classes: conserved are the pairs known in both species,
    specific the ones known in one alone.
    """
    one, other = found.pairs["known_1"], found.pairs["known_2"]
    weights = found.pairs.assign(weight_1=one.astype(float), weight_2=other.astype(float))
    rules = Rules("tf", found.rules.fdr, found.rules.high, found.rules.low)
    called = classified(weights, rules, found.classes)["class"]
    known = dict(zip(found.classes, (one & other, one & ~other, ~one & other), strict=False))
    rows = [(name, pairs.sum(), (pairs & (called == name)).sum()) for name, pairs in known.items()]
    return pd.DataFrame(rows, columns=["class", "known", "called"])
