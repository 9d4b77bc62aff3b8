"""What prior networks say of a (TF, target) pair, without a label of the set itself.

Shape letters: N nodes of a network · T TFs of a set · G its genes · R rows, the genes of all sets ·
K features · P pairs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import svds

from gpdht.config import PriorConfig
from gpdht.data.dataset import Dataset
from gpdht.data.derived import once
from gpdht.data.others import sets_of
from gpdht.data.priors import Prior
from gpdht.models.gene_statistics import regulators

EVERYTHING = PriorConfig(embedding=16)
"""All that priors can say; what baselines see."""

_COORDINATE = re.compile(r": embedding \d+$")


@dataclass(frozen=True, eq=False)
class PriorFeatures:
    """Features of pairs, standardised over the TFs × genes of each set; a constant one is 0.

    No feature tells one TF from another but through the target: a TF's out-degree, or anything
    else of the TF alone, would name it where there are only tens of TFs.

    Parameters
    ----------
    names : of the features, K = Kp + Kg.
    pair_EK : float32 (E, Kp), of TF and target together; E: TFs × genes of the dataset, then those
        of each other set.
    gene_RK : float32 (R, Kg), of the target alone, by row (see `gpdht.data.others`).
    start_R : of each row, where its pairs as a TF begin; −1 where it is no TF, whose pair features
        are 0.
    column_R : each row's position among the genes of its set.
    """

    names: tuple[str, ...]
    pair_EK: np.ndarray
    gene_RK: np.ndarray
    start_R: np.ndarray
    column_R: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def __call__(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 (P, K) of pairs given as rows."""
        start_P = self.start_R[tf_P]
        at_P = np.where(start_P >= 0, start_P + self.column_R[target_P], 0)
        pair_PK = np.where((start_P >= 0)[:, None], self.pair_EK[at_P], 0)
        return np.concatenate([pair_PK, self.gene_RK[target_P]], axis=1, dtype=np.float32)


def prior_features(dataset: Dataset, settings: PriorConfig = EVERYTHING) -> PriorFeatures:
    """The features of a dataset's priors, made once; without priors there are none.

    Of each prior, for a pair (t, g): the link t → g and the link g → t (their weights, at most 1
    in size); the cosine of the neighbourhoods of t and g; u_t · v_g of a spectral embedding; and,
    of the target alone, log(1 + in-degree), whether it is in the network, and v_g. Of a pair of
    another set also which set it is; what is no prior there is 0.

    Parameters
    ----------
    settings : which of these.
    """
    # what baselines see stays, whatever else GP-DHT's trials ask for one after another
    key = "prior features", _seen(settings) == _seen(EVERYTHING)
    return once(dataset, key, lambda: _make(dataset, settings), settings=_seen(settings))


def _seen(settings: PriorConfig) -> tuple[bool | int, ...]:
    return settings.links, settings.neighbours, settings.degrees, settings.embedding


def _make(dataset: Dataset, settings: PriorConfig) -> PriorFeatures:
    sets = sets_of(dataset)
    of_pairs, of_targets = zip(*(_of_set(one, settings) for one in sets), strict=True)
    for other, features in zip(sets[1:], of_targets[1:], strict=True):
        # singular vectors of two networks are not in the same coordinates
        for name in [name for name in features if _COORDINATE.search(name)]:
            del features[name]
        of_targets[0][f"set {other.name}"] = np.zeros(sets[0].num_genes, np.float32)
        features[f"set {other.name}"] = np.ones(other.num_genes, np.float32)
    tfs, genes = [regulators(one) for one in sets], [one.num_genes for one in sets]
    pairs = [len(t) * g for t, g in zip(tfs, genes, strict=True)]
    start_R = []
    for t, g, first in zip(tfs, genes, np.cumsum([0, *pairs]), strict=False):
        start_G = np.full(g, -1)
        start_G[t] = first + np.arange(len(t)) * g
        start_R.append(start_G)
    return PriorFeatures(
        (*of_pairs[0], *of_targets[0]),
        _table(of_pairs, pairs),
        _table(of_targets, genes),
        np.concatenate(start_R),
        np.concatenate([np.arange(g) for g in genes]),
    )


def _table(features: Sequence[dict[str, np.ndarray]], lengths: Sequence[int]) -> np.ndarray:
    """The first set's features of all sets, behind each other; 0 where a set has none of a name."""
    blocks = []
    for of_set, length in zip(features, lengths, strict=True):
        found = [of_set.get(name, np.zeros(length, np.float32)) for name in features[0]]
        blocks.append(np.stack(found, axis=-1) if found else np.empty((length, 0), np.float32))
    return np.concatenate(blocks)


def _of_set(
    dataset: Dataset, settings: PriorConfig
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Features of pairs, (T · G,) each, and of targets, (G,) each, of one set."""
    tfs = regulators(dataset)
    of_pairs: dict[str, np.ndarray] = {}
    of_targets: dict[str, np.ndarray] = {}
    for prior in dataset.priors:
        if prior.edges.empty:
            continue
        network = _Network.of(prior, dataset)
        for found, features in (
            (of_pairs, network.of_pairs(tfs, settings)),
            (of_targets, network.of_targets(settings)),
        ):
            found.update({f"{prior.name}: {k}": _standardised(v) for k, v in features.items()})
    return {name: values.ravel() for name, values in of_pairs.items()}, of_targets


def regulator_bags(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Each gene's regulators in any of the priors: positions in `genes`, and where each begins."""
    genes = pd.Index(dataset.genes)
    edges = pd.concat([prior.edges for prior in dataset.priors] or [pd.DataFrame()])
    ends = (genes.get_indexer(edges[end]) if len(edges) else [] for end in ("target", "source"))
    target_E, source_E = map(np.asarray, ends)
    here = (target_E >= 0) & (source_E >= 0)
    ones = np.ones(here.sum())
    graph = sparse.csr_matrix((ones, (target_E[here], source_E[here])), (len(genes), len(genes)))
    return graph.indices.astype(np.int64), graph.indptr.astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Network:
    """A prior as matrices over its nodes.

    Parameters
    ----------
    weight_NN : CSR, at most 1 in size, source × target.
    node_G : each gene's node; genes outside are nodes without edges.
    """

    weight_NN: sparse.csr_matrix
    node_G: np.ndarray

    @classmethod
    def of(cls, prior: Prior, dataset: Dataset) -> _Network:
        source, target = (prior.edges[end].to_numpy(str) for end in ("source", "target"))
        nodes, at = np.unique(np.concatenate([dataset.genes, source, target]), return_inverse=True)
        genes, edges = dataset.num_genes, len(source)
        weight = prior.edges["weight"].to_numpy(float)
        ends = at[genes : genes + edges], at[genes + edges :]
        matrix = sparse.csr_matrix(
            (weight / np.abs(weight).max(), ends), shape=(len(nodes), len(nodes))
        )
        return cls(matrix, at[:genes])

    def of_pairs(self, tfs: np.ndarray, settings: PriorConfig) -> dict[str, np.ndarray]:
        """Features of TFs × genes, each (T, G)."""
        tf_T, gene_G = self.node_G[tfs], self.node_G
        features = {}
        if settings.links:
            features["link"] = self.weight_NN[tf_T][:, gene_G].toarray()
            features["reverse link"] = self.weight_NN[gene_G][:, tf_T].T.toarray()
        if settings.neighbours:
            features["common neighbours"] = self._cosines(tf_T, gene_G)
        if settings.embedding:
            left_NR, right_NR = self._embedding(settings.embedding)
            features["embedding product"] = left_NR[tf_T] @ right_NR[gene_G].T
        return features

    def of_targets(self, settings: PriorConfig) -> dict[str, np.ndarray]:
        """Features of genes as targets, each (G,)."""
        features = {}
        if settings.degrees:
            edges_NN = self.weight_NN != 0
            to_G, from_G = (np.asarray(edges_NN.sum(axis)).ravel()[self.node_G] for axis in (0, 1))
            features["in-degree"] = np.log1p(to_G)
            features["in the network"] = (to_G + from_G > 0).astype(float)
        if settings.embedding:
            _, right_NR = self._embedding(settings.embedding)
            for r, column_N in enumerate(right_NR.T):
                features[f"embedding {r}"] = column_N[self.node_G]
        return features

    def _cosines(self, tf_T: np.ndarray, gene_G: np.ndarray) -> np.ndarray:
        """Common neighbours over the root of the product of degrees, in the undirected graph."""
        edges = (self.weight_NN != 0).astype(float)
        either = ((edges + edges.T) > 0).astype(float).tocsr()
        degree = np.asarray(either.sum(axis=1)).ravel()
        scaled = sparse.diags(1 / np.sqrt(np.maximum(degree, 1))) @ either
        return np.asarray((scaled[tf_T] @ scaled[gene_G].T).todense())

    def _embedding(self, rank: int) -> tuple[np.ndarray, np.ndarray]:
        """Sources and targets, (N, R) each: singular vectors of the degree-normalised edges.

        Each column's largest entry is positive.
        """
        edges = abs(self.weight_NN)
        scale = [1 / np.sqrt(np.maximum(np.asarray(edges.sum(axis)).ravel(), 1)) for axis in (1, 0)]
        normal = sparse.diags(scale[0]) @ edges @ sparse.diags(scale[1])
        start = np.random.default_rng(0).normal(size=normal.shape[0])
        left, size, right = svds(normal, k=min(rank, normal.shape[0] - 1), v0=start)
        order = np.argsort(-size)
        root, right_NR = np.sqrt(size[order]), right[order].T
        largest = right_NR[np.abs(right_NR).argmax(axis=0), np.arange(len(order))]
        root_R = root * np.sign(largest)
        return left[:, order] * root_R, right_NR * root_R


def _standardised(values: np.ndarray) -> np.ndarray:
    sd = values.std()
    return ((values - values.mean()) / (sd if sd > 1e-9 else np.inf)).astype(np.float32)
