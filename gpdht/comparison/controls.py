"""Datasets with one thing broken: what a model still reaches on them, it owes to something else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.dataset import Dataset
from gpdht.data.priors import Prior
from gpdht.data.random_networks import random_networks


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
    """The dataset with each prior replaced by a random network of the same degrees.

    Every source and every target keeps its number of edges; what is lost is which source goes with
    which target. A model that loses nothing by this had only use for degrees. Weights stay with
    their source.
    """
    rng = np.random.default_rng(seed)

    def permuted(one: Dataset) -> Dataset:
        return replace(one, priors=tuple(_permuted(prior, rng) for prior in one.priors))

    return replace(permuted(dataset), others=tuple(map(permuted, dataset.others)))


def _permuted(prior: Prior, rng: np.random.Generator) -> Prior:
    source_E, sources = pd.factorize(prior.edges["source"])
    target_E, targets = pd.factorize(prior.edges["target"])
    edge_SN = np.zeros((len(sources), len(targets)), dtype=bool)
    edge_SN[source_E, target_E] = True
    other_SN = sources.to_numpy()[:, None] != targets.to_numpy()
    (drawn_FSN,) = random_networks(
        edge_SN[None], other_SN[None], number=1, seed=int(rng.integers(2**32))
    )
    source_E, target_E = np.nonzero(drawn_FSN[0])
    shuffled = prior.edges.sample(frac=1, random_state=rng)
    by_source = shuffled.sort_values("source", key=sources.get_indexer, kind="stable")
    edges = pd.DataFrame({"source": sources[source_E], "target": targets[target_E]})
    return replace(prior, edges=edges.assign(weight=by_source["weight"].to_numpy()))


CONTROLS = {
    "gpdht_permuted_labels": permute_labels,
    "gpdht_permuted_expression": permute_expression,
    "gpdht_permuted_priors": permute_priors,
}
"""What the models of these names are trained on, instead of the dataset itself."""
