"""The graph of positives and attention over it, against loops and torch-geometric."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch_geometric.nn import GATConv

from gpdht.models.peers.channels import Channels, products
from gpdht.models.peers.gene_attention import GeneAttention, HeadMaps
from gpdht.models.peers.positive_graph import PositiveGraph
from gpdht.models.peers.seeded_dropout import seed_dropout
from gpdht.pairs.candidates import Pairs

G, H, D, C = 6, 2, 3, 4
TF_P = np.array([0, 0, 0, 1, 1, 2], np.int32)
TARGET_P = np.array([1, 2, 3, 0, 2, 4], np.int32)
LABEL_P = np.array([1, 0, 1, 1, 1, 1], np.int8)
TRAIN = np.array([0, 1, 2, 3, 4])  # leaves out 2 → 4; 0 → 2 is a negative


def neighbours(**options) -> list[list[int]]:
    pairs = Pairs(TF_P, TARGET_P, LABEL_P, "six pairs")
    graph = PositiveGraph.of(pairs, TRAIN, num_genes=G, **options)
    assert graph.destination_E.tolist() == sorted(graph.destination_E.tolist())
    bags = graph.source_E.tensor_split(graph.starts_G[1:-1])
    return [bag.tolist() for bag in bags]


def test_the_graph_holds_the_training_positives_and_nothing_else():
    assert neighbours() == [[1], [0], [1], [0], [], []]
    assert neighbours(undirected=True) == [[1, 3], [0, 2], [1], [0], [], []]
    assert neighbours(self_loops=True) == [[0, 1], [0, 1], [1, 2], [0, 3], [4], [5]]
    assert neighbours(loops_if_isolated=True) == [[1], [0], [1], [0], [4], [5]]


def graph_of(**options) -> PositiveGraph:
    pairs = Pairs(TF_P, TARGET_P, LABEL_P, "six pairs")
    return PositiveGraph.of(pairs, TRAIN, num_genes=G, **options)


@pytest.mark.parametrize("options", [{}, {"undirected": True}, {"self_loops": True}])
def test_attention_and_its_gradients_are_those_of_torch_geometric(options):
    torch.manual_seed(0)
    graph, x_GC = graph_of(**options), torch.randn(G, C)
    maps, attention = HeadMaps(C, H, D), GeneAttention(H, D, dropout=0.0)
    oracle = GATConv(C, D, heads=H, add_self_loops=False, bias=False)
    with torch.no_grad():
        oracle.lin.weight.copy_(maps.weight)
        oracle.att_src.copy_(attention.of_neighbour[None])
        oracle.att_dst.copy_(attention.of_gene[None])
    edges = torch.stack([graph.source_E, graph.destination_E])
    found, expected = attention.sums(maps(x_GC), graph), oracle(x_GC, edges).view(G, H, D)
    torch.testing.assert_close(found, expected)
    weight = torch.randn(G, H, D)
    (found * weight).sum().backward()
    (expected * weight).sum().backward()
    torch.testing.assert_close(maps.weight.grad, oracle.lin.weight.grad)
    torch.testing.assert_close(attention.of_gene.grad, oracle.att_dst.grad[0])
    torch.testing.assert_close(attention.of_neighbour.grad, oracle.att_src.grad[0])


def test_sums_are_activated_scaled_to_length_one_and_shifted():
    torch.manual_seed(1)
    graph, attention = graph_of(undirected=True), GeneAttention(H, D, dropout=0.0, activated=F.elu)
    h_GHD = torch.randn(G, H, D)
    attention.bias.data.normal_()
    active = F.elu(attention.sums(h_GHD, graph))
    length = active.square().sum(-1, keepdim=True).sqrt()
    expected = active / torch.where(length > 0, length, 1) + attention.bias
    torch.testing.assert_close(attention(h_GHD, graph), expected)


def test_a_gene_without_neighbours_is_zero_or_the_mean_of_all():
    torch.manual_seed(2)
    h_GHD = torch.randn(G, H, D)
    plain = GeneAttention(H, D, dropout=0.0)
    odd = GeneAttention(H, D, dropout=0.0, average=True)
    odd.load_state_dict(plain.state_dict())
    without, averaged = (a.sums(h_GHD, graph_of()) for a in (plain, odd))
    assert not without[4:].any()
    torch.testing.assert_close(averaged[4:], h_GHD.mean(0).expand(2, H, D))
    assert torch.equal(without[:4], averaged[:4])


def test_dropout_takes_whole_neighbours():
    torch.manual_seed(3)
    graph, attention = graph_of(), GeneAttention(1, D, dropout=0.5)
    h_GHD = torch.randn(G, 1, D)
    seed_dropout(attention, 2)
    dropped = attention.sums(h_GHD, graph)[:4, 0]
    whole = attention.eval().sums(h_GHD, graph)[:4, 0]
    share = dropped / whole  # each gene has one neighbour
    assert set(share.round(decimals=4).unique().tolist()) == {0.0, 2.0}
    torch.testing.assert_close(share, share[:, :1].expand(4, D))


def test_a_pairs_score_is_the_product_of_its_two_channels():
    torch.manual_seed(4)
    channels = Channels(D, 6, torch.nn.LeakyReLU).eval()
    x_GD = torch.randn(G, D)
    score = products(channels(x_GD), torch.tensor([0, 3]), torch.tensor([3, 0]))
    expected = [channels.tf(x_GD[a]) @ channels.target(x_GD[b]) for a, b in ((0, 3), (3, 0))]
    torch.testing.assert_close(score, torch.stack(expected))
    assert score[0] != score[1]
