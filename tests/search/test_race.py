"""The race by first folds: its rule, the queue, and resumes that change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState
from small_inputs import SPACE, tiny_dataset

from gpdht.errors import SpaceError
from gpdht.execution.progress import Progress
from gpdht.search.race import chance_to_win
from gpdht.search.resume import prepare_study
from gpdht.search.space import load_space
from gpdht.search.study_tables import StudyTables
from gpdht.search.trial_queue import TrialQueue
from gpdht.tracking import MemoryStudyTracker
from gpdht.trial import TrialResult

RACE = {"name": "race", "chance": 0.2, "startup_trials": 3}
SCORES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=9)


def test_the_chance_is_that_of_means_drawn_around_what_complete_trials_show():
    """The predictive distribution of one more normal draw, by drawing its mean and variance."""
    firsts, means = np.array([0.50, 0.53, 0.48, 0.51]), np.array([0.48, 0.50, 0.47, 0.50])
    added, rng = means - firsts, np.random.default_rng(0)
    variance = 3 * added.var(ddof=1) / rng.chisquare(3, 200_000)
    mean = rng.normal(added.mean(), np.sqrt(variance / 4))
    for first in (0.49, 0.52, 0.55):
        drawn = first + rng.normal(mean, np.sqrt(variance))
        wins = (drawn > 0.50).mean()
        assert chance_to_win(first, firsts, means, best=0.50) == pytest.approx(wins, abs=0.005)


@settings(max_examples=60, deadline=None)
@given(SCORES, st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1))
def test_a_better_first_fold_never_lowers_the_chance_and_a_harder_one_for_all_changes_nothing(
    complete, one, other, shift
):
    firsts, means = np.array(complete).T
    low, high, best = *sorted((one, other)), means.max()
    chance = chance_to_win(low, firsts, means, best=best)
    assert 0 <= chance <= chance_to_win(high, firsts, means, best=best) <= 1
    if (means - firsts).std() > 1e-3:
        shifted = chance_to_win(low + shift, firsts + shift, means, best=best)
        assert shifted == pytest.approx(chance, abs=1e-6)


def test_without_any_spread_the_first_fold_decides():
    assert chance_to_win(0.6, [0.5, 0.4], [0.5, 0.4], best=0.5) == 1
    assert chance_to_win(0.4, [0.5, 0.4], [0.5, 0.4], best=0.5) == 0


def make_queue(folder, *, resume=False, **changes) -> TrialQueue:
    space = load_space({**SPACE, "scheduler": RACE, "trials": 10, **changes})
    study = prepare_study(tiny_dataset(), space, name="s", studies=folder, resume=resume)
    return TrialQueue(
        study,
        tracker=MemoryStudyTracker(),
        progress=Progress(10, space.objective.metric, shown=False),
    )


def reports(values):
    """What a trial reports, epoch 0 first, and its best mean: all from its searched values."""
    rng = np.random.default_rng(round(1e6 * values["encoder.tau"]))
    worth = values["encoder.tau"] / (1 + values["encoder.tau"])
    first, mean = worth + 0.1 + rng.normal(0, 0.03), worth + rng.normal(0, 0.01)
    seen = [(0, {"val/auprc_fold0": first})]
    return seen + [
        (epoch, {"val/auprc": mean - 0.1 / epoch}) for epoch in (1, 2, 3)
    ], mean - 0.1 / 3


class DeadError(Exception):
    """The driver died."""


def drive(queue, dies=lambda _count, _given_up: False) -> None:
    """Run the queue's trials to their end; the driver dies after a report where `dies` says so."""
    count = 0
    queue.recover()
    while (asked := queue.ask()) is not None:
        number, values = asked
        seen, best = reports(values)
        for epoch, metrics in seen:
            given_up = queue.observe(number, epoch, metrics)
            count += 1
            if dies(count, given_up):
                raise DeadError
            if given_up:
                break
        else:
            queue.receive(number, TrialResult("complete", {"val/auprc": best}))
        queue.close(number)


def outcome(queue) -> list[tuple]:
    """All that a study knows of its trials, but times."""
    return [
        (trial.state, trial.params, trial.value, trial.intermediate_values, trial.user_attrs)
        for trial in queue.study.optuna.get_trials(deepcopy=False)
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    queue = make_queue(tmp_path_factory.mktemp("whole"))
    drive(queue)
    return queue


def test_those_unlikely_to_win_get_no_second_fold(whole):
    """By the rule again, over the trials in their order."""
    firsts, means = [], []
    for trial in whole.study.optuna.trials:
        seen, best = reports(trial.params)
        first = seen[0][1]["val/auprc_fold0"]
        given_up = len(means) >= 3 and chance_to_win(first, firsts, means, best=max(means)) < 0.2
        assert trial.state is (TrialState.PRUNED if given_up else TrialState.COMPLETE)
        assert set(trial.intermediate_values) == ({0} if given_up else {0, 1, 2, 3})
        if not given_up:
            firsts, means = [*firsts, first], [*means, best]
    assert 3 < len(means) < 9


def test_what_a_first_fold_showed_is_kept_but_is_no_objective(whole):
    trials = whole.study.trials()
    pruned = trials[trials["state"] == "pruned"]
    assert len(pruned)
    assert pruned["objective"].isna().all()
    assert (pruned["epochs"] == 0).all()
    assert pruned["val/auprc_fold0"].notna().all()
    assert set(StudyTables(whole.study).learning_curves["epoch"]) == {1, 2, 3}
    number = int(pruned["number"].iloc[0])
    assert list(whole.study.epochs(number)) == [0]


def drive_to_the_end(folder, make_dies) -> tuple[TrialQueue, int]:
    """Drive again, with a fresh queue, after every death; how many there were."""
    deaths = 0
    while True:
        queue = make_queue(folder, resume=True)
        try:
            drive(queue, make_dies(deaths))
        except DeadError:
            deaths += 1
        else:
            return queue, deaths


@pytest.mark.parametrize("every", [5, 7])
def test_a_search_that_dies_again_and_again_gives_up_the_same_trials(tmp_path, whole, every):
    queue, deaths = drive_to_the_end(tmp_path, lambda _: lambda count, _: count == every)
    assert deaths >= 3
    assert outcome(queue) == outcome(whole)


def test_a_search_that_dies_before_it_tells_what_it_decided_decides_the_same_again(tmp_path, whole):
    """Each second driver dies at the next trial that is given up."""
    queue, deaths = drive_to_the_end(
        tmp_path, lambda deaths: lambda count, given_up: given_up and count > deaths % 2
    )
    assert deaths >= 2
    assert outcome(queue) == outcome(whole)


def test_where_lower_is_better_a_low_first_fold_goes_on(tmp_path):
    queue = make_queue(tmp_path, objective={"metric": "val/brier"})
    results = {}
    for first in (0.30, 0.31, 0.32, 0.29, 0.40):
        number, _ = queue.ask()
        results[first] = queue.observe(number, 0, {"val/brier_fold0": first})
        if not results[first]:
            queue.receive(number, TrialResult("complete", {"val/brier": first + first / 100}))
        queue.close(number)
    assert results == {0.30: False, 0.31: False, 0.32: False, 0.29: False, 0.40: True}


def test_the_one_to_beat_keeps_the_constraints(tmp_path):
    queue = make_queue(tmp_path, constraints={"seconds": "<= 10"})
    results = {}
    for first, seconds in ((0.50, 5), (0.51, 5), (0.90, 50), (0.52, 5), (0.30, 5)):
        number, _ = queue.ask()
        results[first] = queue.observe(number, 0, {"val/auprc_fold0": first})
        metrics = {"val/auprc": first + first / 100}
        result = TrialResult("complete", metrics, seconds=seconds)
        queue.close(number, None if results[first] else result)
    assert results == {0.50: False, 0.51: False, 0.90: False, 0.52: False, 0.30: True}


def test_the_reference_gets_all_folds_however_bad_it_looks(tmp_path):
    """Asked last of four, as when trials run beside each other."""
    queue = make_queue(tmp_path)
    numbers = [queue.ask()[0] for _ in range(4)]
    for number, first in zip(numbers[1:], (0.5, 0.52, 0.51), strict=True):
        queue.observe(number, 0, {"val/auprc_fold0": first})
        queue.receive(number, TrialResult("complete", {"val/auprc": first - 0.01 * number}))
        queue.close(number)
    assert queue.observe(numbers[0], 0, {"val/auprc_fold0": 0.0}) is False
    late = queue.ask()[0]
    assert queue.observe(late, 0, {"val/auprc_fold0": 0.0}) is True


def test_a_first_fold_without_a_score_is_a_failure(tmp_path):
    queue = make_queue(tmp_path)
    number, _ = queue.ask()
    assert queue.observe(number, 0, {"val/auroc_fold0": 0.5}) is True
    queue.close(number)
    assert "val/auprc_fold0 is nan" in queue.study.optuna.trials[0].user_attrs["error"]


def test_a_race_needs_several_folds():
    with pytest.raises(SpaceError, match=r"cv\.split=set has one fold; use asha, median or none"):
        load_space({**SPACE, "scheduler": RACE, "fixed": {"cv.split": "set"}})
