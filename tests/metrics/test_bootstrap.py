"""Bootstrap intervals against a naive loop, simulated truth, and each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from gpdht.metrics.bootstrap import draw_resamples, interval, paired_interval
from gpdht.metrics.scores import ScoredPairs, resample_scores


def simulated(seed: int, *, targets: int = 120, tfs: int = 6, shared: float = 0.0):
    """TF, target, label and score of all pairs; `shared` is the sd of a target's own effect.

    Positives score 1 higher on average, with noise of variance 1 + shared².
    """
    rng = np.random.default_rng(seed)
    tf, target = np.repeat(np.arange(tfs), targets), np.tile(np.arange(targets), tfs)
    label = rng.integers(0, 2, tfs * targets)
    effect = rng.normal(0, shared, targets)[target] if shared else 0.0
    return tf, target, label, label + effect + rng.normal(size=len(label))


@pytest.mark.parametrize("unit", ["target", "tf", "pair"])
def test_resampled_scores_equal_those_of_a_naive_loop(unit):
    tf, target, label, score = simulated(0, targets=25)
    units = {"target": target, "tf": tf, "pair": np.arange(len(tf))}[unit]
    drawn = draw_resamples(units, number=20, seed=5)
    got = resample_scores({"model": ScoredPairs(label, score, tf)}, drawn)["model"].resampled
    rng = np.random.default_rng(5)
    for number in range(20):
        rows = []
        members = np.unique(units)
        for member in members[rng.integers(len(members), size=len(members))]:
            rows.extend(np.flatnonzero(units == member))
        y, s, t = label[rows], score[rows], tf[rows]
        assert got["auroc"][number] == pytest.approx(roc_auc_score(y, s), abs=1e-12)
        auprc = average_precision_score(y, s)
        assert got["auprc"][number] == pytest.approx(auprc, abs=1e-12)
        assert got["auprc_ratio"][number] == pytest.approx(auprc / y.mean(), abs=1e-12)
        own = [
            roc_auc_score(y[t == i], s[t == i]) for i in np.unique(t) if 0 < y[t == i].mean() < 1
        ]
        assert got["auroc_per_tf"][number] == pytest.approx(np.mean(own), abs=1e-12)
        brier = brier_score_loss(y, 1 / (1 + np.exp(-s)))
        assert got["brier"][number] == pytest.approx(brier, abs=1e-12)


def test_the_interval_holds_the_true_score_about_95_times_in_100():
    # With effects shared by a target's pairs, scores of two pairs differ by noise of variance
    # 2·(1 + shared²), so AUROC is Φ(1 / √that).
    shared = 1.0
    truth = norm.cdf(1 / np.sqrt(2 * (1 + shared**2)))
    held = [
        low <= truth <= high
        for low, high in (auroc_interval(seed, shared=shared) for seed in range(200))
    ]
    assert 0.90 <= np.mean(held) <= 0.99


def auroc_interval(seed: int, **kwargs) -> tuple[float, float]:
    tf, target, label, score = simulated(seed, **kwargs)
    drawn = draw_resamples(target, number=100, seed=seed)
    return interval(ScoredPairs(label, score, tf).on_draws(drawn.unit_P, drawn.counts())["auroc"])


def test_drawing_single_pairs_gives_too_narrow_an_interval_when_targets_matter():
    # Here a target's pairs share their label too, as targets with many regulators do.
    widths = {"target": [], "pair": []}
    for seed in range(10):
        rng = np.random.default_rng(seed)
        tf, target = np.repeat(np.arange(10), 60), np.tile(np.arange(60), 10)
        label = rng.integers(0, 2, 60)[target]
        score = rng.normal(size=60)[target] + label + 0.1 * rng.normal(size=600)
        for unit, found in widths.items():
            drawn = draw_resamples(target if unit == "target" else np.arange(600), number=200)
            got = resample_scores({"m": ScoredPairs(label, score, tf)}, drawn)["m"].flat("m")
            found.append(got["m/auroc_high"] - got["m/auroc_low"])
    assert np.mean(widths["target"]) > 2 * np.mean(widths["pair"])


def test_the_difference_of_alike_models_has_a_narrower_interval_than_unpaired_ones_would_give():
    tf, target, label, score = simulated(2)
    other = score + 0.2 * np.random.default_rng(3).normal(size=len(score))
    drawn = draw_resamples(target, number=300)
    scored = {"a": ScoredPairs(label, score, tf), "b": ScoredPairs(label, other, tf)}
    a, b = (m.resampled["auprc"] for m in resample_scores(scored, drawn).values())
    low, high = paired_interval(a, b)
    shuffled_low, shuffled_high = interval(a - np.random.default_rng(4).permutation(b))
    assert high - low < (shuffled_high - shuffled_low) / 2


def test_tables_of_other_pairs_have_the_same_draws_of_the_same_genes():
    _, target, _, _ = simulated(0, targets=20)
    genes = np.random.default_rng(1).permutation(25)
    part = np.flatnonzero(target % 3 == 0)
    whole, some = (draw_resamples(at, among=genes, number=6) for at in (target, target[part]))
    for weight, of_part in zip(whole.weights(), some.weights(), strict=True):
        assert weight[part].tolist() == of_part.tolist()


def test_equal_seeds_draw_equal_resamples_as_often_as_one_asks():
    _, target, _, _ = simulated(0, targets=20)
    first, second, other = (draw_resamples(target, number=5, seed=seed) for seed in (1, 1, 2))
    drawn = [np.stack(list(r.weights())) for r in (first, first, second, other)]
    assert np.array_equal(drawn[0], drawn[1])
    assert np.array_equal(drawn[0], drawn[2])
    assert not np.array_equal(drawn[0], drawn[3])


def test_undefined_resamples_are_left_out_of_an_interval():
    assert interval(np.array([np.nan, 1.0, 1.0])) == (1.0, 1.0)
    assert np.isnan(interval(np.array([np.nan, np.nan]))).all()
