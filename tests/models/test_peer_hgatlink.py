"""HGATLink's layers against torch's own, and the decoder that attends across the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.models.catalogue import prepare_model
from gpdht.models.gpdht.model import make_fold_models
from gpdht.models.peers.hgatlink import HGATLink
from gpdht.models.peers.pair_attention import Attention, DecoderLayer, EncoderLayer
from gpdht.pairs.candidates import make_pairs

D, HEADS, FEED = 8, 2, 12
CONFIG = Config.from_flat(
    {
        "model.name": "hgatlink",
        "graph.levels": 3,
        "encoder.dim": D,
        "encoder.heads": 2,
        "encoder.iterations": 5,
        "model.heads": HEADS,
        "model.feedforward": FEED,
        "model.layers": 2,
        "model.hidden": 6,
    }
)


def copy_attention(oracle: nn.MultiheadAttention, attention: Attention) -> None:
    for part in ("weight", "bias"):
        maps = attention.query, attention.key_value
        joined = torch.cat([getattr(linear, part) for linear in maps])
        getattr(oracle, f"in_proj_{part}").data.copy_(joined)
    oracle.out_proj.load_state_dict(attention.mix.state_dict())


def copy_common(oracle, layer) -> None:
    copy_attention(oracle.self_attn, layer.attention)
    oracle.linear1.load_state_dict(layer.widen.state_dict())
    oracle.linear2.load_state_dict(layer.narrow.state_dict())


def randomise(module: nn.Module) -> None:
    for parameter in module.parameters():
        parameter.data.normal_(std=0.5)


def torch_encoder(layer: EncoderLayer) -> nn.TransformerEncoderLayer:
    oracle = nn.TransformerEncoderLayer(D, HEADS, FEED, dropout=0.0, batch_first=True)
    copy_common(oracle, layer)
    oracle.norm1.load_state_dict(layer.norm1.state_dict())
    oracle.norm2.load_state_dict(layer.norm2.state_dict())
    return oracle


def torch_decoder(layer: DecoderLayer, *, batch_first: bool) -> nn.TransformerDecoderLayer:
    feed = layer.widen.out_features
    oracle = nn.TransformerDecoderLayer(D, HEADS, feed, dropout=0.0, batch_first=batch_first)
    copy_common(oracle, layer)
    copy_attention(oracle.multihead_attn, layer.to_memory)
    for ours, theirs in (("norm1", "norm1"), ("norm_memory", "norm2"), ("norm2", "norm3")):
        getattr(oracle, theirs).load_state_dict(getattr(layer, ours).state_dict())
    return oracle


def test_an_encoder_layer_and_its_gradients_are_those_of_torch():
    torch.manual_seed(0)
    layer, x_PSD = EncoderLayer(D, HEADS, FEED, 0.0), torch.randn(5, 3, D)
    randomise(layer)
    oracle = torch_encoder(layer)
    torch.testing.assert_close(layer(x_PSD), oracle(x_PSD))
    weight = torch.randn(5, 3, D)
    for module in (layer, oracle):
        (module(x_PSD) * weight).sum().backward()
    torch.testing.assert_close(layer.widen.weight.grad, oracle.linear1.weight.grad)
    torch.testing.assert_close(
        layer.attention.query.weight.grad, oracle.self_attn.in_proj_weight.grad[:D]
    )


@pytest.mark.parametrize("across", [False, True])
def test_a_decoder_layer_is_torchs_in_either_reading_of_the_batch(across):
    torch.manual_seed(1)
    layer = DecoderLayer(D, HEADS, D, 0.0, across=across)
    randomise(layer)
    oracle = torch_decoder(layer, batch_first=not across)
    x_PSD, memory_PSD = torch.randn(2, 7, 2, D)
    torch.testing.assert_close(layer(x_PSD, memory_PSD), oracle(x_PSD, memory_PSD))


@pytest.mark.parametrize("across", [False, True])
def test_the_network_is_the_published_one(across):
    torch.manual_seed(2)
    x_GD, tf_P, target_P = torch.randn(9, D), torch.arange(4), torch.arange(5, 9)
    network = HGATLink(CONFIG.replace({"peer.attends_across_batch": across}), x_GD).eval()
    x = torch.stack([x_GD[:4], x_GD[5:]], dim=1)
    memory = x
    for layer in network.encoder:
        memory = torch_encoder(layer)(memory)
    out = torch_decoder(network.decoder, batch_first=not across)(x, memory).flatten(1)
    _, first, _, norm, _, last = network.classify
    hidden = nn.functional.gelu(norm(first(out)))
    torch.testing.assert_close(
        network.logits(network.embed(), tf_P, target_P), last(hidden).squeeze(1)
    )


@pytest.mark.parametrize("across", [False, True])
def test_only_attention_across_the_batch_makes_a_score_depend_on_it(across):
    torch.manual_seed(3)
    x_GD = torch.randn(9, D)
    network = HGATLink(CONFIG.replace({"peer.attends_across_batch": across}), x_GD).eval()
    tf_P, target_P = torch.arange(4), torch.arange(5, 9)
    together = network.logits((x_GD,), tf_P, target_P)
    alone = network.logits((x_GD,), tf_P[:1], target_P[:1])
    assert torch.allclose(together[:1], alone, atol=1e-5) != across


def test_embeddings_are_those_of_gpdhts_encoder_and_share_its_cache(tmp_path):
    dataset = toy(genes=20, tfs=3, cells=12, seed=1)
    pairs, parts = make_pairs(dataset), [np.arange(20)]
    settings = {"model.statistics": False, "encoder.rescale": False, "encoder.start": "random"}
    config = CONFIG.replace(settings)
    gpdht = config.replace({"model.name": "gpdht"})
    (theirs,) = make_fold_models(gpdht, dataset, pairs, parts, cache_dir=tmp_path)
    prepared = prepare_model(config, dataset, folds=1, cache_dir=tmp_path)
    (ours,) = prepared.models(pairs, parts)
    assert len(list(tmp_path.iterdir())) == 1
    with torch.no_grad():
        assert torch.equal(ours.network.x_GD, theirs.encoder(theirs.graph)[0])
