"""The point that every study tries first, and what its winner is held against."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_inputs import SPACE, tiny_dataset

from gpdht.config import Config
from gpdht.search.resume import prepare_study
from gpdht.search.samplers import propose
from gpdht.search.space import load_space


def space(**changes):
    return load_space({**SPACE, **changes})


def test_the_reference_is_at_the_defaults_where_nothing_else_is_said():
    default = Config().flat()
    assert space().reference == {
        path: default[path] for path in ("graph.levels", "encoder.tau", "train.optimizer")
    }


def test_the_reference_is_the_first_point_made_whole_with_what_its_choices_call_for():
    point = {"train.optimizer": "sgd", "encoder.tau": 1.5}
    found = space(start_from=[point, {"graph.levels": 7}]).reference
    assert found == {**point, "graph.levels": 15, "train.momentum": Config().train.momentum}


def test_defaults_that_lie_outside_are_replaced_by_the_nearest_that_can_be_searched():
    params = {
        "graph.levels": {"int": [16, 40], "step": 4},
        "encoder.tau": {"float": [1.0, 2.0]},
        "encoder.dim": {"choice": [8, 16]},
    }
    assert space(params=params).reference == {
        "graph.levels": 16,
        "encoder.tau": 1.0,
        "encoder.dim": 8,
    }


def test_a_space_without_settings_or_whose_defaults_do_not_go_together_has_none():
    assert space(params={}, trials=1, fixed={"graph.levels": 3}).reference is None
    heads = {"encoder.heads": {"choice": [3, 5]}, "encoder.dim": {"choice": [32, 60]}}
    assert space(params=heads).reference is None  # 3 heads at width 32


@given(value=st.floats(-1e3, 1e3), step=st.sampled_from([None, 0.25]))
def test_the_nearest_value_is_one_that_the_search_could_propose(value, step):
    (param,) = space(
        params={"encoder.tau": {"float": [0.25, 2.0]} | ({"step": step} if step else {})}
    ).params
    found = param.nearest(value)
    assert param.contains(found)
    grid = [0.25 + 0.25 * i for i in range(8)] if step else [min(max(value, 0.25), 2.0)]
    assert abs(found - value) == pytest.approx(min(abs(one - value) for one in grid))


def test_a_study_asks_for_its_reference_first_and_a_resumed_one_knows_it(tmp_path):
    study = prepare_study(tiny_dataset(), space(), name="s", studies=tmp_path)
    trial = study.optuna.ask()
    assert trial.number == study.reference == 0
    assert propose(trial, study.space) == study.space.reference
    again = prepare_study(tiny_dataset(), space(), name="s", studies=tmp_path, resume=True)
    assert again.reference == 0
    assert len(again.trials()) == 1
