"""The fused kernels against torch's operators, with dropout masks computed one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from torch.nn import functional as F

from gpdht.kernels.contrast import Contrast
from gpdht.kernels.elementary import dropout_mask, exp32
from gpdht.kernels.pair_attention import PairAttention
from gpdht.kernels.pair_gelu import GELUDropout
from gpdht.kernels.pair_norm import AddNorm

few = settings(max_examples=25, deadline=None)
RTOL, ATOL = 1e-5, 2e-6


def factors(mask, shape) -> torch.Tensor:
    """The mask as a tensor, by the definition of `drop` in unbounded integers."""
    key0, key1, threshold, factor = (float(mask[3]) if i == 3 else int(mask[i]) for i in range(4))
    out = []
    for i in range(int(np.prod(shape))):
        h = (i ^ key0) * 0x7FEB352D % 2**32
        h = (h ^ h >> 15 ^ key1) * 0x846CA68B % 2**32
        h = (h ^ h >> 13) * 0x9E3779B1 % 2**32
        out.append(factor if h ^ h >> 16 >= threshold else 0.0)
    return torch.tensor(out).view(shape)


def same_gradients(fused, plain, *inputs: torch.Tensor, scale: float = 1.0) -> None:
    """Equal values, and equal gradients of a random projection of them.

    `scale` is the size of a gradient whose rounding counts.
    """
    results = []
    for function in (fused, plain):
        leaves = [x.clone().requires_grad_() for x in inputs]
        out = function(*leaves)
        torch.manual_seed(0)
        (out * torch.randn_like(out)).sum().backward()
        results.append([out.detach(), *(leaf.grad for leaf in leaves)])
    for got, expected in zip(*results, strict=True):
        torch.testing.assert_close(got, expected, rtol=RTOL, atol=ATOL * scale)


@few
@given(st.integers(1, 40), st.sampled_from([0.0, 0.1, 0.5]), st.integers(0, 2**63))
def test_gelu_and_dropout_in_one_pass(rows, rate, seed):
    torch.manual_seed(seed)
    x = torch.randn(rows, 13) * 3
    mask = dropout_mask(rate, seed)
    keep = factors(mask, x.shape)
    same_gradients(lambda v: GELUDropout.apply(v, mask), lambda v: F.gelu(v) * keep, x)


@few
@given(st.integers(1, 30), st.integers(3, 40), st.sampled_from([0.0, 0.3]), st.integers(0, 2**63))
def test_residual_dropout_and_normalisation_in_one_pass(rows, width, rate, seed):
    torch.manual_seed(seed)
    x, y = torch.randn(2, rows, width)
    weight, bias = torch.randn(2, width)
    mask = dropout_mask(rate, seed)
    keep = factors(mask, x.shape)
    eps = 1e-1  # nearly equal numbers in a row have a gradient beyond float32 otherwise
    same_gradients(
        lambda x, y, w, b: AddNorm.apply(x, y, w, b, eps, mask),
        lambda x, y, w, b: F.layer_norm(x + y * keep, (width,), w, b, eps),
        x,
        y,
        weight,
        bias,
    )


@few
@given(
    st.integers(1, 6),
    st.sampled_from([2, 4]),
    st.sampled_from([(1, 3), (4, 8)]),
    st.sampled_from([0.0, 0.3]),
    st.integers(0, 2**63),
)
def test_attention_within_pairs(pairs, tokens, shape, rate, seed):
    heads, width = shape
    torch.manual_seed(seed)
    qkv = torch.randn(pairs, tokens, 3, heads, width)
    mask = dropout_mask(rate, seed)
    keep = factors(mask, (pairs, heads, tokens, tokens))

    def plain(qkv):
        q, k, v = (part.transpose(1, 2) for part in qkv.unbind(2))
        share = (q @ k.transpose(-1, -2) / width**0.5).softmax(dim=-1) * keep
        return (share @ v).transpose(1, 2).flatten(2)

    same_gradients(lambda x: PairAttention.apply(x, mask), plain, qkv)


@few
@given(st.integers(2, 12), st.sampled_from([0.05, 0.2, 1.0]), st.integers(0, 2**63))
def test_the_contrastive_loss_and_its_gradient(size, temperature, seed):
    torch.manual_seed(seed)
    unit = F.normalize(torch.randn(size, 3), dim=1)
    label = torch.randint(0, 2, (size,)).float()
    same = (label[:, None] == label) & ~torch.eye(size, dtype=torch.bool)
    anchor = same.any(dim=1)

    def plain(cosine):
        rows = [
            torch.logsumexp(torch.cat([cosine[i, :i], cosine[i, i + 1 :]]) / temperature, 0)
            - (cosine[i][same[i]] / temperature).mean()
            for i in range(size)
            if anchor[i]
        ]
        return torch.stack(rows).mean() if rows else cosine.sum() * 0

    def fused(cosine):
        return Contrast.apply(cosine, label, anchor, temperature)

    same_gradients(fused, plain, unit @ unit.T, scale=1 / temperature)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_a_mask_drops_at_its_rate_and_neighbouring_seeds_are_unrelated(rate):
    masks = [
        GELUDropout.apply(torch.full((100_000,), 50.0), dropout_mask(rate, seed)) > 0
        for seed in range(4)
    ]
    for mask in masks:
        assert float(mask.float().mean()) == pytest.approx(1 - rate, abs=0.005)
    if rate:
        joint = np.corrcoef([m.numpy() for m in masks] + [masks[0].roll(1).numpy()])
        assert abs(joint - np.eye(5)).max() < 0.015


def test_exp_is_within_two_units_in_the_last_place():
    x = np.linspace(-87, 88, 200_001, dtype=np.float32)
    exact = np.exp(x.astype(np.float64))
    assert np.max(np.abs(_exp(x) / exact - 1)) < 2.4e-7
    assert np.isnan(_exp(np.array([np.nan], np.float32))).all()


def test_a_value_that_is_not_a_number_is_passed_on():
    bad = torch.tensor([[1.0, float("nan"), 2.0]])
    mask = dropout_mask(0.0, 0)
    one = torch.ones(3)
    assert GELUDropout.apply(bad, mask).isnan().any()
    assert AddNorm.apply(bad, one[None], one, one, 1e-5, mask).isnan().all()
    assert PairAttention.apply(bad.view(1, 1, 3, 1, 1), mask).isnan().any()


def _exp(x: np.ndarray) -> np.ndarray:
    @njit(error_model="numpy")
    def loop(x):
        out = np.empty_like(x)
        for i in range(x.size):
            out[i] = exp32(x[i])
        return out

    return loop(x)
