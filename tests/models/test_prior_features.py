"""Features of prior networks against loops over the edges."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gpdht.config import PriorConfig
from gpdht.data.toy import toy
from gpdht.models.prior_features import EVERYTHING, prior_features

TOY = toy(genes=20, tfs=5, cells=15)
GENES = TOY.genes.tolist()


def random_net(seed: int, edges: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    names = [*GENES, "elsewhere1", "elsewhere2", "elsewhere3"]
    net = pd.DataFrame(rng.choice(names, (edges, 2)), columns=["source", "target"])
    return net.assign(weight=rng.choice([-2.0, 0.5, 1.0, 4.0], edges))


DATASET = TOY.with_priors({"one": random_net(1), "two": random_net(2, 40)})


def columns(dataset=DATASET, settings=EVERYTHING) -> dict[str, np.ndarray]:
    """Each feature as (T, G)."""
    features = prior_features(dataset, settings)
    tfs = np.flatnonzero(np.isin(dataset.genes, dataset.tfs))
    tf, target = (x.ravel() for x in np.meshgrid(tfs, np.arange(len(GENES)), indexing="ij"))
    values = features(tf, target).reshape(len(tfs), len(GENES), -1)
    return {name: values[..., i] for i, name in enumerate(features.names)}


def by_hand(prior, feature: str) -> np.ndarray:
    weight = {(s, t): w for s, t, w in prior.edges.itertuples(index=False)}
    top = max(abs(w) for w in weight.values())
    near: dict[str, set[str]] = {}
    for s, t in weight:
        near.setdefault(s, set()).add(t)
        near.setdefault(t, set()).add(s)
    into = {g: sum(t == g for _, t in weight) for g in GENES}

    def of(tf: str, gene: str) -> float:
        if feature == "link":
            return weight.get((tf, gene), 0) / top
        if feature == "reverse link":
            return weight.get((gene, tf), 0) / top
        if feature == "common neighbours":
            one, other = near.get(tf, set()), near.get(gene, set())
            return len(one & other) / math.sqrt(max(len(one), 1) * max(len(other), 1))
        if feature == "in-degree":
            return math.log1p(into[gene])
        return float(gene in near)

    tfs = [gene for gene in GENES if gene in set(TOY.tfs)]
    return np.array([[of(tf, gene) for gene in GENES] for tf in tfs])


@pytest.mark.parametrize(
    "feature", ["link", "reverse link", "common neighbours", "in-degree", "in the network"]
)
def test_features_are_those_of_a_loop_over_edges_standardised(feature):
    found = columns()
    for prior in DATASET.priors:
        expected = by_hand(prior, feature)
        sd = expected.std()
        expected = (expected - expected.mean()) / sd if sd > 0 else expected * 0
        np.testing.assert_allclose(found[f"{prior.name}: {feature}"], expected, atol=1e-5)


def test_the_embedding_is_the_singular_value_decomposition_of_the_scaled_edges():
    prior = DATASET.priors[0]
    names = sorted({*GENES, *prior.edges["source"], *prior.edges["target"]})
    at = {name: i for i, name in enumerate(names)}
    edges = np.zeros((len(names), len(names)))
    for s, t, w in prior.edges.itertuples(index=False):
        edges[at[s], at[t]] = abs(w) / prior.edges["weight"].abs().max()
    scaled = edges / np.sqrt(
        np.maximum(edges.sum(1), 1)[:, None] * np.maximum(edges.sum(0), 1)[None, :]
    )
    left, size, right = np.linalg.svd(scaled)
    rank = 4
    close = (left[:, :rank] * size[:rank]) @ right[:rank]
    rows, cols = ([at[g] for g in some] for some in (columns_tfs(), GENES))
    expected = close[np.ix_(rows, cols)]
    found = columns(settings=replace_embedding(rank))["one: embedding product"]
    np.testing.assert_allclose(found, (expected - expected.mean()) / expected.std(), atol=1e-4)


def columns_tfs() -> list[str]:
    return [gene for gene in GENES if gene in set(TOY.tfs)]


def replace_embedding(rank: int) -> PriorConfig:
    return PriorConfig(embedding=rank)


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        (PriorConfig(links=False, neighbours=False, degrees=False), set()),
        (PriorConfig(neighbours=False, degrees=False), {"link", "reverse link"}),
        (PriorConfig(links=False, degrees=False), {"common neighbours"}),
        (PriorConfig(links=False, neighbours=False), {"in-degree", "in the network"}),
    ],
)
def test_each_setting_gives_its_features_and_no_other(settings, left):
    found = {name.partition(": ")[2] for name in prior_features(DATASET, settings).names}
    assert found == left


def test_no_feature_is_of_the_tf_alone():
    for name, values in columns().items():
        constant_along_genes = np.ptp(values, axis=1).max() < 1e-6
        assert not constant_along_genes or np.ptp(values) < 1e-6, name


def test_labels_and_expression_change_nothing():
    other = toy(genes=20, tfs=5, cells=15, seed=3)
    changed = replace(DATASET, expression=other.expression, net=other.net, tfs=DATASET.tfs)
    for one, two in zip(columns().values(), columns(changed).values(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_gene_that_is_no_tf_has_no_pair_features():
    features = prior_features(DATASET, PriorConfig(degrees=False))
    outside = np.flatnonzero(~np.isin(DATASET.genes, DATASET.tfs))
    assert not features(outside, np.zeros(len(outside), int)).any()
