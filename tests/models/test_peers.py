"""What every peer must do: learn, see training positives only, repeat itself, score pairs alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.errors import ConfigError, TooLargeError
from gpdht.models.catalogue import names_of, prepare_model, title_of
from gpdht.models.gpdht import model as gpdht_model
from gpdht.models.peers import expression_rows
from gpdht.models.peers.seeded_dropout import SeededDropout, seed_dropout
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import Pairs, make_pairs
from gpdht.search.space import load_space
from gpdht.training.cross_validation import cross_validate
from gpdht.training.refit import refit
from gpdht.trial import run_trial

PEERS = names_of("peer")
SPACES = Path(__file__).resolve().parents[2] / "search_spaces" / "peers"
SMALL = {
    "graph.levels": 3,
    "encoder.dim": 8,
    "encoder.iterations": 5,
    "peer.hidden": 16,
    "peer.output": 16,
    "peer.channel": 8,
    "peer.heads": 2,
    "train.batch_size": 64,
}
ODD = {
    "peer.isolated": "all",
    "peer.self_loops": True,
    "peer.batch_decay": 0.9,
    "peer.double_sigmoid": True,
    "peer.attends_across_batch": True,
}


def small(name: str, **changes) -> Config:
    values = {path.replace("__", "."): value for path, value in changes.items()}
    return Config.from_flat({**SMALL, "model.name": name, **values})


@pytest.fixture(scope="module")
def dataset():
    return toy(genes=40, tfs=5, cells=30, seed=2)


@pytest.fixture(scope="module")
def pairs(dataset):
    return make_pairs(dataset)


def folds_of(config, dataset, pairs, parts):
    return prepare_model(config, dataset, folds=len(parts)).models(pairs, parts)


def one_fold(config, dataset, pairs, train=None):
    (model,) = folds_of(config, dataset, pairs, [np.arange(len(pairs)) if train is None else train])
    return model


def train(model, *epochs: int) -> list[float]:
    return [ThreadedTrainer([model]).train_epoch(epoch)[0] for epoch in epochs]


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_learns_a_planted_net(dataset, pairs, name):
    """TFs of even position regulate genes of even position, the others the others."""
    label_P = ((pairs.tf_P + pairs.target_P) % 2 == 0).astype(np.int8)
    planted = Pairs(pairs.tf_P, pairs.target_P, label_P, "planted")
    quiet = {"peer.dropout": 0.0, "model.dropout": 0.0, "train.lr": 0.005}
    tokens = {"encoder.iterations": 60, "encoder.shrinkage": 0.1}
    model = one_fold(small(name, **quiet, **tokens), dataset, planted)
    losses = train(model, *range(1, 41))
    score = model.score(pairs.tf_P, pairs.target_P)
    assert score.shape == (len(pairs),)
    assert score.dtype == np.float32
    assert losses[-1] < losses[0] / 2
    assert roc_auc_score(label_P, score) > 0.99


@pytest.mark.parametrize("name", PEERS)
def test_a_pairs_score_does_not_depend_on_its_batch(dataset, pairs, name):
    model = one_fold(small(name), dataset, pairs)
    train(model, 1, 2)
    together = model.score(pairs.tf_P, pairs.target_P)
    alone = [
        model.score(pairs.tf_P[i : i + 1], pairs.target_P[i : i + 1])[0]
        for i in range(0, len(pairs), 7)
    ]
    np.testing.assert_allclose(together[::7], alone, atol=1e-5)
    assert model.score(pairs.tf_P[:0], pairs.target_P[:0]).shape == (0,)


@pytest.mark.parametrize("odd", [{}, ODD], ids=["plain", "odd"])
@pytest.mark.parametrize("name", PEERS)
def test_labels_outside_the_training_part_change_no_bit(dataset, pairs, name, odd):
    config = Config.from_flat({**SMALL, "model.name": name, **odd})
    part = np.random.default_rng(0).permutation(len(pairs))[:100]
    rest = np.setdiff1d(np.arange(len(pairs)), part)
    scores = []
    for seed in (None, 0, 1):
        label_P = pairs.label_P.copy()
        if seed is not None:
            label_P[rest] = np.random.default_rng(seed).permutation(1 - label_P[rest])
        model = one_fold(config, dataset, Pairs(pairs.tf_P, pairs.target_P, label_P, "all"), part)
        train(model, 1, 2)
        scores.append(model.score(pairs.tf_P, pairs.target_P))
    assert np.array_equal(scores[0], scores[1])
    assert np.array_equal(scores[0], scores[2])


@pytest.mark.parametrize("name", PEERS)
def test_equal_seeds_give_equal_scores_whatever_the_threads(dataset, pairs, name, one_thread):
    parts = [np.arange(i, len(pairs), 2 + i) for i in range(3)]
    found = []
    for threads in (1, 2, 3):
        models = folds_of(small(name), dataset, pairs, parts)
        trainer = ThreadedTrainer(models, threads=threads)
        losses = [trainer.train_epoch(epoch) for epoch in (1, 2)]
        found.append([losses, [m.score(pairs.tf_P, pairs.target_P).tolist() for m in models]])
    assert found[0] == found[1] == found[2]
    other = one_fold(small(name, train__seed=1), dataset, pairs, parts[0])
    train(other, 1, 2)
    assert other.score(pairs.tf_P, pairs.target_P).tolist() != found[0][1][0]


@pytest.mark.parametrize("name", PEERS)
def test_a_snapshot_is_not_changed_by_later_training(dataset, pairs, name):
    model = one_fold(small(name), dataset, pairs)
    train(model, 1)
    kept, score = model.snapshot(), model.score(pairs.tf_P, pairs.target_P)
    train(model, 2)
    assert not np.array_equal(score, model.score(pairs.tf_P, pairs.target_P))
    model.restore(kept)
    assert np.array_equal(score, model.score(pairs.tf_P, pairs.target_P))


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_goes_through_a_whole_trial(dataset, name):
    result = run_trial(small(name, train__epochs=2), dataset)
    assert (result.state, result.epochs, len(result.scores)) == ("complete", 2, 5 * 39)


@pytest.mark.parametrize("name", PEERS)
def test_the_published_setting_is_one_point_and_starts_its_search(name):
    published, search = (load_space(SPACES / f"{name}{end}.yaml") for end in ("", "-search"))
    assert published.trials == 1
    assert not published.params
    config = published.config({})
    assert config.model.name == search.config(search.start_from[0]).model.name == name
    for path, value in search.start_from[0].items():
        assert config.flat()[path] == value, path


def test_every_batch_has_more_than_one_pair_and_every_pair_is_in_one(dataset, pairs):
    for size, number in ((64, 129), (2, 9), (500, 12)):
        config = small("genelink", train__batch_size=size)
        model = one_fold(config, dataset, pairs, np.arange(number))
        seen = []
        model._step = lambda _, batch, seen=seen: seen.append(batch) or 0.0
        train(model, 1)
        assert len(seen) == model.num_steps
        assert min(map(len, seen)) > 1
        assert torch.equal(torch.cat(seen).sort().values, torch.arange(number))


@pytest.mark.parametrize(
    ("changes", "shares"),
    [
        ({}, [1.0] * 9),
        ({"peer__batch_decay": 0.9}, [0.9**step for step in range(9)]),
        ({"peer__epoch_decay": 0.5, "peer__decay_epochs": 2}, [1.0] * 6 + [0.5] * 3),
    ],
)
def test_the_step_size_falls_with_every_batch_or_every_few_epochs(dataset, pairs, changes, shares):
    config = small("genelink", train__lr=0.1, train__batch_size=50, **changes)
    model = one_fold(config, dataset, pairs, np.arange(150))
    sizes = []
    model._step = lambda optimizer, _: sizes.append(optimizer.param_groups[0]["lr"]) or 0.0
    train(model, 1, 2, 3)
    assert sizes == pytest.approx([0.1 * share for share in shares])


def test_seeded_dropout_keeps_the_mean_and_repeats_itself():
    layer = SeededDropout(0.3)
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), layer)
    x = torch.ones(200, 300)
    drawn = []
    for seed in (5, 5, 6):
        seed_dropout(network, seed)
        drawn.append(layer(x))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert drawn[0].unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert drawn[0].mean().item() == pytest.approx(1, abs=0.01)
    assert layer.eval()(x) is x


def test_rows_of_expression_are_scaled_as_by_hand(dataset):
    config = Config()
    raw_GC = expression_rows.expression_rows(config, dataset, scaled=False).numpy()
    scaled_GC = expression_rows.expression_rows(config, dataset, scaled=True).numpy()
    assert np.array_equal(raw_GC, dataset.expression.toarray().T)
    sd_G = raw_GC.std(axis=1, keepdims=True)
    expected = (raw_GC - raw_GC.mean(axis=1, keepdims=True)) / np.where(sd_G > 0, sd_G, 1)
    np.testing.assert_allclose(scaled_GC, expected, atol=1e-5)
    few = config.replace({"graph.max_cells": 7})
    assert expression_rows.expression_rows(few, dataset, scaled=True).shape == (40, 7)


def test_rows_that_do_not_fit_into_memory_are_refused(dataset, monkeypatch):
    monkeypatch.setattr(expression_rows, "free_memory", lambda **_: 1000)
    with pytest.raises(TooLargeError, match=r"GENELink reads, need about 0\.0 GiB"):
        prepare_model(small("genelink"), dataset, folds=3)


def test_gpdht_scores_the_same_through_the_choice_of_models(dataset, monkeypatch):
    config = small("gpdht", train__epochs=2)
    chosen = cross_validate(config, dataset)
    monkeypatch.setattr("gpdht.training.one_set.prepare_model", gpdht_model.prepare_model)
    direct = cross_validate(config, dataset)
    assert np.array_equal(chosen.scores["score"], direct.scores["score"])
    assert chosen.metrics == direct.metrics


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_is_not_refitted_and_the_message_says_what_can_be_done(dataset, name):
    with pytest.raises(ConfigError, match=f"{title_of(small(name))} can be cross-validated"):
        refit(small(name), dataset, epochs=1, seed=0)
