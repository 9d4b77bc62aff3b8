"""Which TFs and targets hold conserved and specific regulation, and how alike TFs' rankings are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

from gpdht.network.conservation import Conservation

KNOWN = ("both", "first", "second", "neither")


def conserved_tfs(found: Conservation) -> pd.DataFrame:
    """All compared TFs, those with most conserved, then specific, targets first, then by `rho`.

    Returns
    -------
    `tf_1, tf_2, compared`, a column for each class with the number of its targets, and how alike
    both rankings of the targets are: `rho` (Spearman's), two-sided `p` and `q` over the TFs
    (Benjamini–Hochberg). Over all permutations of the targets rho has the mean 0 and the variance
    1 / (n − 1); p is from the normal distribution of these. Where one score is the same for all
    targets rho is undefined (NaN), and p 1.
    """
    hubs = _counted(found, "tf")
    alike = pd.DataFrame(
        {tf: _alike(pairs) for tf, pairs in found.pairs.groupby("tf_1")}, index=["rho", "p"]
    ).T
    hubs = hubs.join(alike, on="tf_1")
    hubs = hubs.assign(q=false_discovery_control(hubs["p"]))
    order = [*found.classes[:3], "rho", "tf_1"]
    return hubs.sort_values(order, ascending=[False] * 4 + [True], ignore_index=True)


def conserved_targets(found: Conservation) -> pd.DataFrame:
    """All compared targets, those conserved of most TFs first.

    Returns
    -------
    `target_1, target_2, compared` (TFs), and a column for each class.
    """
    return _counted(found, "target")


def known_in(found: Conservation) -> pd.DataFrame:
    """Pairs of each class by where they are known: `class, both, first, second, neither`."""
    one, other = found.pairs["known_1"], found.pairs["known_2"]
    where = np.select([one & other, one, other], KNOWN[:3], KNOWN[3])
    table = pd.crosstab(found.pairs["class"], where).reindex(
        index=list(found.classes), columns=list(KNOWN), fill_value=0
    )
    return table.rename_axis(index="class", columns=None).reset_index()


def _counted(found: Conservation, end: str) -> pd.DataFrame:
    names = [f"{end}_1", f"{end}_2"]
    counts = found.pairs.groupby([*names, "class"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(found.classes), fill_value=0)
    counts.insert(0, "compared", counts.sum(axis=1))
    counts = counts.rename_axis(columns=None).reset_index()
    order = [*found.classes[:3], names[0]]
    return counts.sort_values(order, ascending=[False] * 3 + [True], ignore_index=True)


def _alike(pairs: pd.DataFrame) -> tuple[float, float]:
    one, other = (pairs[name].rank() for name in ("score_1", "score_2"))
    if one.nunique() < 2 or other.nunique() < 2:
        return float("nan"), 1.0
    rho = float(np.corrcoef(one, other)[0, 1])
    return rho, float(2 * norm.sf(abs(rho) * np.sqrt(len(one) - 1)))
