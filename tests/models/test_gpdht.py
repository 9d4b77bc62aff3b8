"""GP-DHT on the pairs of a fold, the fitted model, and its adaptation to other cells."""

from __future__ import annotations

import dataclasses
from itertools import product

import numpy as np
import pytest
import torch
from scipy import sparse, stats

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy
from gpdht.errors import ModelError
from gpdht.models.baselines.one_hot_logistic import OneHotLogistic
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.models.gpdht.model import make_fold_models, prepare_model
from gpdht.models.gpdht.pretrain import cache_key
from gpdht.models.gpdht.tokens import expression_statistics
from gpdht.models.gpdht.transformer import PairTransformer
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import make_pairs
from gpdht.training.refit import refit

SMALL = {
    "graph.levels": 4,
    "encoder.dim": 8,
    "encoder.heads": 2,
    "encoder.iterations": 20,
    "model.heads": 2,
    "model.layers": 1,
    "model.feedforward": 16,
    "model.hidden": 16,
    "model.projection": 8,
    "train.batch_size": 64,
}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return toy(genes=40, tfs=5, cells=60, seed=2)


@pytest.fixture(scope="module")
def pairs(dataset):
    return make_pairs(dataset)


def train_epoch(model, epoch) -> float:
    (loss,) = ThreadedTrainer([model]).train_epoch(epoch)
    return loss


def small(**changes) -> Config:
    return Config.from_flat({**SMALL, **{k.replace("__", "."): v for k, v in changes.items()}})


@pytest.mark.parametrize("training_mode", [True, False])
def test_a_pairs_score_does_not_depend_on_its_batch(training_mode):
    torch.manual_seed(0)
    model = PairTransformer(
        tokens=2, dim=16, layers=3, heads=4, feedforward=32, dropout=0.0, hidden=16, projection=8
    ).train(training_mode)
    token_PSD = torch.randn(50, 2, 16)
    together, _ = model(token_PSD)
    alone = torch.cat([model(token_PSD[i : i + 1])[0] for i in range(50)])
    shuffled = torch.randperm(50)
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(together[shuffled], model(token_PSD[shuffled])[0])


def test_a_score_is_directed():
    torch.manual_seed(0)
    model = PairTransformer(
        tokens=2, dim=16, layers=1, heads=4, feedforward=32, dropout=0.0, hidden=16, projection=8
    )
    token_PSD = torch.randn(5, 2, 16)
    assert not torch.allclose(model(token_PSD)[0], model(token_PSD.flip(1))[0])


@pytest.mark.parametrize("mode", ["reconstruct", "joint", "reconstruct+finetune"])
@pytest.mark.parametrize("context", ["none", "cells"])
def test_every_training_mode_fits_a_tiny_fold(dataset, pairs, mode, context):
    config = small(encoder__training=mode, model__context=context, train__lr=0.005)
    (model,) = make_fold_models(config, dataset, pairs, [np.arange(len(pairs))])
    before = {k: v.clone() for k, v in model.encoder.state_dict().items()}
    losses = [train_epoch(model, epoch) for epoch in range(1, 16)]
    assert losses[-1] < losses[0]
    moved = any(not torch.equal(v, before[k]) for k, v in model.encoder.state_dict().items())
    assert moved == (mode != "reconstruct")


@pytest.mark.parametrize(("noise", "views"), [(0.0, 1), (0.2, 2)])
def test_noise_of_zero_trains_on_the_clean_view_alone(dataset, pairs, noise, views):
    (model,) = make_fold_models(small(augment__noise=noise), dataset, pairs, [np.arange(64)])
    sizes = []
    model.network.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    train_epoch(model, 1)
    assert sizes == [views * 64]


def test_an_epoch_takes_so_many_pairs_each_time_others(dataset, pairs):
    config = small(train__epoch_pairs=100)
    (model,) = make_fold_models(config, dataset, pairs, [np.arange(len(pairs))])
    first, second = (model.order(model.epoch_random(epoch)).tolist() for epoch in (1, 2))
    assert len(set(first)) == len(set(second)) == 100
    assert set(first) != set(second)
    assert set(first) | set(second) <= set(range(len(pairs)))
    assert model.num_steps == len(list(model.steps(1))) == 2  # of 64 and 36 pairs


def test_an_epoch_that_takes_all_pairs_is_as_without_a_limit(dataset, pairs):
    losses = []
    for most in (len(pairs), 10 * len(pairs)):
        config = small(train__epoch_pairs=most)
        (model,) = make_fold_models(config, dataset, pairs, [np.arange(len(pairs))])
        assert sorted(model.order(model.epoch_random(1)).tolist()) == list(range(len(pairs)))
        losses.append(train_epoch(model, 1))
    assert losses[0] == losses[1]


def test_a_snapshot_is_not_changed_by_later_training(dataset, pairs):
    (model,) = make_fold_models(small(), dataset, pairs, [np.arange(len(pairs))])
    train_epoch(model, 1)
    kept, score = model.snapshot(), model.score(pairs.tf_P, pairs.target_P)
    train_epoch(model, 2)
    assert not np.array_equal(score, model.score(pairs.tf_P, pairs.target_P))
    model.restore(kept)
    assert np.array_equal(score, model.score(pairs.tf_P, pairs.target_P))


def test_pre_training_is_cached_by_what_it_depends_on(dataset, pairs, tmp_path):
    parts = [np.arange(len(pairs))]
    (first,) = make_fold_models(small(), dataset, pairs, parts, cache_dir=tmp_path)
    other_head = small(loss__contrast_weight=0.9, loss__temperature=0.7, augment__noise=0.4)
    (second,) = make_fold_models(other_head, dataset, pairs, parts, cache_dir=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    assert torch.equal(first.token_table(), second.token_table())
    make_fold_models(small(encoder__tau=0.5), dataset, pairs, parts, cache_dir=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    assert cache_key(small(), "one dataset") != cache_key(small(), "another")


def test_a_corrupt_cache_file_is_trained_again(dataset, pairs, tmp_path, caplog):
    (first,) = make_fold_models(small(), dataset, pairs, [np.arange(9)], cache_dir=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"not safetensors")
    (second,) = make_fold_models(small(), dataset, pairs, [np.arange(9)], cache_dir=tmp_path)
    assert "unreadable" in caplog.text
    assert torch.equal(first.token_table(), second.token_table())


@pytest.mark.parametrize("context", ["none", "cells"])
def test_a_fitted_model_comes_back_from_its_tensors_bit_for_bit(dataset, pairs, context):
    fitted = refit(small(model__context=context), dataset, epochs=2, seed=5)
    back = FittedGPDHT.from_tensors(fitted.config, fitted.genes, fitted.cells, fitted.tensors())
    score = fitted.score(pairs.tf_P, pairs.target_P)
    assert np.array_equal(score, back.score(pairs.tf_P, pairs.target_P))
    assert score.dtype == np.float32
    assert ((score > 0) & (score < 1)).all()


@pytest.mark.parametrize(
    ("effects", "statistics"), list(product(["none", "rates", "factors"], [True, False]))
)
def test_a_fitted_model_with_any_memory_and_statistics_comes_back(
    dataset, pairs, effects, statistics
):
    config = small(model__effects=effects, model__statistics=statistics, encoder__training="random")
    fitted = refit(config, dataset, epochs=1, seed=5)
    tensors = fitted.tensors()
    assert any(name.startswith("network.effects.") for name in tensors) == (effects != "none")
    assert tensors["table"].shape == (40, 1, 8 + 5 * statistics)
    back = FittedGPDHT.from_tensors(config, fitted.genes, fitted.cells, tensors)
    every = np.indices((40, 40)).reshape(2, -1)  # TFs without a training pair too
    assert np.array_equal(fitted.score(*every), back.score(*every))
    assert np.unique(fitted.score(*every)).size > 40


def with_cells_permuted_within_genes(dataset, seed=0) -> Dataset:
    """The same values of every gene, in other cells; the number of genes and cells stays."""
    random, dense = np.random.default_rng(seed), dataset.expression.toarray()
    return dataclasses.replace(
        dataset, expression=sparse.csr_matrix(random.permuted(dense, axis=0))
    )


def random_table(dataset, **changes) -> torch.Tensor:
    config = small(encoder__training="random", **changes)
    return prepare_model(config, dataset, folds=1).table_RSX


def test_random_embeddings_know_nothing_of_the_expression(dataset):
    other = with_cells_permuted_within_genes(dataset)
    table_GSX = random_table(dataset, model__statistics=False)
    assert torch.equal(table_GSX, random_table(other, model__statistics=False))
    learned = [prepare_model(small(), data, folds=1).table_RSX for data in (dataset, other)]
    assert not torch.allclose(*learned, atol=0.1)
    behind = random_table(dataset)[..., 8:]
    assert torch.equal(behind[:, 0], expression_statistics(dataset.expression))
    assert torch.equal(random_table(dataset)[..., :8], table_GSX)


def test_random_embeddings_are_gaussian_and_drawn_by_the_seed():
    dataset = toy(genes=400, tfs=5, cells=20, seed=0)
    off = {"model__statistics": False}
    table_GSX = random_table(dataset, **off)
    assert stats.kstest(table_GSX.flatten().numpy(), "norm").pvalue > 0.01
    correlation = np.corrcoef(table_GSX[:, 0].numpy(), rowvar=False)
    assert np.abs(correlation - np.eye(8)).max() < 4 / 400**0.5
    assert torch.equal(table_GSX, random_table(dataset, **off))
    assert not torch.allclose(table_GSX, random_table(dataset, train__seed=1, **off), atol=0.1)


def test_random_embeddings_train_no_encoder(dataset, pairs, tmp_path):
    config = small(encoder__training="random")
    (model,) = make_fold_models(config, dataset, pairs, [np.arange(len(pairs))], cache_dir=tmp_path)
    before = {k: v.clone() for k, v in model.encoder.state_dict().items()}
    table_GSX = model.token_table().clone()
    train_epoch(model, 1)
    assert all(torch.equal(v, before[k]) for k, v in model.encoder.state_dict().items())
    assert torch.equal(model.token_table(), table_GSX)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", ["reconstruct", "joint", "reconstruct+finetune", "random"])
def test_groundwork_makes_the_same_untrained_models_each_time(dataset, pairs, mode):
    prepared = prepare_model(small(encoder__training=mode), dataset, folds=2)
    parts = [np.arange(0, len(pairs), 2), np.arange(1, len(pairs), 2)]
    first = prepared.models(pairs, parts)
    initial = [model.snapshot() for model in first]
    for model in first:
        train_epoch(model, 1)  # leaves no trace in what is made next
    torch.manual_seed(99)
    again = prepared.models(pairs, parts)
    for kept, model, trained in zip(initial, again, first, strict=True):
        made = model.snapshot()
        assert made.keys() == kept.keys()
        for part in made:
            assert made[part].keys() == kept[part].keys()
            assert all(torch.equal(made[part][k], kept[part][k]) for k in made[part])
        train_epoch(model, 1)
        score = model.score(pairs.tf_P, pairs.target_P)
        assert np.array_equal(score, trained.score(pairs.tf_P, pairs.target_P))
    weights = [made["network"]["transformer.classify.weight"] for made in initial]
    assert not torch.equal(*weights)  # folds start apart


def test_tensors_that_do_not_fit_the_config_are_refused(dataset):
    fitted = refit(small(), dataset, epochs=1, seed=5)
    tensors = fitted.tensors()
    with pytest.raises(ModelError, match=r"size mismatch for known_tf_G"):
        FittedGPDHT.from_tensors(fitted.config, fitted.genes[:-1], fitted.cells, tensors)
    with pytest.raises(ModelError, match="token table has shape"):
        FittedGPDHT.from_tensors(
            fitted.config, fitted.genes, fitted.cells, {**tensors, "table": tensors["table"][:-1]}
        )
    del tensors["network.transformer.classify.bias"]
    with pytest.raises(ModelError, match=r"classify\.bias"):
        FittedGPDHT.from_tensors(fitted.config, fitted.genes, fitted.cells, tensors)


def test_the_label_only_baseline_sums_a_tf_and_a_target_part(dataset, pairs):
    train = np.arange(0, len(pairs), 2)
    model = OneHotLogistic(pairs, train, num_genes=dataset.num_genes)
    first = train_epoch(model, 1)
    score = model.score(pairs.tf_P, pairs.target_P)
    weight, bias = model.model.coef_[0], model.model.intercept_[0]
    for i in range(0, len(pairs), 17):
        expected = bias + weight[pairs.tf_P[i]] + weight[dataset.num_genes + pairs.target_P[i]]
        assert score[i] == pytest.approx(expected, abs=1e-5)
    kept = model.snapshot()
    model.model.coef_[:] = 0
    model.restore(kept)
    assert np.array_equal(score, model.score(pairs.tf_P, pairs.target_P))
    assert train_epoch(model, 2) == pytest.approx(first)
