"""The pair Transformer against its equations as loops over pairs, heads and tokens."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.models.gpdht.model import make_fold_models
from gpdht.models.gpdht.transformer import PairTransformer
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import make_pairs

DIM, HEADS, LAYERS = 8, 2, 3


def gelu(x):
    return np.vectorize(lambda v: 0.5 * v * (1 + math.erf(v / math.sqrt(2))))(x)


def layer_norm(x, norm):
    weight, bias = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    centred = x - x.mean()
    return weight * centred / math.sqrt((centred**2).mean() + norm.eps) + bias


def linear(x, layer):
    return layer.weight.detach().numpy() @ x + layer.bias.detach().numpy()


def attend(tokens, layer):
    """Multi-head self-attention of one pair's tokens, one query at a time."""
    q, k, v = np.split(np.stack([linear(t, layer.qkv) for t in tokens]), 3, axis=1)
    width, out = DIM // HEADS, []
    for i in range(len(tokens)):
        heads = []
        for h in range(HEADS):
            part = slice(h * width, (h + 1) * width)
            raw = [q[i][part] @ k[j][part] / math.sqrt(width) for j in range(len(tokens))]
            share = [math.exp(r) / sum(math.exp(x) for x in raw) for r in raw]
            heads.append(sum(s * v[j][part] for j, s in enumerate(share)))
        out.append(linear(np.concatenate(heads), layer.mix))
    return out


def logit_by_hand(model: PairTransformer, token_SD: np.ndarray) -> float:
    tokens = list(token_SD)
    for layer in model.layers:
        mixed = attend(tokens, layer)
        tokens = [layer_norm(t + m, layer.norm1) for t, m in zip(tokens, mixed, strict=True)]
        wide = [linear(gelu(linear(t, layer.widen)), layer.narrow) for t in tokens]
        tokens = [layer_norm(t + w, layer.norm2) for t, w in zip(tokens, wide, strict=True)]
    _, flat, _, norm = model.trunk
    hidden = layer_norm(gelu(linear(np.concatenate(tokens), flat)), norm)
    return linear(hidden, model.classify).item()


@pytest.mark.parametrize("tokens", [2, 4])
def test_logits_equal_the_equations_written_as_loops(tokens):
    torch.manual_seed(0)
    model = (
        PairTransformer(
            tokens=tokens,
            dim=DIM,
            layers=LAYERS,
            heads=HEADS,
            feedforward=12,
            dropout=0.3,
            hidden=10,
            projection=6,
        )
        .eval()
        .double()
    )
    table_GSD = torch.randn(7, tokens // 2, DIM).double()
    tf_P, target_P = torch.tensor([0, 1, 1, 4, 6]), torch.tensor([3, 0, 4, 1, 2])
    token_PSD = torch.cat([table_GSD[tf_P], table_GSD[target_P]], dim=1)
    expected = [logit_by_hand(model, pair.numpy()) for pair in token_PSD]
    with torch.no_grad():
        for version, tolerance in ((model, 1e-9), (copy.deepcopy(model).float(), 1e-5)):
            dtype = version.classify.weight.dtype
            logit_P, projection_PD = version(token_PSD.to(dtype))
            np.testing.assert_allclose(logit_P, expected, rtol=tolerance, atol=tolerance)
            by_gene_P = version.logits(table_GSD.to(dtype), tf_P, target_P)
            np.testing.assert_allclose(by_gene_P, expected, rtol=tolerance, atol=tolerance)
            assert projection_PD.shape == (5, 6)


def test_the_noised_view_differs_from_the_clean_one_by_noise_in_units_of_the_embeddings_sd():
    config = Config.from_flat(
        {"encoder.dim": 16, "encoder.iterations": 2, "model.layers": 1, "augment.noise": 0.3}
    )
    dataset = toy(genes=60, tfs=10, cells=50, seed=0)
    pairs = make_pairs(dataset)
    (model,) = make_fold_models(config, dataset, pairs, [np.arange(len(pairs))])
    seen = []
    model.network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    ThreadedTrainer([model]).train_epoch(1)
    clean = torch.cat([views[: len(views) // 2] for views in seen])
    noised = torch.cat([views[len(views) // 2 :] for views in seen])
    table_sd = model.token_table().std(dim=0, correction=0)
    of_embedding = table_sd[:, :16].square().mean()  # all channels of a token share one scale
    assert float(of_embedding) == pytest.approx(1, abs=1e-3)
    difference = noised - clean
    assert float(difference.std()) == pytest.approx(0.3, rel=0.02)
    assert abs(float(difference.mean())) < 0.01
