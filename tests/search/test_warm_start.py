"""Points of earlier studies: the right ones, moved into the new space, queued once."""

from __future__ import annotations

import re
import shutil

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_inputs import SPACE, small_set
from study_makers import StudyMaker

from gpdht.errors import StudyError
from gpdht.search.resume import prepare_study
from gpdht.search.space import load_space
from gpdht.search.study import Study, open_study
from gpdht.search.warm_start import POINTS, describe_start, moved

HERE = load_space(SPACE)


def earlier(folder, scores, **changes) -> Study:
    """A study with complete trials of these scores, in `folder/s`."""
    maker = StudyMaker(folder, trials=len(scores), resamples=2, **changes)
    for score in scores:
        maker.complete(score)
    return maker.done()


def start(folder, sources, *, resume=False, **changes) -> Study:
    space = load_space({**SPACE, "trials": 40, **changes})
    data = small_set("left out", cells=12, seed=5)
    return prepare_study(data, space, name="new", studies=folder, resume=resume, warm_start=sources)


def queued(study: Study) -> list[dict]:
    return [trial.system_attrs["fixed_params"] for trial in study.optuna.get_trials()]


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> tuple[Study, Study]:
    """Two earlier studies: the first's best are trials 2, 0, 3, the second's 1, 3, 2."""
    folder = tmp_path_factory.mktemp("earlier")
    second = {"sampler": {"name": "random", "seed": 9}}
    return (
        earlier(folder / "a", [0.5, 0.1, 0.9, 0.4, 0.2]),
        earlier(folder / "b", [0.1, 0.8, 0.3, 0.6], **second),
    )


def test_the_best_of_each_are_tried_in_turns_after_the_reference(tmp_path, two):
    first, second = two
    study = start(tmp_path, [first.folder, second.folder])
    points = study.record["warm_start"]["points"]
    # trial 0, the first's second best, is the reference, which is tried anyway
    turns = [(first, 2), (second, 1), (second, 3), (first, 3)]
    assert [(p["id"], p["trial"]) for p in points] == [(s.record["id"], n) for s, n in turns]
    assert queued(study) == [HERE.reference, *[s.values(n) for s, n in turns]]
    assert open_study(study.folder).record["warm_start"]["studies"][0] == {
        "name": "s",
        "id": first.record["id"],
        "dataset": "small",
    }


def test_what_came_from_where_is_said(tmp_path, two):
    assert describe_start(start(tmp_path / "w", [one.folder for one in two])) == [
        "from s (small): trials 2, 3",
        "from s (small): trials 1, 3",
    ]
    assert describe_start(start(tmp_path / "c", [])) == []


def test_a_lower_objective_is_better_where_it_is(tmp_path):
    objective = {"objective": {"metric": "val/brier"}}
    there = earlier(tmp_path, [0.5, 0.2, 0.9], **objective)
    points = start(tmp_path, [there.folder], **objective).record["warm_start"]["points"]
    assert [p["trial"] for p in points] == [1, 2]


def test_a_resume_queues_nothing_twice_and_refuses_another_start(tmp_path, two):
    first, second = two
    before = queued(start(tmp_path, [first.folder]))
    assert queued(start(tmp_path, [], resume=True)) == before
    assert queued(start(tmp_path, [first.folder], resume=True)) == before
    with pytest.raises(StudyError, match=r'"new" began from s, not from s; resume it without'):
        start(tmp_path, [second.folder], resume=True)


def test_a_resume_needs_no_study_that_it_began_with(tmp_path, two):
    source = shutil.copytree(two[0].folder, tmp_path / "elsewhere" / "s")
    before = queued(start(tmp_path, [source]))
    shutil.rmtree(source)
    assert queued(start(tmp_path, [source], resume=True)) == before
    with pytest.raises(StudyError, match=r'no study ".*another"'):
        start(tmp_path, [source.with_name("another")], resume=True)


def test_a_study_that_began_cold_is_not_resumed_warm(tmp_path, two):
    start(tmp_path, [])
    with pytest.raises(StudyError, match="began from no earlier study, not from s"):
        start(tmp_path, [two[0].folder], resume=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"objective": {"metric": "val/auroc"}}, "its objective is val/auprc, not val/auroc"),
        ({"fixed": {"cv.split": "target"}}, "its split is edge, not target"),
        ({"params": {"model.dropout": {"float": [0.0, 0.5]}}}, "none of the settings"),
    ],
)
def test_a_study_whose_order_means_something_else_is_refused(tmp_path, two, changes, message):
    with pytest.raises(StudyError, match=re.escape(message)):
        start(tmp_path, [two[0].folder], **changes)
    assert not list(tmp_path.iterdir())


def test_a_study_without_a_complete_trial_or_none_at_all_is_refused(tmp_path):
    StudyMaker(tmp_path).end("failed", "a reason")
    with pytest.raises(StudyError, match="none of its trials is complete"):
        start(tmp_path, [tmp_path / "s"])
    with pytest.raises(StudyError, match='no study "nowhere"'):
        start(tmp_path, ["nowhere"])
    assert not (tmp_path / "new").exists()


def test_a_setting_fixed_there_and_searched_here_comes_along(tmp_path):
    params = {**SPACE["params"], "model.dropout": {"float": [0.0, 0.5]}}
    there = earlier(tmp_path, [0.5], fixed={"model.dropout": 0.4})
    points = start(tmp_path, [there.folder], params=params).record["warm_start"]["points"]
    assert points[0]["values"]["model.dropout"] == 0.4


def test_a_point_is_moved_to_the_end_of_the_range_and_to_the_reference_where_it_has_nothing():
    values = {
        "graph.levels": 99,
        "encoder.tau": 0.01,
        "train.optimizer": "lion",
        "model.layers": 4,
        "train.momentum": 0.3,
    }
    assert moved(values, HERE) == {
        "graph.levels": 25,
        "encoder.tau": 0.05,
        "train.optimizer": HERE.reference["train.optimizer"],
    }
    assert moved({}, HERE) == HERE.reference
    sgd = moved({"train.optimizer": "sgd", "train.momentum": 2}, HERE)
    assert sgd["train.momentum"] == 0.99


ANY = st.one_of(st.floats(-1e3, 1e3), st.integers(-50, 50), st.text(), st.none(), st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from([p.path for p in HERE.params]), ANY))
def test_whatever_a_point_was_it_becomes_one_of_this_space(values):
    point = moved(values, HERE)
    known: dict = {}
    for param in HERE.params:
        assert (param.path in point) == param.applies(known)
        if param.path in point:
            assert param.contains(point[param.path])
            known[param.path] = point[param.path]
    assert moved(point, HERE) == point


def best_of(optimum: np.ndarray, start_points: list[np.ndarray], seed: int, trials: int) -> list:
    """The best value after each trial of a search for an optimum in the unit cube."""
    space = {f"x{i}": optuna.distributions.FloatDistribution(0, 1) for i in range(len(optimum))}
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True))
    for point in ([0.5] * len(optimum), *start_points):
        study.enqueue_trial(dict(zip(space, point, strict=True)))
    for _ in range(trials):
        trial = study.ask(space)
        at = np.array(list(trial.params.values()))
        study.tell(trial, float(((at - optimum) ** 2).sum()))
    ranked = sorted(study.trials, key=lambda trial: trial.value)
    tops = [np.array(list(trial.params.values())) for trial in ranked[:POINTS]]
    return [np.minimum.accumulate([trial.value for trial in study.trials]), tops]


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_related_studies_save_half_of_the_trials():
    saved = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        center = rng.uniform(0.2, 0.8, 4)
        _, tops = best_of(center + rng.normal(0, 0.05, 4), [], seed, 30)
        left_out = center + rng.normal(0, 0.05, 4)
        cold, _ = best_of(left_out, [], seed + 100, 24)
        warm, _ = best_of(left_out, tops, seed + 100, 24)
        saved.append(np.argmax(warm <= cold[-1]) + 1 if warm[-1] <= cold[-1] else 25)
    assert np.median(saved) <= 12
