"""Classes by how probable an edge is in both species, rather than by what chance would match.

**Scores** are the probabilities u and v that the pair is a known edge, calibrated out of fold
(`gpdht.network.edge_probabilities`). A class is as probable as its parts together: conserved u · v,
specific to the first species u · (1 − v), to the second (1 − u) · v.

**False discovery rate.** Of the pairs that are called by a class, from the most probable on, q is
the mean probability of being wrong (Newton et al. 2004, Biostatistics 5:155), and a pair is called
where q is at most the rate and the class the likeliest of the three.

That a product stands for both takes labels to be independent where the scores are given. Edges
of one species are rather edges of the other, too: conserved is then more probable than said, and
specific less.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gpdht.network.edge_probabilities import edge_probabilities
from gpdht.network.ortholog_pairs import Joined


def probable(joined: Joined, fdr: float, names: Sequence[str]) -> pd.DataFrame:
    """Compared pairs with probabilities as scores, q-values and classes.

    Parameters
    ----------
    names : of the classes, as of `classes_of`.

    Raises
    ------
    DataError
        If the weights of a network are not out of fold, or of one fold.
    """
    first, second = (_of_pairs(joined, number) for number in (1, 2))
    chance = [first * second, first * (1 - second), (1 - first) * second]
    likeliest = np.argmax(chance, axis=0)
    q = [mean_errors(chance_P) for chance_P in chance]
    called = [(q_P <= fdr) & (likeliest == at) for at, q_P in enumerate(q)]
    columns = dict(zip(("q_conserved", "q_specific_1", "q_specific_2"), q, strict=True))
    scores = {"score_1": first, "score_2": second, "difference": first - second}
    classes = {"class": np.select(called, names[:3], names[3])}
    return joined.pairs.assign(**scores, **columns, **classes)


def mean_errors(chance_P: np.ndarray) -> np.ndarray:
    """The mean of 1 − `chance_P` over all pairs that are at least as probable, (P,)."""
    values, at_P, pairs = np.unique(-chance_P, return_inverse=True, return_counts=True)
    mean = np.cumsum((1 + values) * pairs) / np.cumsum(pairs)
    errors_P: np.ndarray = mean[at_P]
    return errors_P


def _of_pairs(joined: Joined, number: int) -> np.ndarray:
    side = joined.sides[number - 1]
    table = edge_probabilities(side.table, side.name)
    ends = [f"tf_{number}", f"target_{number}"]
    there = table.set_axis([*ends, "probability"], axis=1)
    merged = joined.pairs[ends].merge(there, on=ends, how="left", validate="one_to_one")
    return merged["probability"].to_numpy()
