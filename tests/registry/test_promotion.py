"""Who becomes champion, by scores made by hand."""

from __future__ import annotations

import dataclasses

import pytest

from gpdht.registry.promotion import Standing, decide

PROTOCOL = {"fingerprint": "f" * 64, "cv.split": "edge", "cv.folds": 3, "seeds": [1000, 1001]}
CHAMPION = Standing("net/4", PROTOCOL, "test/auprc", 0.61)


def test_the_first_of_a_name_is_champion():
    assert decide(CHAMPION, None) == ("champion", "the first of its name")


def test_a_better_score_under_the_same_protocol_is_champion():
    better = Standing("net", dict(PROTOCOL), "test/auprc", 0.62)
    alias, reason = decide(better, CHAMPION)
    assert alias == "champion"
    assert reason == ("beats the champion: replicated test/auprc 0.6200, net/4 has 0.6100")


def test_of_two_brier_scores_the_lower_is_champion():
    champion = Standing("net/4", PROTOCOL, "test/brier", 0.12)
    better, worse = (Standing("net", dict(PROTOCOL), "test/brier", s) for s in (0.11, 0.13))
    assert decide(better, champion)[0] == "champion"
    assert decide(worse, champion)[0] == "candidate"
    assert decide(dataclasses.replace(better, score=float("nan")), champion)[0] == "candidate"


@pytest.mark.parametrize("score", [0.61, 0.5, float("nan")])
def test_a_score_that_is_not_better_is_candidate(score):
    alias, reason = decide(dataclasses.replace(CHAMPION, score=score), CHAMPION)
    assert alias == "candidate"
    assert "does not beat the champion" in reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cv.split": "target"}, "cv.split edge, here target"),
        ({"cv.folds": 5}, "cv.folds 3, here 5"),
        ({"seeds": [1000]}, "seeds [1000, 1001], here [1000]"),
        ({"fingerprint": "a" * 64}, "fingerprint ffffffffffff…, here aaaaaaaaaaaa…"),
        ({"pairs.negatives": "cooccurrence"}, "pairs.negatives None, here cooccurrence"),
    ],
)
def test_another_protocol_is_never_compared(change, words):
    better = Standing("net", {**PROTOCOL, **change}, "test/auprc", 0.99)
    alias, reason = decide(better, CHAMPION)
    assert alias == "candidate"
    assert words in reason
    assert "net/4 stays champion" in reason


def test_another_metric_is_another_protocol():
    alias, reason = decide(Standing("net", PROTOCOL, "test/auroc", 0.99), CHAMPION)
    assert (alias, "metric test/auprc, here test/auroc" in reason) == ("candidate", True)
