"""Validation scores against scikit-learn on the same parts, and gain by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from gpdht.data.toy import toy
from gpdht.errors import ConfigError
from gpdht.metrics.names import HIGHER_IS_BETTER, MONITORS
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import Pairs, make_pairs
from gpdht.pairs.splits import Fold, Folds, make_folds
from gpdht.training.baselines import baseline_scores
from gpdht.training.loop import train_folds
from gpdht.training.validation import Validation

DATASET = toy(genes=80, tfs=8, cells=40, seed=0)
PAIRS = make_pairs(DATASET)
FOLDS = make_folds(PAIRS, split="target", folds=3, validation=0.3, seed=0)


class Fake:
    """A fold model whose logits are a table's, another one each epoch."""

    num_steps = 1

    def __init__(self, seed):
        self.seed, self.epoch = seed, 0

    def steps(self, epoch):
        self.epoch = epoch
        yield 1.0

    def score(self, tf_P, target_P):
        rng = np.random.default_rng([self.seed, self.epoch])
        return rng.normal(size=(80, 80)).round(1)[tf_P, target_P].astype(np.float32)

    def snapshot(self):
        return self.epoch

    def restore(self, snapshot):
        self.epoch = snapshot


def oracle(label, score, tf) -> dict[str, float]:
    early = label[score >= np.sort(score)[::-1][label.sum() - 1]].mean()
    both = [tf == t for t in np.unique(tf) if 0 < label[tf == t].mean() < 1]
    return {
        "auroc": roc_auc_score(label, score),
        "auprc": average_precision_score(label, score),
        "auprc_ratio": average_precision_score(label, score) / label.mean(),
        "early_precision": early,
        "early_precision_ratio": early / label.mean(),
        "auroc_per_tf": np.mean([roc_auc_score(label[at], score[at]) for at in both]),
        "auprc_per_tf": np.mean([average_precision_score(label[at], score[at]) for at in both]),
        "brier": brier_score_loss(label, expit(score.astype(float))),
    }


def on_parts(scores) -> list[dict[str, float]]:
    return [
        oracle(PAIRS.label_P[fold.validation], score, PAIRS.tf_P[fold.validation])
        for fold, score in zip(FOLDS, scores, strict=True)
    ]


def reports(models, baselines) -> list[dict[str, float]]:
    seen = []
    train_folds(
        models,
        ThreadedTrainer,
        PAIRS,
        FOLDS,
        epochs=3,
        patience=9,
        monitor="auprc",
        report=lambda _, metrics: seen.append(metrics) and None,
        baselines=baselines,
    )
    return seen


def test_every_epoch_reports_every_score_as_scikit_learn_counts_it():
    baselines = {
        name: baseline_scores(name, DATASET, PAIRS, FOLDS, part="validation")
        for name in ("tf_rate", "target_rate", "one_hot_logistic")
    }
    lines = [on_parts(scores) for scores in baselines.values()]
    models = [Fake(seed) for seed in range(3)]
    for epoch, got in enumerate(reports(models, baselines), start=1):
        for model in models:
            model.epoch = epoch
        own = on_parts(
            [
                m.score(PAIRS.tf_P[f.validation], PAIRS.target_P[f.validation])
                for m, f in zip(models, FOLDS, strict=True)
            ]
        )
        assert {name for name in got if not name.endswith("_sd")} == {
            "train/loss",
            *(f"val/{name}" for name in MONITORS),
            *(f"val/auprc_fold{fold}" for fold in range(3)),  # of the monitored score alone
        }
        for number, fold in enumerate(own):
            assert got[f"val/auprc_fold{number}"] == pytest.approx(fold["auprc"])
        for metric in (*HIGHER_IS_BETTER, "brier"):
            values = [fold[metric] for fold in own]
            assert got[f"val/{metric}"] == pytest.approx(np.mean(values))
            assert got[f"val/{metric}_sd"] == pytest.approx(np.std(values, ddof=1))
        for metric in HIGHER_IS_BETTER:
            best = max(lines, key=lambda line: np.mean([fold[metric] for fold in line]))
            gains = [a[metric] - b[metric] for a, b in zip(own, best, strict=True)]
            assert got[f"val/gain_{metric}"] == pytest.approx(np.mean(gains))
            assert got[f"val/gain_{metric}_sd"] == pytest.approx(np.std(gains, ddof=1))


def test_without_baselines_there_is_no_gain():
    (first, *_) = reports([Fake(seed) for seed in range(3)], None)
    assert not any("gain" in name for name in first)
    assert "val/brier" in first


def one_class_per_tf() -> tuple[Pairs, Folds]:
    """Two TFs; in the second fold's validation part one has edges only, the other none."""
    tf_P = np.repeat([0, 1], 12)
    label_P = np.tile([0, 1], 12)
    label_P[[4, 5]], label_P[[16, 17]] = 1, 0
    pairs = Pairs(tf_P, np.tile(np.arange(12), 2), label_P, "two TFs")
    parts = [np.array([0, 1, 12, 13]), np.array([4, 5, 16, 17])]
    rest = [np.setdiff1d(np.arange(24), part) for part in parts]
    return pairs, Folds(
        tuple(Fold(r[:10], part, r[10:]) for r, part in zip(rest, parts, strict=True)), "edge", 0
    )


def test_what_a_fold_lacks_is_left_out_unless_it_is_asked_for():
    pairs, folds = one_class_per_tf()
    scores = [np.arange(4.0), np.arange(4.0)]
    validation = Validation(pairs, folds, {"flat": [np.zeros(4), np.zeros(4)]})
    got = validation.metrics(scores)
    assert {"val/auroc", "val/gain_auprc", "val/brier"} <= got.keys()
    assert not any("per_tf" in name for name in got)
    validation.check_defined("gain_auprc")
    for name in ("auroc_per_tf", "gain_auprc_per_tf"):
        with pytest.raises(ConfigError, match=rf"train\.monitor={name} .* 2 TFs in .* fold 2 of 2"):
            validation.check_defined(name)
