"""GMFGRN's sums over levels against loops, its pre-training, and its pair network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpdht.config import Config, GraphConfig
from gpdht.data.toy import toy
from gpdht.errors import ConfigError
from gpdht.graph.build import build_graph
from gpdht.models.catalogue import prepare_model
from gpdht.models.peers.gmfgrn import GMFGRN, reconstruct
from gpdht.models.peers.level_tokens import cache_key, level_graph
from gpdht.models.peers.sum_encoder import LevelSums, SumEncoder
from gpdht.pairs.candidates import make_pairs
from gpdht.trial import run_trial

SMALL = Config.from_flat(
    {
        "model.name": "gmfgrn",
        "graph.levels": 3,
        "encoder.dim": 8,
        "encoder.iterations": 5,
        "peer.hidden": 6,
    }
)


@pytest.fixture(scope="module")
def dataset():
    return toy(genes=20, tfs=3, cells=12, seed=1)


def edges_of(graph):
    """(level, cell, gene) of every edge, from the graph that torch-geometric would see."""
    for k in range(graph.levels):
        pairs = graph.data["cell", f"level_{k + 1}", "gene"].edge_index.T.tolist()
        yield from ((k, cell, gene) for cell, gene in pairs)


@pytest.mark.parametrize("encoding", ["uniform", "cumulative"])
def test_features_are_the_normalised_sums_of_a_double_loop(dataset, encoding):
    graph = build_graph(dataset, GraphConfig(levels=3, encoding=encoding))
    torch.manual_seed(0)
    encoder = SumEncoder(graph, dim=4)
    of_genes, of_cells = (np.zeros((n, 3, 4)) for n in (graph.num_genes, graph.num_cells))
    degree_G, degree_C = graph.degree_G.numpy(), graph.degree_C.numpy()
    message_KCD = encoder.genes.message.detach().view(3, -1, 4).numpy()
    message_KGD = encoder.cells.message.detach().view(3, -1, 4).numpy()
    for k, cell, gene in edges_of(graph):
        norm = np.sqrt(degree_G[gene] * degree_C[cell])
        of_genes[gene, k] += message_KCD[k, cell] / norm
        of_cells[cell, k] += message_KGD[k, gene] / norm
    for found, expected in zip(encoder.features(graph), (of_genes, of_cells), strict=True):
        expected = np.maximum(expected, 0).reshape(len(expected), -1)
        np.testing.assert_allclose(found.detach().numpy(), expected, atol=1e-5)


def test_the_gradient_of_a_sum_is_the_sum_of_the_other_direction(dataset):
    graph = build_graph(dataset, GraphConfig(levels=2))
    table = torch.randn(2 * graph.num_cells, 2, dtype=torch.float64, requires_grad=True)

    def sums(table):
        return LevelSums.apply(table, graph.to_gene, graph.to_cell)

    assert torch.autograd.gradcheck(sums, (table,), fast_mode=True)


def test_pre_training_reconstructs_and_starts_lower_at_the_singular_vectors(dataset):
    graph = level_graph(SMALL, dataset)
    losses = {}
    for start in ("random", "singular"):
        for iterations in (1, 60):
            changes = {"encoder.start": start, "encoder.iterations": iterations, "encoder.lr": 0.01}
            changes["encoder.shrinkage"] = 0.1
            torch.manual_seed(0)
            encoder = SumEncoder(graph, 8)
            losses[start, iterations] = reconstruct(encoder, graph, SMALL.replace(changes).encoder)
    assert losses["random", 60] < 0.8 * losses["random", 1]
    assert losses["singular", 1] < 0.8 * losses["random", 1]
    assert losses["singular", 60] < losses["singular", 1]


def test_tokens_are_kept_by_what_they_depend_on(dataset, tmp_path, caplog):
    pairs = make_pairs(dataset)

    def tokens(config):
        (model,) = prepare_model(config, dataset, folds=1, cache_dir=tmp_path).models(
            pairs, [np.arange(9)]
        )
        return model.network.token_GSD

    first = tokens(SMALL)
    assert first.shape == (20, 2, 8)
    (path,) = tmp_path.iterdir()
    assert torch.equal(first, tokens(SMALL.replace({"peer.hidden": 5, "train.lr": 0.1})))
    assert len(list(tmp_path.iterdir())) == 1
    path.write_bytes(b"not safetensors")
    assert torch.equal(first, tokens(SMALL))
    assert "unreadable" in caplog.text
    keys = [
        cache_key(SMALL.replace(changes), fingerprint)
        for fingerprint in ("one", "other")
        for changes in ({}, {"encoder.lr": 0.5}, {"train.seed": 1}, {"graph.levels": 4})
    ]
    assert len(set(keys)) == len(keys)


def test_views_of_genes_score_pairs_as_the_tokens_of_the_pairs_do():
    torch.manual_seed(0)
    token_GSD = torch.randn(7, 2, 8)
    network = GMFGRN(SMALL, token_GSD).eval()
    tf_P, target_P = torch.tensor([0, 1, 2]), torch.tensor([6, 5, 1])
    found = network.logits(network.embed(), tf_P, target_P)
    for p, genes in enumerate(zip(tf_P.tolist(), target_P.tolist(), strict=True)):
        a, b = (torch.cat([network.gene(t[0]), network.cell(t[1])]) for t in token_GSD[list(genes)])
        expected = network.pair(torch.cat([network.tf(a), network.target(b)]))
        torch.testing.assert_close(found[p : p + 1], expected)


def test_the_pair_network_has_the_published_widths():
    config = SMALL.replace({"peer.hidden": 256})
    network = GMFGRN(config, torch.zeros(3, 2, 256))
    widths = {
        name: [(m.in_features, m.out_features) for m in part if isinstance(m, torch.nn.Linear)]
        for name, part in network.named_children()
    }
    shared, own = [(256, 256), (256, 256)], [(512, 512), (512, 256)]
    assert widths == {
        "gene": shared,
        "cell": shared,
        "tf": own,
        "target": own,
        "pair": [(512, 256), (256, 256), (256, 1)],
    }


def test_a_sample_of_the_cells_makes_the_graph(dataset):
    graph = level_graph(SMALL.replace({"graph.max_cells": 7}), dataset)
    assert (graph.num_cells, graph.num_genes) == (7, 20)


def test_embeddings_that_labels_train_are_refused(dataset):
    config = SMALL.replace({"encoder.training": "joint"})
    with pytest.raises(ConfigError, match="GMFGRN trains on frozen embeddings"):
        prepare_model(config, dataset, folds=1)
    assert run_trial(config, dataset).state == "infeasible"
