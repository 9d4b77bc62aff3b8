"""Results under the names that genes have in the user's own data.

With ``--symbols upper`` a dataset names its genes in upper case, so that they can be compared;
what is written for the user has the names of the matrix again.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from gpdht.data.dataset import Dataset


def in_own_names(edges: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """The edges with the names of the matrix; what is no gene of it keeps its name.

    Parameters
    ----------
    edges : `source, target, …` between genes of the dataset.
    """
    if dataset.own_names is None:
        return edges
    own = dict(zip(dataset.genes.tolist(), dataset.own_names.tolist(), strict=True))
    ends = [end for end in ("source", "target") if end in edges]
    return edges.assign(**{end: edges[end].map(lambda gene: own.get(gene, gene)) for end in ends})


def as_own(dataset: Dataset) -> Dataset:
    """The dataset itself under the names of the matrix, without priors and other sets."""
    if dataset.own_names is None:
        return dataset
    tfs = in_own_names(pd.DataFrame({"source": dataset.tfs.astype(object)}), dataset)["source"]
    return replace(
        dataset,
        genes=dataset.own_names,
        net=in_own_names(dataset.net, dataset),
        tfs=tfs.to_numpy(dtype=str),
        own_names=None,
        priors=(),
        others=(),
    )
