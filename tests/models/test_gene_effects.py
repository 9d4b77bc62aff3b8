"""Effects of single genes against loops over pairs, their penalty, and what they learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from torch.nn import functional as F

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.models.gpdht.gene_effects import BIAS_PENALTY, SPEED, GeneEffects
from gpdht.models.gpdht.model import make_fold_models
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import Pairs

GENES = 9
optimizers = pytest.mark.parametrize("optimizer", ["adam", "sgd"])


def drawn(*, rank=3, penalty=4.0, optimizer="adam", seed=0) -> GeneEffects:
    """A model in which every effect is something."""
    torch.manual_seed(seed)
    model = GeneEffects(genes=GENES, rank=rank, penalty=penalty, optimizer=optimizer)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.05)
    return model


def effects(model: GeneEffects) -> tuple[np.ndarray, ...]:
    """b_G, c_G, u_GR and v_GR: parameters times the gain."""
    parts = model.tf_G, model.target_G, model.tf_GR, model.target_GR
    return tuple(model.gain * part.detach().double().numpy() for part in parts)


def all_pairs() -> tuple[torch.Tensor, torch.Tensor]:
    tf_P, target_P = np.indices((GENES, GENES)).reshape(2, -1)
    return torch.from_numpy(tf_P), torch.from_numpy(target_P)


def loss(model: GeneEffects, tf_P, target_P, label_P) -> torch.Tensor:
    logit_P = model(tf_P, target_P).sum(dim=-1)
    data = F.binary_cross_entropy_with_logits(logit_P, label_P)
    return data + model.penalty() / len(label_P)


def trained(model: GeneEffects, tf_P, target_P, label_P, *, optimizer="adam", steps=20) -> None:
    kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
    step = kinds[optimizer](model.parameters(), lr=0.01)
    for _ in range(steps):
        step.zero_grad()
        loss(model, tf_P, target_P, label_P).backward()
        step.step()


@optimizers
@given(rank=st.integers(0, 4), seed=st.integers(0, 99))
def test_a_pairs_effects_are_b_c_and_the_factors_product(optimizer, rank, seed):
    model = drawn(rank=rank, optimizer=optimizer, seed=seed)
    b_G, c_G, u_GR, v_GR = effects(model)
    got = model(*all_pairs()).detach().numpy().reshape(GENES, GENES, 2)
    for tf in range(GENES):
        for target in range(GENES):
            product = sum(u_GR[tf, r] * v_GR[target, r] for r in range(rank))
            assert got[tf, target, 0] == pytest.approx(b_G[tf] + product, rel=1e-4, abs=1e-5)
            assert got[tf, target, 1] == pytest.approx(c_G[target], rel=1e-4, abs=1e-5)


@optimizers
@given(rank=st.integers(0, 4), penalty=st.floats(0.01, 100))
def test_the_penalty_is_half_the_weighted_squares_of_the_effects(optimizer, rank, penalty):
    model = drawn(rank=rank, penalty=penalty, optimizer=optimizer)
    b_G, c_G, u_GR, v_GR = effects(model)
    expected = 0.0
    for gene in range(GENES):
        expected += BIAS_PENALTY / 2 * (b_G[gene] ** 2 + c_G[gene] ** 2)
        for r in range(rank):
            expected += penalty / 2 * (u_GR[gene, r] ** 2 + v_GR[gene, r] ** 2)
    assert model.penalty().item() == pytest.approx(expected, rel=1e-4)


def test_rank_zero_is_the_biases_alone():
    model = drawn(rank=0)
    tf_P, target_P = all_pairs()
    got_PX = model(tf_P, target_P)
    assert torch.equal(got_PX[:, 0], model.gain * model.tf_G[tf_P])
    assert torch.equal(got_PX[:, 1], model.gain * model.target_G[target_P])


@optimizers
def test_no_pair_has_an_effect_before_training(optimizer):
    model = GeneEffects(genes=GENES, rank=5, penalty=1.0, optimizer=optimizer)
    assert not model(*all_pairs()).any()
    assert model.tf_GR.any()  # or the factors would have no gradient


@optimizers
def test_an_unseen_target_never_gets_an_effect(optimizer):
    model = GeneEffects(genes=GENES, rank=3, penalty=4.0, optimizer=optimizer)
    tf_P, target_P = all_pairs()
    seen = target_P != 7
    label_P = ((tf_P + target_P) % 3 == 0).float()
    trained(model, tf_P[seen], target_P[seen], label_P[seen], optimizer=optimizer)
    got_PX = model(tf_P, target_P)
    assert torch.equal(got_PX[~seen, 0], model.gain * model.tf_G[tf_P[~seen]])
    assert not got_PX[~seen, 1].any()
    assert got_PX[seen].all()


def test_a_step_of_adam_moves_an_effect_by_the_speed_times_the_step_size():
    model = GeneEffects(genes=GENES, rank=0, penalty=1.0, optimizer="adam")
    tf_P, target_P, label_P = torch.tensor([0, 1]), torch.tensor([2, 3]), torch.tensor([1.0, 0.0])
    trained(model, tf_P, target_P, label_P, steps=1)
    b_G, c_G, *_ = effects(model)
    moved = SPEED * 0.01
    np.testing.assert_allclose(b_G[:4], [moved, -moved, 0, 0], rtol=1e-3)
    np.testing.assert_allclose(c_G[:4], [0, 0, moved, -moved], rtol=1e-3)


def test_a_step_of_sgd_moves_an_effect_by_the_speed_times_its_gradient():
    model = drawn(rank=0, optimizer="sgd")
    tf_P, target_P, label_P = torch.tensor([0, 1]), torch.tensor([2, 3]), torch.tensor([1.0, 0.0])
    b_G, c_G, *_ = effects(model)
    trained(model, tf_P, target_P, label_P, optimizer="sgd", steps=1)
    probability = 1 / (1 + math.exp(-b_G[0] - c_G[2]))
    gradient = (probability - 1 + BIAS_PENALTY * b_G[0]) / 2  # of the mean over two pairs
    assert effects(model)[0][0] == pytest.approx(b_G[0] - SPEED * 0.01 * gradient, rel=1e-4)


def test_planted_effects_are_found_that_expression_does_not_tell():
    dataset, random = toy(genes=60, tfs=20, cells=30, seed=0), np.random.default_rng(1)
    tf_P, target_P = (a.ravel().astype(np.int32) for a in np.indices((20, 60)))
    effect_TG = random.normal(size=(20, 1)) + random.normal(size=60)
    effect_TG = effect_TG + 3 * random.normal(size=(20, 2)) @ random.normal(size=(2, 60))
    probability_P = 1 / (1 + np.exp(-effect_TG.ravel()))
    label_P = (random.random(1200) < probability_P).astype(np.int8)
    pairs, held_out = Pairs(tf_P, target_P, label_P, "planted"), random.random(1200) < 0.3
    auroc = {}
    for effects in ("none", "rates", "factors"):
        config = Config.from_flat(
            {
                "graph.levels": 2,
                "encoder.dim": 8,
                "encoder.training": "random",
                "model.statistics": False,
                "model.effects": effects,
                "model.effects_penalty": 1.0,
                "model.feedforward": 16,
                "model.hidden": 16,
                "train.batch_size": 64,
            }
        )
        (model,) = make_fold_models(config, dataset, pairs, [np.flatnonzero(~held_out)])
        trainer = ThreadedTrainer([model])
        for epoch in range(1, 13):
            trainer.train_epoch(epoch)
        score_P = model.score(tf_P[held_out], target_P[held_out])
        auroc[effects] = roc_auc_score(label_P[held_out], score_P)
    assert auroc["none"] < auroc["rates"] < auroc["factors"] - 0.1
