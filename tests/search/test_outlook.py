"""What a search would still gain: by hand, by simulation, and what ends a search by it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState, create_trial
from scipy.integrate import quad
from study_makers import StudyMaker

from gpdht.errors import StudyError
from gpdht.execution.placement import Placement
from gpdht.execution.stop import StopRequest
from gpdht.search.ending import check_gpu_budget, is_flat, limit_search, record_end
from gpdht.search.outlook import Outlook, busy_seconds, expected_gain, look_ahead
from gpdht.search.trial_queue import TrialQueue
from gpdht.trial import TrialResult

SCORES = st.lists(st.floats(0, 1), min_size=8, max_size=60)
NOON = datetime(2026, 1, 1, 12)


def told(minute: float, seconds: float, value: float | None = 0.5):
    """A trial that ended so many minutes after noon; without a value it failed."""
    trial = create_trial(
        value=value,
        state=TrialState.FAIL if value is None else TrialState.COMPLETE,
        user_attrs={"state": "failed" if value is None else "complete", "seconds": seconds},
    )
    trial.datetime_complete = NOON + timedelta(minutes=minute)
    return trial


def make(folder, scores, *, seconds: float = 150.0, **changes) -> StudyMaker:
    """A study with trials of these scores, one after the other; None failed."""
    maker = StudyMaker(folder, trials=200, **changes)
    ends = (1 + np.arange(len(scores))) * seconds / 60
    maker.study.optuna.add_trials(
        [told(end, seconds, score) for end, score in zip(ends, scores, strict=True)]
    )
    return maker


def test_the_gain_is_that_of_a_table_worked_by_hand():
    scores = [0.1, 0.5, 0.3, 0.2, 0.4, 0.7, -math.inf, 0.6, 0.2, 0.1]
    # history: best .5 after five trials, .7 after ten; missing c/n with c = .2 / (1/5 − 1/10)
    history = 2.0 * (1 / 10 - 1 / 15)
    # spread: the best four exceed .3 by .4, .3, .2, .1
    mean, rate = 0.25, 5 * 4 / 10 * math.exp(-0.4 / 0.25)
    spread = mean * quad(lambda t: (1 - math.exp(-t)) / t, 0, rate)[0]
    assert expected_gain(scores, 5) == pytest.approx((history + spread) / 2)


def test_of_draws_that_have_no_bound_the_gain_is_understated_by_less_than_half():
    # the record of n exponential draws is H_n on average, so 24 more than 40 gain H_64 − H_40
    rng = np.random.default_rng(0)
    found = np.mean([expected_gain(rng.exponential(size=40), 24) for _ in range(400)])
    assert 0.5 < found / sum(1 / n for n in range(41, 65)) < 1


@settings(deadline=None)
@given(SCORES, st.integers(1, 500), st.floats(0.1, 10), st.floats(-5, 5))
def test_the_gain_is_never_negative_and_has_the_objectives_unit(scores, more, unit, origin):
    gain = expected_gain(scores, more)
    assert 0 <= gain <= expected_gain(scores, more + 10) + 1e-12
    moved = expected_gain([unit * score + origin for score in scores], more)
    assert moved == pytest.approx(unit * gain, rel=1e-3, abs=1e-9)


def test_equal_scores_promise_nothing():
    assert expected_gain([0.5] * 30, 100) == 0


@pytest.mark.parametrize("scores", [[-math.inf] * 9 + [0.4, 0.5], [0.4, 0.5] + [-math.inf] * 9])
def test_a_search_with_few_scores_has_a_finite_gain(scores):
    assert 0 <= expected_gain(scores, 10) < 1


def climb(rng: np.random.Generator, trials: int) -> np.ndarray:
    """Scores of a search that draws half of its points near the best so far; noise as of folds."""
    dim = int(rng.integers(3, 8))
    optimum, weight = rng.uniform(0.1, 0.9, dim), rng.dirichlet(np.ones(dim))
    scale = 10 ** rng.uniform(-2, -0.5)
    best, best_score, scores = rng.uniform(size=dim), -math.inf, []
    for number in range(trials):
        near = rng.normal(best, 0.15).clip(0, 1)
        point = near if number >= 10 and rng.random() < 0.5 else rng.uniform(size=dim)
        score = scale * (rng.normal(0, 0.02) - weight @ (point - optimum) ** 2)
        if score > best_score:
            best, best_score = point, score
        scores.append(score)
    return np.array(scores)


@pytest.mark.parametrize("ended", [20, 40, 60])
def test_over_many_searches_the_expected_gain_is_the_real_one_within_a_factor_of_two(ended):
    expected, real = [], []
    for seed in range(120):
        scores = climb(np.random.default_rng(seed), ended + 24)
        unit = scores[:20].std()
        expected.append(expected_gain(scores[:ended], 24) / unit)
        real.append((scores.max() - scores[:ended].max()) / unit)
    assert 0.5 < np.mean(expected) / np.mean(real) < 2


def test_trials_side_by_side_share_their_seconds():
    trials = [told(1, 60), told(1, 30), told(2, 90), told(10, 60, None)]
    assert busy_seconds(trials) == 60 + 60 + 60
    assert busy_seconds([]) == 0


def test_the_next_hour_has_as_many_trials_as_the_last_ones_had(tmp_path):
    scores = np.random.default_rng(0).normal(0.5, 0.1, 24)
    outlook = look_ahead(make(tmp_path, scores, seconds=150.0).study)
    assert outlook == Outlook(24, pytest.approx(expected_gain(scores, 24)), "val/auprc")
    assert str(Outlook(24, 0.00041, "val/auprc")) == (
        "the next hour of about 24 trials is expected to gain .0004 in val/auprc"
    )


def test_a_lower_objective_gains_downwards(tmp_path):
    scores = np.random.default_rng(0).normal(0.5, 0.1, 24)
    study = make(tmp_path, scores, objective={"metric": "val/brier"}).study
    assert look_ahead(study).gain == pytest.approx(expected_gain(-scores, 24))


@pytest.mark.parametrize(
    "scores", [[0.5] * 19, [0.5] * 7 + [None] * 20], ids=["few trials", "few complete trials"]
)
def test_with_too_few_trials_nothing_is_said_and_nothing_is_flat(tmp_path, scores):
    study = make(tmp_path, scores).study
    assert look_ahead(study) is None
    assert not is_flat(study, math.inf)


def limited(maker: StudyMaker, stop: StopRequest, **limits):
    limit_search(
        maker.queue, stop, **{"gpus": 0.5, "gpu_budget_s": None, "stop_when_flat": None, **limits}
    )
    return maker.queue


def test_a_flat_search_asks_for_no_more_and_goes_on_without_the_limit(tmp_path):
    flat = make(tmp_path, [0.5, 0.6, 0.7] + [0.4, 0.41, 0.42] * 9)
    queue = limited(flat, StopRequest(), stop_when_flat=0.01)
    assert queue.ask() is None
    study = record_end(queue, StopRequest())
    assert study.record["ended"]["why"] == "flat"
    assert 0 <= study.record["ended"]["outlook"]["gain"] < 0.01
    assert queue.is_done
    assert TrialQueue(study, tracker=queue.tracker, progress=queue.progress).ask() is not None


def test_a_search_that_still_climbs_goes_on(tmp_path):
    climbing = make(tmp_path, list(np.linspace(0.3, 0.7, 30)))
    assert limited(climbing, StopRequest(), stop_when_flat=0.01).ask() is not None


def test_a_gpu_budget_counts_the_seconds_of_ended_and_running_trials(tmp_path):
    maker, stop = StudyMaker(tmp_path), StopRequest()
    queue = limited(maker, stop, gpu_budget_s=60.0)
    number, _ = queue.ask()
    queue.observe(number, 1, {"val/auprc": 0.5}, seconds=80.0)
    assert not stop()
    queue.close(number, TrialResult("complete", {"val/auprc": 0.5}, seconds=100.0))
    assert not stop()
    number, _ = queue.ask()
    queue.observe(number, 1, {"val/auprc": 0.5}, seconds=20.0)
    assert stop()
    queue.interrupt()
    assert stop()
    assert record_end(queue, stop).record["ended"] == {"why": "GPU budget", "outlook": None}


def test_a_gpu_budget_without_gpus_is_refused():
    with pytest.raises(StudyError, match="no GPU, so it would never be spent"):
        check_gpu_budget(3600.0, Placement())
    check_gpu_budget(None, Placement())
    check_gpu_budget(3600.0, Placement(gpus=0.5))
