"""The factorisation's loss and gradient against numpy, and the functions they are made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from gpdht.kernels.elementary import exp64, kernel, log1p64
from gpdht.kernels.logistic_factors import log_loss


@kernel
def both(x_N, exp_N, log_N):
    for n in range(len(x_N)):
        exp_N[n] = exp64(x_N[n])
        log_N[n] = log1p64(exp_N[n])


def test_exp_and_log_are_those_of_numpy():
    rng = np.random.default_rng(0)
    x_N = -np.abs(rng.normal(size=20_000) * 10.0 ** rng.integers(-9, 3, 20_000))
    x_N[:3] = 0, -708, -1e9
    exp_N, log_N = np.empty((2, len(x_N)))
    both(x_N, exp_N, log_N)
    assert exp_N == pytest.approx(np.exp(np.maximum(x_N, -708)), rel=3e-14, abs=0)
    assert log_N == pytest.approx(np.log1p(exp_N), rel=1e-15, abs=0)
    assert np.isnan([exp64(np.nan), log1p64(np.nan)]).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 13), st.integers(0, 4))
def test_loss_and_gradient_are_those_of_the_table(seed, tfs, targets, rank):
    rng = np.random.default_rng(seed)
    pairs_TG = rng.integers(0, 3, (tfs, targets)).astype(float)
    positives_TG = rng.binomial(pairs_TG.astype(int), 0.3).astype(float)
    b_T, c_G = 3 * rng.normal(size=tfs), 3 * rng.normal(size=targets)
    u_TR, v_GR = rng.normal(size=(tfs, rank)), rng.normal(size=(targets, rank))
    got = [np.full(shape, np.nan) for shape in (tfs, targets, (tfs, rank), (rank, targets))]
    v_RG = np.ascontiguousarray(v_GR.T)
    loss = log_loss(positives_TG, pairs_TG, b_T, c_G, u_TR, v_RG, *got)

    logit_TG = b_T[:, None] + c_G + u_TR @ v_GR.T
    slope_TG = pairs_TG * expit(logit_TG) - positives_TG
    softplus_TG = np.logaddexp(0, logit_TG)
    assert loss == pytest.approx((pairs_TG * softplus_TG - positives_TG * logit_TG).sum())
    expected = slope_TG.sum(1), slope_TG.sum(0), slope_TG @ v_GR, (slope_TG.T @ u_TR).T
    for mine, numpys in zip(got, expected, strict=True):
        assert mine == pytest.approx(numpys, abs=1e-10)
