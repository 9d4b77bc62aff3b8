"""How much of a dataset's known edges stands in its priors, TF by TF.

Where it is much, a score says how well a model reads the prior, not how well it finds edges.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpdht.data.dataset import Dataset

HALF = 0.5


def overlap_by_tf(dataset: Dataset) -> pd.DataFrame:
    """Of each prior and TF with known edges, how many of these stand in the prior.

    Returns
    -------
    `prior, source, known, found, share, chance`: the TF's known edges, how many of them the prior
    has and their share, and the share of *all* genes that are the TF's targets in the prior, which
    is what `share` would be by chance.
    """
    known_by_tf = {tf: set(group) for tf, group in dataset.net.groupby("source")["target"]}
    genes, rows = set(dataset.genes.tolist()), []
    for prior in dataset.priors:
        in_prior = {tf: set(group) for tf, group in prior.edges.groupby("source")["target"]}
        for tf in dataset.known_tfs.tolist():
            known, there = known_by_tf[tf], in_prior.get(tf, set()) & genes
            found = len(known & there)
            chance = len(there) / (len(genes) - 1)
            rows.append((prior.name, tf, len(known), found, found / len(known), chance))
    return pd.DataFrame(rows, columns=["prior", "source", "known", "found", "share", "chance"])


def overlap_by_prior(dataset: Dataset) -> pd.DataFrame:
    """`prior, edges, found, share, chance, tfs`: `overlap_by_tf`, summed over TFs.

    `edges` are the prior's between genes of the dataset, `chance` is weighted by known edges, and
    `tfs` counts the TFs of which more than half of the known edges are found.
    """
    by_tf = overlap_by_tf(dataset)
    rows = []
    for prior in dataset.priors:
        one = by_tf[by_tf["prior"] == prior.name]
        known, found = one["known"].sum(), int(one["found"].sum())
        chance = float(one["chance"] @ one["known"]) / known
        above = int((one["share"] > HALF).sum())
        ends = prior.edges[["source", "target"]]
        inside = int(ends.isin(dataset.genes.tolist()).all(axis=1).sum())
        rows.append((prior.name, inside, found, found / known, chance, above))
    return pd.DataFrame(rows, columns=["prior", "edges", "found", "share", "chance", "tfs"])


def overlapping_tfs(dataset: Dataset) -> np.ndarray:
    """The TFs of which more than half of the known edges stand in one of the priors."""
    by_tf = overlap_by_tf(dataset)
    above = by_tf.loc[by_tf["share"] > HALF, "source"]
    return np.array(sorted(set(above)), dtype=str)
