"""Losses against loops over pairs and against scikit-learn."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from gpdht.models.gpdht.losses import pair_loss, supervised_contrastive


def contrast_by_hand(z, label, temperature: float, *, positives_only: bool) -> float:
    """Khosla et al. 2020, Eq. 2, anchor by anchor."""
    n, losses = len(label), []
    unit = [[x / math.sqrt(sum(y * y for y in row)) for x in row] for row in z]
    similarity = [
        [sum(a * b for a, b in zip(unit[i], unit[j], strict=True)) / temperature for j in range(n)]
        for i in range(n)
    ]
    for i in range(n):
        same = [p for p in range(n) if p != i and label[p] == label[i]]
        if not same or (positives_only and label[i] != 1):
            continue
        denominator = sum(math.exp(similarity[i][a]) for a in range(n) if a != i)
        terms = [math.log(math.exp(similarity[i][p]) / denominator) for p in same]
        losses.append(-sum(terms) / len(terms))
    return sum(losses) / len(losses) if losses else 0.0


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, 1), min_size=2, max_size=9),
    st.floats(0.05, 2.0),
    st.booleans(),
    st.integers(0, 99),
)
def test_supervised_contrastive_equals_the_double_loop(labels, temperature, positives_only, seed):
    z = torch.randn(len(labels), 5, generator=torch.Generator().manual_seed(seed)).double()
    got = supervised_contrastive(
        z, torch.tensor(labels), temperature=temperature, positives_only=positives_only
    )
    expected = contrast_by_hand(z.tolist(), labels, temperature, positives_only=positives_only)
    assert float(got) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_batch_without_two_of_a_class_has_no_contrast_and_finite_gradients():
    z = torch.randn(2, 4, requires_grad=True)
    loss = supervised_contrastive(z, torch.tensor([0, 1]), temperature=0.1)
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.isfinite(z.grad).all()


def test_the_pair_loss_averages_both_views_of_both_losses():
    generator = torch.Generator().manual_seed(1)
    logit = torch.randn(2, 6, generator=generator).double()
    projection = torch.randn(2, 6, 4, generator=generator).double()
    label = torch.tensor([1, 0, 0, 1, 1, 0]).double()
    got = pair_loss(logit, projection, label, contrast_weight=0.3, temperature=0.2)
    bce = sum(log_loss(label, torch.sigmoid(view)) for view in logit) / 2
    contrast = (
        sum(
            contrast_by_hand(v.tolist(), label.tolist(), 0.2, positives_only=False)
            for v in projection
        )
        / 2
    )
    assert float(got) == pytest.approx(bce + 0.3 * contrast)
