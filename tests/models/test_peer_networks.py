"""GENELink and GATCL as wholes, against the published equations on dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from gpdht.config import Config
from gpdht.errors import ConfigError
from gpdht.models.peers.gatcl import GATCL
from gpdht.models.peers.gene_attention import attended_graph
from gpdht.models.peers.genelink import GENELink
from gpdht.pairs.candidates import Pairs

G, C = 7, 4
PAIRS = Pairs(
    np.array([0, 0, 0, 1, 2], np.int32),
    np.array([1, 3, 4, 3, 3], np.int32),
    np.array([1, 1, 0, 1, 1], np.int8),
    "five pairs",
)
ODDITIES = [{}, {"peer.self_loops": True}, {"peer.isolated": "all"}]


def made(kind, **changes):
    values = {"peer.hidden": 12, "peer.output": 5, "peer.channel": 6, "peer.heads": 2, **changes}
    config = Config.from_flat({"model.name": kind.__name__.lower(), **values})
    torch.manual_seed(0)
    graph = attended_graph(config, PAIRS, np.arange(5), num_genes=G)
    network = kind(config, torch.randn(G, C), graph).eval()
    for attention in (network.attention1, network.attention2):
        attention.bias.data.normal_()
    return network


def linked(changes) -> torch.Tensor:
    """Who attends to whom, (G, G), as the published code has it (its dense adjacency)."""
    linked_GG = torch.zeros(G, G, dtype=torch.bool)
    for tf, target in ((0, 1), (0, 3), (1, 3), (2, 3)):
        linked_GG[tf, target] = linked_GG[target, tf] = True
    if changes.get("peer.self_loops"):
        linked_GG |= torch.eye(G, dtype=torch.bool)
    if changes.get("peer.isolated") != "all":
        alone = ~linked_GG.any(dim=1)
        linked_GG[alone, alone] = True
    return linked_GG


def dense(attention, h_GHD, linked_GG, scored, activated):
    """The published layer of one head after another: genes × genes, masked with −9e15."""
    out = []
    for head in range(h_GHD.shape[1]):
        h_GD = h_GHD[:, head]
        score_GG = (h_GD @ attention.of_gene[head])[:, None] + h_GD @ attention.of_neighbour[head]
        masked_GG = torch.where(linked_GG, scored(score_GG), -9e15)
        sum_GD = activated(masked_GG.softmax(dim=1) @ h_GD)
        out.append(F.normalize(sum_GD, dim=1) + attention.bias[head])
    return out


def leaky(x):
    return F.leaky_relu(x, 0.2)


@pytest.mark.parametrize("changes", ODDITIES)
def test_genelink_is_the_published_network_on_dense_matrices(changes):
    network, linked_GG = made(GENELink, **changes), linked(changes)
    heads = dense(network.attention1, network.map1(network.x_GC), linked_GG, leaky, leaky)
    x_GD = F.elu(torch.cat(heads, dim=1))
    x_GD = torch.stack(dense(network.attention2, network.map2(x_GD), linked_GG, leaky, leaky)).mean(
        0
    )
    for found, expected in zip(network.embed(), network.channels(x_GD), strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("changes", ODDITIES)
def test_gatcl_is_the_published_network_on_dense_matrices(changes):
    network, linked_GG = made(GATCL, **changes), linked(changes)
    heads = dense(network.attention1, network.map1(network.x_GC), linked_GG, leaky, F.elu)
    x_GD = F.elu(torch.stack(heads).mean(dim=0))
    weight, bias = network.filter.weight[None, None], network.filter.bias
    moved = F.conv1d(x_GD[:, None], weight, bias)[:, 0]
    assert moved.shape == (G, 5)
    (x_GD,) = dense(network.attention2, moved[:, None], linked_GG, F.elu, F.elu)
    for found, expected in zip(network.embed(), network.channels(x_GD), strict=True):
        torch.testing.assert_close(found, expected)


def test_published_widths():
    published = {"peer.hidden": 384, "peer.output": 64, "peer.channel": 32, "peer.heads": 3}
    network = made(GATCL, **published)
    assert network.filter.weight.shape == (321,)
    assert network.map1.weight.shape == (3 * 384, C)
    assert [part.weight.shape for part in (network.channels.tf[0], network.channels.tf[3])] == [
        (32, 64),
        (16, 32),
    ]
    network = made(GENELink, **{**published, "peer.hidden": 128})
    assert network.map1.weight.shape == (384, C)
    assert network.map2.weight.shape == (3 * 64, 384)


def test_a_filter_that_makes_features_longer_is_refused():
    with pytest.raises(ConfigError, match=r"peer\.output=64 is above peer\.hidden=32: GATCL"):
        Config.from_flat({"model.name": "gatcl", "peer.hidden": 32})
