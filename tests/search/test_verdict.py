"""Whether a search paid: three scores of the winner and of the reference."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score
from study_makers import StudyMaker

from gpdht.search.corrected import draw_trials
from gpdht.search.replicates import (
    fresh_seeds,
    keep_replicate,
    missing_replicates,
    read_replicates,
)
from gpdht.search.verdict import Beside, Verdict, judge_search, to_compare
from gpdht.search.verdict_words import say_verdict, verdict_tables
from gpdht.trial import TrialResult

VERDICT = Verdict(
    winner=3,
    reference=0,
    objective="val/gain_auprc",
    trials=7,
    selection=Beside(0.05, 0.04),
    corrected=Beside(0.5, 0.49, -0.01, 0.03),
    replicated=Beside(0.52, 0.5, 0.01, 0.03),
    seeds=(1000, 1001),
)


def replicate(maker, number, *, signal, seeds):
    """Keep a trial's replicates as a run would give them; the scores, by seed."""
    found = {}
    for seed in seeds:
        table = maker.scores_of(number, signal, 0.5, seed=seed)
        auprc = average_precision_score(table["label"], table["score"])
        result = TrialResult("complete", {"test/auprc": auprc}, seconds=1.0, scores=table)
        keep_replicate(maker.study, maker.dataset, number, seed, result)
        found[seed] = table
    return found


def test_the_three_scores_are_those_of_the_trials_and_of_their_replicates(tmp_path):
    maker = StudyMaker(tmp_path)
    for selection, signal in ((0.3, 1.0), (0.5, 2.0), (0.4, 0.5)):
        maker.complete(selection, signal=signal)
    seeds = fresh_seeds(maker.study.config(0), 2)
    assert missing_replicates(maker.study, to_compare(maker.study), 2) == [
        (1, 1000),
        (1, 1001),
        (0, 1000),
        (0, 1001),
    ]
    tables = {n: replicate(maker, n, signal=s, seeds=seeds) for n, s in ((1, 2.0), (0, 1.0))}
    assert missing_replicates(maker.study, to_compare(maker.study), 2) == []

    verdict = judge_search(maker.done())
    assert (verdict.winner, verdict.reference, verdict.trials) == (1, 0, 3)
    assert (verdict.selection.winner, verdict.selection.reference) == (0.5, 0.3)
    for which, number in (("winner", 1), ("reference", 0)):
        expected = np.mean(
            [average_precision_score(t["label"], t["score"]) for t in tables[number].values()]
        )
        assert getattr(verdict.replicated, which) == pytest.approx(expected)
    assert 0 < verdict.replicated.low < verdict.replicated.difference < verdict.replicated.high
    assert (verdict.paid, verdict.chosen, verdict.seeds) == ("better", 1, seeds)
    # trial 1 has the strongest signal by far, so every draw chooses it
    drawn = draw_trials(maker.study, [0, 1, 2], "auprc")
    assert verdict.corrected.winner == pytest.approx(np.nanmean(drawn.of(1)))
    assert verdict.corrected.reference == pytest.approx(np.nanmean(drawn.of(0)))


def test_draws_are_kept_and_only_added_to(tmp_path, monkeypatch):
    maker = StudyMaker(tmp_path)
    maker.complete(0.3)
    first = draw_trials(maker.study, [0], "auprc")
    maker.complete(0.4)
    read = []
    real = pd.read_parquet
    monkeypatch.setattr(pd, "read_parquet", lambda path: (read.append(path.stem), real(path))[1])
    both = draw_trials(maker.study, [0, 1], "auprc")
    assert read == ["auprc", "trial-00001"]
    np.testing.assert_array_equal(both.of(0), first.of(0))
    maker.study.scores_path(0).unlink()
    assert draw_trials(maker.study, [0, 1], "auprc").numbers == (0, 1)
    assert draw_trials(maker.study, [0, 1], "auroc").numbers == (1,)


def test_a_replicate_is_read_back_as_it_was_kept(tmp_path):
    maker = StudyMaker(tmp_path)
    maker.complete(0.3)
    table = replicate(maker, 0, signal=1.0, seeds=[1000])[1000]
    found = read_replicates(maker.study, 0)[1000]
    assert found.result.metrics["test/auprc"] == average_precision_score(
        table["label"], table["score"]
    )
    assert len(found.drawn_B) == 500
    kept = pd.read_parquet(tmp_path / "s" / "replicates" / "trial-00000-seed-1000.parquet")
    pd.testing.assert_frame_equal(kept, table)


def test_a_reference_that_is_the_best_leaves_nothing_to_replicate(tmp_path):
    maker = StudyMaker(tmp_path)
    maker.complete(0.5)
    maker.complete(0.4)
    assert to_compare(maker.study) == ()
    verdict = judge_search(maker.done())
    assert (verdict.paid, verdict.chosen) == ("same", 0)
    assert "The default was enough" in say_verdict(verdict)
    assert verdict_tables(verdict) == []


@pytest.mark.parametrize("ending", ["failed", None])
def test_without_a_complete_reference_there_is_no_verdict(tmp_path, ending):
    maker = StudyMaker(tmp_path)
    if ending:
        maker.end(ending, "RuntimeError: bad")
        maker.complete(0.4)
    assert to_compare(maker.study) == ()
    assert judge_search(maker.done()) is None
    assert verdict_tables(None) == []


@pytest.mark.parametrize(
    ("objective", "low", "high", "paid"),
    [
        ("val/auprc", 0.01, 0.03, "better"),
        ("val/auprc", -0.01, 0.03, "unclear"),
        ("val/auprc", -0.03, -0.01, "worse"),
        ("val/brier", 0.01, 0.03, "worse"),
        ("val/brier", -0.03, -0.01, "better"),
    ],
)
def test_what_fresh_folds_say_follows_from_the_interval(objective, low, high, paid):
    middle = (low + high) / 2
    replicated = Beside(0.5 + middle, 0.5, low, high)
    verdict = replace(VERDICT, objective=objective, replicated=replicated)
    assert verdict.paid == paid
    begins = {"better": "Searching paid", "worse": "did not pay", "unclear": "not shown"}[paid]
    assert begins in say_verdict(verdict)


@pytest.mark.parametrize(
    ("objective", "winner", "chosen"),
    [("val/auprc", 0.6, 3), ("val/auprc", 0.5, 3), ("val/auprc", 0.4, 0), ("val/brier", 0.6, 0)],
)
def test_the_winner_is_taken_unless_it_is_worse_on_fresh_folds(objective, winner, chosen):
    replicated = Beside(winner, 0.5, -1.0, 1.0)
    assert replace(VERDICT, objective=objective, replicated=replicated).chosen == chosen


def test_without_replicates_the_sentence_says_how_to_get_them():
    verdict = replace(VERDICT, replicated=None, seeds=())
    assert (verdict.paid, verdict.chosen) == ("unknown", 3)
    assert "0.010 better than the reference (trial 0) in val/gain_auprc" in say_verdict(verdict)
    assert "register" in say_verdict(verdict)
    (table,) = verdict_tables(verdict)
    assert list(table.rows[2]) == ["on fresh folds", "–", "–", "–", "–"]


def test_the_table_has_the_scores_their_difference_and_its_interval():
    (table,) = verdict_tables(VERDICT)
    assert list(map(list, table.rows)) == [
        ["selection score, val/gain_auprc", "0.050", "0.040", "+0.010", "–"],
        ["corrected for selection", "0.500", "0.490", "+0.010", "−0.010 to +0.030"],
        ["on fresh folds, 2 seeds", "0.520", "0.500", "+0.020", "+0.010 to +0.030"],
    ]


@pytest.mark.parametrize("verdict", [VERDICT, replace(VERDICT, corrected=None, replicated=None)])
def test_a_verdict_goes_through_json(verdict):
    again = Verdict.from_plain(json.loads(json.dumps(verdict.plain(), allow_nan=False)))
    assert again.plain() == verdict.plain()
    assert say_verdict(again) == say_verdict(verdict)


def test_a_tracker_gets_both_scores_and_the_difference():
    found = VERDICT.metrics()
    assert found["winner/replicated/auprc"] == 0.52
    assert found["reference/replicated/auprc"] == 0.5
    assert found["difference/replicated/auprc_low"] == 0.01
    assert found["difference/selection/auprc"] == pytest.approx(0.01)


def test_the_table_has_a_row_for_each_score_that_is_known():
    table = VERDICT.table()
    assert table.index.tolist() == ["selection", "corrected", "replicated"]
    assert table.loc["replicated"].tolist() == pytest.approx([0.52, 0.5, 0.02, 0.01, 0.03])
    assert table.loc["selection", ["low", "high"]].isna().all()
    unknown = replace(VERDICT, replicated=None, seeds=()).table()
    assert unknown.index.tolist() == ["selection", "corrected"]
