"""IGEGRNS against torch-geometric, and its stages against their shapes worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch_geometric.nn import SAGEConv, TopKPooling

from gpdht.config import Config
from gpdht.errors import ConfigError, TooLargeError
from gpdht.models.peers import igegrns
from gpdht.models.peers.igegrns import IGEGRNS, check_batch, flat_length, most_influential
from gpdht.models.peers.positive_graph import PositiveGraph
from gpdht.pairs.candidates import Pairs

G, C, D = 8, 5, 16
CONFIG = Config.from_flat(
    {"model.name": "igegrns", "peer.output": D, "peer.hidden": 7, "peer.dropout": 0.0}
)
PAIRS = Pairs(
    np.array([0, 0, 0, 1, 2], np.int32),
    np.array([1, 3, 4, 3, 3], np.int32),
    np.array([1, 1, 0, 1, 1], np.int8),
    "five pairs",
)


def network(config=CONFIG) -> IGEGRNS:
    torch.manual_seed(0)
    graph = PositiveGraph.of(PAIRS, np.arange(5), num_genes=G)
    return IGEGRNS(config, torch.rand(G, C), graph)


def test_embeddings_are_those_of_sage_in_torch_geometric():
    model = network()
    oracle = SAGEConv(C, D, aggr="mean", normalize=True)
    with torch.no_grad():
        oracle.lin_l.weight.copy_(model.of_neighbours.weight)
        oracle.lin_l.bias.copy_(model.of_neighbours.bias)
        oracle.lin_r.weight.copy_(model.of_itself.weight)
    edges = torch.tensor([[0, 0, 1, 2], [1, 3, 3, 3]])
    torch.testing.assert_close(model.embed()[0], F.relu(oracle(model.x_GC, edges)))


def test_the_global_gene_is_that_of_top_k_pooling_in_torch_geometric():
    torch.manual_seed(1)
    pool = TopKPooling(D, ratio=1)
    for seed in range(5):
        x_GD = torch.randn(G, D, generator=torch.Generator().manual_seed(seed))
        kept, *_ = pool(x_GD, torch.empty(2, 0, dtype=torch.int64))
        direction_D = pool.select.weight[0]
        torch.testing.assert_close(most_influential(x_GD, direction_D), kept)


def test_a_pair_is_scored_from_all_stages_of_its_three_rows():
    model = network().eval()
    for stage in model.stages:
        stage.norm.running_mean.normal_()
        stage.norm.running_var.uniform_(0.5, 2)
    x_GD, global_1D = model.embed()
    found = model.logits((x_GD, global_1D), torch.tensor([2, 0]), torch.tensor([5, 1]))
    for p, (tf, target) in enumerate(((2, 5), (0, 1))):
        x = torch.stack([x_GD[tf], x_GD[target], global_1D[0]])[None]
        outputs = []
        for stage in model.stages:
            x = F.max_pool1d(F.relu(stage.convolve(stage.norm(x))), 2)
            outputs.append(x[0])
        flat = torch.cat(outputs, dim=1).reshape(1, -1)
        torch.testing.assert_close(found[p], model.classify(flat)[0, 0])


def test_a_stage_and_its_gradients_are_torchs_in_training_too():
    torch.manual_seed(2)
    stage, x_PRL = igegrns.Stage(), torch.randn(6, 3, 9)
    found = stage(x_PRL.transpose(0, 1)).transpose(0, 1)
    weight = torch.randn_like(found)
    (found * weight).sum().backward()
    ours = [parameter.grad.clone() for parameter in stage.parameters()]
    stage.zero_grad()
    expected = F.max_pool1d(F.relu(stage.convolve(stage.norm(x_PRL))), 2)
    torch.testing.assert_close(found, expected)
    (expected * weight).sum().backward()
    torch.testing.assert_close(ours, [parameter.grad for parameter in stage.parameters()])


def test_the_published_width_flattens_to_663():
    assert 3 * flat_length(256) == 663
    assert flat_length(15) == 7 + 3 + 1


def test_a_width_that_cannot_be_halved_three_times_is_refused():
    with pytest.raises(ConfigError, match=r"peer\.output=14: IGEGRNS halves it three times"):
        CONFIG.replace({"peer.output": 14})
    assert CONFIG.replace({"peer.output": 14, "model.name": "genelink"}).peer.output == 14


def test_the_double_sigmoid_changes_the_loss_and_not_the_score():
    plain, odd = network(), network(CONFIG.replace({"peer.double_sigmoid": True}))
    logit_P, label_P = torch.tensor([-1.0, 2.0]), torch.tensor([0.0, 1.0])
    probability = 1 / (1 + np.exp(-logit_P.numpy()))

    def cross_entropy(logits):
        p = 1 / (1 + np.exp(-logits))
        return -(np.log(1 - p[0]) + np.log(p[1])) / 2

    assert plain.loss(logit_P, label_P).item() == pytest.approx(cross_entropy(logit_P.numpy()))
    assert odd.loss(logit_P, label_P).item() == pytest.approx(cross_entropy(probability), rel=1e-5)
    pair = torch.tensor([0]), torch.tensor([1])
    plain.eval(), odd.eval()
    assert torch.equal(plain.logits(plain.embed(), *pair), odd.logits(odd.embed(), *pair))


def test_a_batch_that_does_not_fit_into_memory_is_refused(monkeypatch):
    monkeypatch.setattr(igegrns, "free_memory", lambda **_: 14 * 3 * D * 4 * 100)
    check_batch(CONFIG.replace({"train.batch_size": 100}), 5000, gpu=False)
    check_batch(CONFIG.replace({"train.batch_size": 5000}), 100, gpu=False)
    with pytest.raises(TooLargeError, match="on 101 pairs at once"):
        check_batch(CONFIG, 101, gpu=False)
