"""Priors of settings: inside the range, fading, of use when right and harmless when wrong."""

from __future__ import annotations

import math

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import truncnorm
from small_inputs import SPACE

from gpdht.errors import SpaceError
from gpdht.search.beliefs import FIRST_SHARE, SPREAD, draw_near, prior_share
from gpdht.search.params import KINDS
from gpdht.search.samplers import make_sampler, propose, sampler_of
from gpdht.search.space import Space, load_space

TAU = {"float": [0.05, 2.0], "log": True}


def one(path: str, **spec):
    """A searched setting."""
    kind = next(KINDS[name] for name in KINDS if name in spec)
    return kind.model_validate({"(path)": path, **spec})


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"int": [3, 25], "prior": 26}, "graph.levels.prior=26 lies outside 3 to 25"),
        ({"int": [3, 25], "prior": 7.5}, "graph.levels.prior=7.5 lies outside 3 to 25"),
        ({"int": [3, 25], "prior": "1e1"}, "write 1.0e+1"),
        ({"int": [3, 25], "step": 2, "prior": 4}, "prior=4 lies outside 3 to 25, in steps of 2"),
        ({"choice": [5, 9], "prior": 7}, "graph.levels.prior=7 lies outside 5, 9"),
        ({"int": [3, 25], "confidence": "low"}, "graph.levels.prior: no value is given"),
        ({"int": [3, 25], "prior": None}, "graph.levels.prior: no value is given"),
        ({"int": [3, 25], "prior": 5, "confidence": "firm"}, "expected one of low, medium, high"),
    ],
)
def test_a_prior_that_cannot_be_is_named_under_its_path(spec, message):
    with pytest.raises(SpaceError) as error:
        load_space({"params": {"graph.levels": spec}})
    assert message in str(error.value)
    assert str(error.value).count("\n") == 0


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(st.integers(2, 60), st.integers(0, 60)),
    st.floats(0, 1),
    st.sampled_from(["low", "medium", "high"]),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_a_draw_lies_in_the_range(bounds, at, confidence, log, seed):
    low, high = bounds[0], sum(bounds)
    prior = low + round(at * (high - low))
    param = one("graph.levels", int=[low, high], prior=prior, confidence=confidence, log=log)
    assert param.contains(draw_near(param, np.random.default_rng(seed)))


@pytest.mark.parametrize("confidence", ["low", "medium", "high"])
def test_draws_of_a_float_are_a_truncated_normal_on_the_searchs_scale(confidence):
    param = one("encoder.tau", **TAU, prior=0.25, confidence=confidence)
    rng = np.random.default_rng(0)
    drawn = np.log([draw_near(param, rng) for _ in range(1500)])
    low, high, center = map(math.log, (0.05, 2.0, 0.25))
    sd = SPREAD[confidence] * (high - low)
    expected = truncnorm((low - center) / sd, (high - center) / sd, center, sd)
    assert drawn.mean() == pytest.approx(expected.mean(), abs=0.1 * expected.std())
    assert drawn.std() == pytest.approx(expected.std(), rel=0.1)


def test_a_prior_choice_is_drawn_as_often_as_its_weight_says():
    param = one("encoder.heads", choice=[1, 2, 4, 8], prior=4)
    rng = np.random.default_rng(0)
    drawn = np.array([draw_near(param, rng) for _ in range(2000)])
    assert (drawn == 4).mean() == pytest.approx(4 / 7, abs=0.04)
    assert (drawn == 8).mean() == pytest.approx(1 / 7, abs=0.03)


def test_true_and_one_are_different_priors():
    param = one("model.statistics", choice=[False, True], prior=True, confidence="high")
    rng = np.random.default_rng(0)
    assert 0.75 < np.mean([draw_near(param, rng) is True for _ in range(400)]) < 0.95


def test_the_share_of_the_priors_halves_every_ten_trials():
    assert [prior_share(n) / FIRST_SHARE for n in (0, 10, 20, 30)] == [1, 0.5, 0.25, 0.125]


def ask(space: Space, number: int, told: int = 12) -> dict:
    """What is proposed as a trial of a study with some told trials."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for i in range(told):
        trial = study.ask()
        propose(trial, space)
        study.tell(trial, i % 5)
    study.sampler = sampler_of(space, number)
    return propose(study.ask(), space)


def believed(**priors) -> Space:
    params = {
        path: spec | ({"prior": priors[path]} if path in priors else {})
        for path, spec in SPACE["params"].items()
    }
    return load_space({**SPACE, "sampler": {"name": "tpe", "seed": 3}, "params": params})


def test_a_proposal_follows_from_seed_number_and_study_alone():
    space = believed(**{"encoder.tau": 0.25, "graph.levels": 15, "train.optimizer": "adam"})
    assert [ask(space, n) for n in range(6)] == [ask(space, n) for n in range(6)]
    assert ask(space, 1) != ask(space, 2)


def test_a_space_without_priors_proposes_what_its_sampler_does():
    plain = believed()
    assert type(sampler_of(plain, 4)) is type(make_sampler("tpe", 3, 4))


def test_settings_without_a_prior_are_the_samplers():
    plain, half = believed(), believed(**{"encoder.tau": 0.25})
    with_prior = [ask(half, n) for n in range(8)]
    without = [ask(plain, n) for n in range(8)]
    assert [p["graph.levels"] for p in with_prior] == [p["graph.levels"] for p in without]
    assert [p["encoder.tau"] for p in with_prior] != [p["encoder.tau"] for p in without]


def test_a_prior_of_every_setting_is_the_reference_unless_a_start_is_given():
    params = {
        "graph.levels": {"int": [5, 25], "prior": 9},
        "train.optimizer": {"choice": ["sgd", "adam"], "prior": "adam"},
        "train.momentum": {"float": [0.0, 0.9], "prior": 0.5, "when": {"train.optimizer": "sgd"}},
    }
    assert load_space({"params": params}).reference == {
        "graph.levels": 9,
        "train.optimizer": "adam",
    }
    started = load_space({"params": params, "start_from": [{"graph.levels": 7}]})
    assert started.reference == {"graph.levels": 7, "train.optimizer": "adam"}
    partly = {**params, "graph.levels": {"int": [5, 25]}}
    assert load_space({"params": partly}).reference["graph.levels"] == 15


def test_a_space_with_priors_reads_back_and_only_there_the_hash_changes():
    plain, half = believed(), believed(**{"encoder.tau": 0.25})
    assert load_space(half.content()) == half
    assert half.hash != plain.hash
    assert "prior" not in str(plain.content())
    firm = {"prior": 0.25, "confidence": "high"}
    assert one("encoder.tau", **TAU, **firm).content() == {
        "float": [0.05, 2.0],
        "log": True,
        **firm,
    }


# Hashes that studies already hold; a change of one would cut their searches off from a resume.
@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("peers/genelink-search", "02a5163c34ba249b"),
        ("peers/gatcl", "ab93c282e83fdfdc"),
        ("paper", "ba1782adedc8c13b"),
    ],
)
def test_hashes_of_spaces_without_priors_stay(name, known):
    assert load_space(name).hash == known


BEST = {"graph.levels": 0.4, "encoder.tau": 0.5, "train.lr": 0.65, "model.dropout": 0.4}
SEARCHED = {
    "graph.levels": {"int": [3, 30]},
    "encoder.tau": TAU,
    "train.lr": {"float": [1e-4, 1e-2], "log": True},
    "model.dropout": {"float": [0.0, 0.5]},
}
GOOD = {"graph.levels": 15, "encoder.tau": 0.25, "train.lr": 1e-3, "model.dropout": 0.25}
WRONG = {"graph.levels": 29, "encoder.tau": 1.9, "train.lr": 1.1e-4, "model.dropout": 0.49}


def loss(space: Space, values: dict) -> float:
    """Squared distance to the best point, on the scale of the search."""
    total = 0.0
    for param in space.params:
        ends = np.array([*param.bounds, values[param.path]])
        low, high, value = np.log(ends) if param.log else ends
        total += ((value - low) / (high - low) - BEST[param.path]) ** 2
    return total


def trials_to_target(space: Space, *, target: float = 0.03, most: int = 40) -> int:
    """How many trials a search takes to come near the best point; one more than `most` if none."""
    study = optuna.create_study()
    for number in range(most):
        study.sampler = sampler_of(space, number)
        trial = study.ask()
        value = loss(space, propose(trial, space))
        study.tell(trial, value)
        if value <= target:
            return number + 1
    return most + 1


def median_trials(priors: dict) -> float:
    """The same, in the middle of ten seeds."""
    params = {
        path: spec | ({"prior": priors[path], "confidence": "high"} if priors else {})
        for path, spec in SEARCHED.items()
    }
    space = load_space({"params": params})
    return float(np.median([trials_to_target(space.with_seed(seed)) for seed in range(10)]))


def test_a_good_prior_saves_trials_and_a_wrong_one_still_arrives():
    assert median_trials(GOOD) <= 0.75 * median_trials({})
    assert median_trials(WRONG) <= 35
