"""Datasets with one thing broken: what a model still reaches on them, it owes to something else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from gpdht.data.dataset import Dataset


def permute_labels(dataset: Dataset, *, seed: int) -> Dataset:
    """The dataset with the labels of each TF's candidate pairs permuted.

    A TF keeps its number of edges; which of the other genes they lead to is drawn anew. So the
    TFs' rates are as they were and nothing else is left to learn: on these labels a model that is
    above the TF rate has seen test labels. Expression, genes, TFs and candidate pairs stay.
    """
    rng = np.random.default_rng(seed)
    position = dataset.gene_index
    source = dataset.net["source"].to_numpy()
    target = np.empty(len(source), dtype=object)
    for tf in dataset.known_tfs.tolist():
        edges = np.flatnonzero(source == tf)
        others = np.delete(dataset.genes, position[tf])
        target[edges] = rng.choice(others, len(edges), replace=False)
    return replace(dataset, net=dataset.net.assign(target=target))


def permute_expression(dataset: Dataset, *, seed: int) -> Dataset:
    """The dataset in which each gene has the expression profile of another one.

    Every gene gives its profile to exactly one other gene, none keeps its own. The net stays: a
    model that loses nothing by this had no use for a gene's own expression.
    """
    cycle = np.random.default_rng(seed).permutation(dataset.num_genes)
    taken_from_G = np.empty_like(cycle)
    taken_from_G[cycle] = np.roll(cycle, 1)  # one cycle through all genes: no fixed point
    expression = sparse.csr_matrix(dataset.expression[:, taken_from_G])
    expression.sort_indices()
    return replace(dataset, expression=expression)


def permute_priors(dataset: Dataset, *, seed: int) -> Dataset:
    """The dataset with the targets of each prior's edges permuted among its edges.

    Sources and targets keep their numbers of edges (but for self edges and duplicates that arise,
    which are dropped): what is lost is which source goes with which target. A model that loses
    nothing by this had only use for degrees.
    """
    rng = np.random.default_rng(seed)
    priors = []
    for prior in dataset.priors:
        target = rng.permutation(prior.edges["target"].to_numpy())
        edges = prior.edges.assign(target=target)
        own = edges["source"] == edges["target"]
        kept = edges[~own & ~edges.duplicated(["source", "target"])]
        priors.append(replace(prior, edges=kept.reset_index(drop=True)))
    return replace(dataset, priors=tuple(priors))


CONTROLS = {
    "gpdht_permuted_labels": permute_labels,
    "gpdht_permuted_expression": permute_expression,
    "gpdht_permuted_priors": permute_priors,
}
"""What the models of these names are trained on, instead of the dataset itself."""
