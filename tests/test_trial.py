"""The trial: a full cross-validation, and every way it can end."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.errors import ConfigError, DivergedError
from gpdht.metrics.out_of_fold import out_of_fold_metrics
from gpdht.models.catalogue import LABEL_ONLY
from gpdht.models.threaded import ThreadedTrainer
from gpdht.training import baselines, cross_validation, one_set
from gpdht.training.baselines import baseline_scores
from gpdht.training.cross_validation import draw_folds
from gpdht.training.loop import train_folds
from gpdht.trial import run_trial

SMALL = Config.from_flat(
    {
        "graph.levels": 5,
        "encoder.dim": 16,
        "encoder.iterations": 30,
        "model.layers": 1,
        "model.feedforward": 32,
        "model.hidden": 32,
        "train.epochs": 12,
        "train.patience": 4,
        "train.lr": 0.003,
    }
)


@pytest.fixture(scope="module")
def dataset():
    return toy(genes=60, tfs=8, cells=100, seed=0)


@pytest.fixture(scope="module")
def complete(dataset):
    return run_trial(SMALL, dataset)


def test_a_complete_trial_scores_every_pair_out_of_fold_once(dataset, complete):
    assert complete.state == "complete"
    pairs, _ = draw_folds(SMALL, dataset)
    assert len(complete.scores) == len(pairs) == 8 * 60 - 8
    assert not complete.scores.duplicated(["source", "target"]).any()
    known = set(zip(dataset.net["source"], dataset.net["target"], strict=True))
    for row in complete.scores.itertuples():
        assert row.label == ((row.source, row.target) in known)


def test_the_metrics_are_those_of_the_out_of_fold_scores(dataset, complete):
    pairs, folds = draw_folds(SMALL, dataset)
    tested = {
        name: np.concatenate(baseline_scores(name, dataset, pairs, folds)) for name in LABEL_ONLY
    }
    expected, names = out_of_fold_metrics(complete.scores, tested, genes=dataset.genes)
    assert expected.items() <= complete.metrics.items()
    assert complete.baseline_models == names
    assert np.array_equal(complete.scores["baseline"], tested[names["auprc"]])
    assert complete.universe == pairs.universe
    assert complete.metrics["test/auroc"] > 0.6
    assert complete.seconds > 0
    assert complete.peak_memory_mb > 10


def test_equal_configs_give_bit_identical_scores_and_leave_the_random_state_alone(
    dataset, complete
):
    torch.manual_seed(123)
    expected_draw = torch.rand(3)
    torch.manual_seed(123)
    again = run_trial(SMALL, dataset)
    assert torch.equal(torch.rand(3), expected_draw)
    assert np.array_equal(complete.scores["score"], again.scores["score"])
    assert again.metrics == complete.metrics


def test_the_best_epoch_is_that_of_the_best_mean_validation_score(dataset):
    seen = []
    result = run_trial(SMALL, dataset, report=lambda _, m: seen.append(m["val/auprc"]) and None)
    assert len(seen) == result.epochs
    assert result.best_epoch == int(np.argmax(seen)) + 1
    assert result.metrics["val/auprc"] == max(seen)
    assert result.epochs == 12 or result.epochs - result.best_epoch == 4


def test_a_report_that_returns_true_prunes_the_trial(dataset):
    result = run_trial(SMALL, dataset, report=lambda epoch, _: epoch == 2)
    assert (result.state, result.epochs, result.scores) == ("pruned", 2, None)


@pytest.mark.parametrize("split", ["target", "tf", "both"])
def test_every_split_runs_and_tests_only_unseen_groups(split):
    dataset = toy(genes=120, tfs=16, cells=60, seed=0)
    config = SMALL.replace({"cv.split": split, "train.epochs": 1})
    result = run_trial(config, dataset)
    assert result.state == "complete"
    pairs, folds = draw_folds(config, dataset)
    for fold in folds:
        seen = np.concatenate([fold.train, fold.validation])
        if split in ("target", "both"):
            assert not np.isin(pairs.target_P[fold.test], pairs.target_P[seen]).any()
        if split in ("tf", "both"):
            assert not np.isin(pairs.tf_P[fold.test], pairs.tf_P[seen]).any()


def test_test_labels_do_not_influence_any_score(dataset, complete):
    """Flip the labels of a fold's test part: nothing that trained on the rest may change."""
    pairs, folds = draw_folds(SMALL, dataset)
    fold = folds.folds[0]
    flipped = pairs.label_P.copy()
    flipped[fold.test] = 1 - flipped[fold.test]
    from gpdht.models.gpdht.model import make_fold_models
    from gpdht.pairs.candidates import Pairs

    scores = []
    for label_P in (pairs.label_P, flipped):
        variant = Pairs(pairs.tf_P, pairs.target_P, label_P, pairs.universe)
        with cross_validation.own_random_state():
            (model,) = make_fold_models(SMALL, dataset, variant, [fold.train])
            ThreadedTrainer([model]).train_epoch(1)
        scores.append(model.score(pairs.tf_P, pairs.target_P))
    assert np.array_equal(*scores)


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (ConfigError("impossible"), ("infeasible", "impossible")),
        (MemoryError("of all"), ("out_of_memory", "MemoryError: of all")),
        (torch.OutOfMemoryError("CUDA"), ("out_of_memory", "OutOfMemoryError: CUDA")),
        (RuntimeError("can't allocate memory"), ("out_of_memory", "RuntimeError: can't allocate")),
        (ValueError("a bug"), ("failed", "ValueError: a bug")),
    ],
)
def test_a_trial_always_returns_and_says_why_it_ended(dataset, monkeypatch, caplog, error, ended):
    def raise_error(*_, **__):
        raise error

    state, said = ended
    monkeypatch.setattr(one_set, "prepare_model", raise_error)
    result = run_trial(SMALL, dataset)
    assert result.state == state
    assert result.error.startswith(said)
    assert [one.exc_info is not None for one in caplog.records] == [True] * (state == "failed")


def test_a_diverging_trial_fails_with_the_epoch_and_what_to_try(dataset, caplog):
    growing = {"train.lr": 10.0, "train.optimizer": "sgd", "train.weight_decay": 1.0}  # w ← −9 w
    result = run_trial(SMALL.replace(growing), dataset)
    assert result.state == "failed"
    assert "in epoch" in result.error
    assert "train.lr" in result.error
    assert not caplog.records


def test_a_second_trial_on_the_same_folds_fits_no_baseline_and_scores_the_same(
    dataset, complete, tmp_path, monkeypatch
):
    assert run_trial(SMALL, dataset, cache_dir=tmp_path).metrics == complete.metrics

    def refuse(*_, **__):
        raise RuntimeError("fitted again")

    monkeypatch.setattr(baselines, "_fits", refuse)
    assert run_trial(SMALL, dataset, cache_dir=tmp_path).metrics == complete.metrics
    other = run_trial(SMALL.replace({"cv.seed": 1}), dataset, cache_dir=tmp_path)
    assert "fitted again" in other.error


def test_a_score_that_validation_parts_lack_cannot_stop_training(dataset):
    few = {"cv.folds": 8, "cv.validation": 0.01, "train.monitor": "auroc_per_tf"}
    result = run_trial(SMALL.replace(few), dataset)
    assert result.state == "infeasible"
    assert "train.monitor=auroc_per_tf" in result.error
    assert "a larger cv.validation" in result.error
    possible = run_trial(SMALL.replace(few | {"train.monitor": "brier"}), dataset)
    assert possible.state == "complete"
    assert "val/auroc_per_tf" not in possible.metrics
    assert "val/gain_auroc_per_tf" not in possible.metrics


@pytest.mark.parametrize(("monitor", "best"), [("brier", min), ("gain_auroc_per_tf", max)])
def test_the_best_epoch_follows_the_direction_of_the_monitored_score(dataset, monitor, best):
    seen = []
    config = SMALL.replace({"train.monitor": monitor, "train.epochs": 6})
    result = run_trial(
        config, dataset, report=lambda _, m: seen.append(m[f"val/{monitor}"]) and None
    )
    assert result.metrics[f"val/{monitor}"] == best(seen)
    assert result.best_epoch == seen.index(best(seen)) + 1


class Scripted:
    """A fold model whose validation ranking gets worse or better as told."""

    def __init__(self, good_epochs):
        self.good_epochs, self.epoch = good_epochs, 0

    num_steps = 1

    def steps(self, epoch):
        self.epoch = epoch
        yield float("nan") if self.good_epochs is None else 1.0

    def score(self, tf_P, target_P):
        label = ((tf_P + target_P) % 2).astype(np.float32)
        return label if self.epoch in (self.good_epochs or ()) else -label

    def snapshot(self):
        return self.epoch

    def restore(self, snapshot):
        self.epoch = snapshot


def scripted_run(good_epochs, *, monitor="auprc", **limits):
    from gpdht.pairs.candidates import Pairs
    from gpdht.pairs.splits import Fold, Folds

    tf_P, target_P = (a.ravel() for a in np.indices((4, 6), dtype=np.int32))
    pairs = Pairs(tf_P, target_P, ((tf_P + target_P) % 2).astype(np.int8), "scripted")
    part = np.arange(24)
    folds = Folds((Fold(part[:8], part[8:16], part[16:]),), "edge", 0)
    model = Scripted(good_epochs)
    return model, train_folds([model], ThreadedTrainer, pairs, folds, monitor=monitor, **limits)


@pytest.mark.parametrize("monitor", ["auprc", "brier", "early_precision"])
def test_training_stops_after_patience_and_returns_to_the_best_epoch(monitor):
    model, best = scripted_run({3}, monitor=monitor, epochs=50, patience=5)
    assert (best.epoch, best.epochs, model.epoch) == (3, 8, 3)


def test_a_loss_that_is_not_a_number_is_a_divergence():
    with pytest.raises(DivergedError, match="epoch 1"):
        scripted_run(None, epochs=5, patience=2)
