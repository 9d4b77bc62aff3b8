"""The card quotes every figure, and says in words what they do and do not show."""

from __future__ import annotations

import json
import re
import statistics

import pytest
from registry_makers import result

from gpdht.config import Config
from gpdht.registry.card import card_text, make_card
from gpdht.registry.replication import summarise
from gpdht.search.verdict import Beside, Verdict


def card(
    test=(0.6, 0.7),
    baseline=(0.3, 0.4),
    *,
    split="edge",
    metric="val/auprc",
    models=("matrix_factorisation", "matrix_factorisation"),
    winner=7,
    verdict=None,
    features="one-hot",
    replication=None,
):
    results = [
        result(t, n, folds=(-0.02, 0.01, 0.03), model=model)
        for t, n, model in zip(test, baseline, models, strict=False)
    ]
    return make_card(
        data={
            "name": "toy",
            "fingerprint": "abc123",
            "cells": 20,
            "genes": 30,
            "tfs": 4,
            "edges": 55,
        },
        study={
            "name": "demo",
            "winner": winner,
            "best": 7,
            "trials": 12,
            "complete": 9,
            "best_epoch": 14,
            "settings": {"encoder.tau": 0.123456, "graph.levels": 8},
        },
        selection={"metric": metric, "score": 0.8125},
        verdict=verdict,
        config=Config.from_flat({"cv.split": split, "encoder.features": features}),
        universe="known TFs × genes",
        replication=replication or summarise(results, seeds=(1000, 1001)),
        cost={"search": 100.0, "replication": 42.0, "refit": 17.0},
        versions={"torch": "2.13.0"},
    )


def test_the_text_says_how_the_best_trial_stands_beside_the_reference():
    replicated = Beside(0.48, 0.5, -0.03, 0.01)
    verdict = Verdict(7, 0, "val/auprc", 9, Beside(0.6, 0.5), None, replicated, (1000, 1001))
    text = card_text(card(verdict=verdict, winner=0), title="net")
    assert "on fresh folds, 2 seeds | 0.480 | 0.500 | −0.020 | −0.030 to +0.010" in text
    assert "Searching is not shown to have paid" in text
    assert "so the reference is what is registered" in text
    assert "biased upward; it is not a test" not in text
    assert "best of 9 complete trials" in card_text(card(verdict=verdict), title="net")


def test_the_figures_are_means_and_sds_over_all_folds_of_all_seeds():
    folds = [0.58, 0.61, 0.63, 0.68, 0.71, 0.73]
    figure = card()["replicated"]["test/auprc"]
    assert figure["mean"] == pytest.approx(statistics.mean(folds))
    assert figure["sd"] == pytest.approx(statistics.stdev(folds))
    assert figure["pooled"] == pytest.approx(0.65)
    assert (figure["folds"], figure["per_seed"]) == (6, [0.6, 0.7])
    assert card()["gain"]["auprc"]["mean"] == pytest.approx(0.3)


def test_the_text_holds_every_figure():
    text = card_text(card(), title="net")
    folds = [0.58, 0.61, 0.63, 0.68, 0.71, 0.73]
    test = f"{statistics.mean(folds):.4f} ± {statistics.stdev(folds):.4f}"
    baseline = f"{statistics.mean(folds) - 0.3:.4f} ± {statistics.stdev(folds):.4f}"
    for words in (
        "# net",
        "toy: 30 genes, 20 cells, 4 TFs with known edges, 55 known edges",
        "abc123",
        "Replicated scores, split edge, 2 fresh seeds",
        f"| average precision | 0.6500 | {test} | 0.3500 | {baseline} | +0.3000 ± 0.0000 |",
        "| AUROC |",
        "2 seeds (1000, 1001)",
        "over the 6 folds",
        "val/auprc 0.8125, the best of 9 complete trials",
        "biased upward",
        "3, split edge, 0.2 of each training part",
        "**Candidate pairs**: known TFs × genes",
        "**Study**: demo, trial 7 of 12",
        "**Epochs**: 14",
        "encoder.tau 0.1235, graph.levels 8",
        "search 1.7 min, replication 42 s, refit 17 s",
        "torch 2.13.0",
        "on the same folds: matrix factorisation.",
    ):
        assert words in text, words


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("edge", "mostly memory of how often"),
        ("target", "never saw the test targets"),
        ("tf", "never saw the test TFs"),
        ("both", "no known edge helps"),
    ],
)
def test_the_text_says_what_a_split_shows(split, words):
    assert words in card_text(card(split=split), title="net")


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        ((0.3, 0.4), "better than the label-only baseline with every seed"),
        ((0.7, 0.8), "not better than the label-only baseline with any seed"),
        ((0.5, 0.8), "with some seeds only"),
    ],
)
def test_the_text_says_plainly_whether_the_baseline_is_beaten(baseline, words):
    assert words in card_text(card(baseline=baseline), title="net")


def test_one_fold_of_one_seed_has_no_spread_and_the_card_is_plain_json():
    one = summarise([result(0.6, 0.3, folds=(0.01,))], seeds=(1000,))
    found = card(replication=one)
    assert found["replicated"]["test/auprc"]["sd"] is None
    json.dumps(found, allow_nan=False)
    assert "| 0.6000 | 0.6100 | 0.3000 |" in card_text(found, title="net")


def test_one_seed_has_no_spread_between_seeds():
    alone = card(test=(0.6,), baseline=(0.3,))
    assert alone["gain"]["auprc"]["sd"] is None
    assert "| +0.3000 |" in card_text(alone, title="net")


def test_the_text_names_every_baseline_that_was_best_with_some_seed():
    text = card_text(card(models=("tf_rate", "one_hot_logistic")), title="net")
    assert "on the same folds: TF rate or one-hot logistic." in text


@pytest.mark.parametrize(
    ("metric", "baseline", "words"),
    [
        (
            "val/brier",
            (0.7, 0.8),
            "is better than the label-only baseline with every seed (B",
        ),
        ("val/brier", (0.3, 0.4), "is not better than the label-only baseline with any seed (B"),
        (
            "val/gain_auprc",
            (0.3, 0.4),
            "is better than the label-only baseline with every seed (a",
        ),
    ],
)
def test_the_verdict_follows_the_direction_of_what_was_searched_for(metric, baseline, words):
    text = card_text(card(baseline=baseline, metric=metric), title="net")
    assert words in text
    assert ("| Brier score |" in text) == (metric == "val/brier")


@pytest.mark.parametrize(
    ("features", "says"),
    [
        ("one-hot", "for others, gpdht predict --retrain"),
        ("loadings", r"reads other cells and genes \(encoder.features loadings\)"),
    ],
)
def test_the_text_says_what_the_model_can_do_with_other_cells(features, says):
    found = card(features=features)
    text = " ".join(card_text(found, title="m").split())
    assert re.search(says, text)
    del found["other_data"]  # a card of an earlier version
    assert not re.search(says, " ".join(card_text(found, title="m").split()))
