"""Spaces: every problem at once, and every sampled point inside the space and the config."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from gpdht.errors import SpaceError
from gpdht.metrics.names import MONITORS
from gpdht.search.space import load_space

LEVELS = {"graph.levels": {"int": [5, 25]}}
MOMENTUM = {"float": [0.0, 0.9], "when": {"train.optimizer": "sgd"}}
OPTIMIZER = {"train.optimizer": {"choice": ["adam", "sgd"]}}


def with_params(**params):
    return {"params": {**LEVELS, **{k.replace("__", "."): v for k, v in params.items()}}}


BAD = [
    ([1, 2], "a list at the top"),
    ({"params": LEVELS, "paramz": {}}, 'did you mean "params"'),
    ({"params": LEVELS, "trials": 0}, "trials=0: Input should be greater than or equal to 1"),
    ({"trials": 5}, "nothing to search"),
    (with_params(encoder__dimm={"int": [4, 8]}), 'did you mean "encoder.dim"'),
    (with_params(graph__level={"int": [4, 8]}), 'did you mean "graph.levels"'),
    (with_params(graph__levels={"int": [5, 900]}), "graph.levels=900"),
    (with_params(graph__levels={"int": [25, 5]}), "low 25 is above high 5"),
    (with_params(train__lr={"float": ["1e-4", 0.1]}), "write 1.0e-4"),
    (with_params(augment__noise={"float": [0.0, 1.0], "log": True}), "log scale needs low above 0"),
    (with_params(encoder__tau={"float": [0.1, 1.0], "log": True, "step": 0.1}), "exclude"),
    (with_params(graph__levels={"int": [5, 25], "step": 3}), "does not divide"),
    (
        with_params(graph__levels={"int": [5.5, 25]}),
        "graph.levels.int[0]=5.5: Input should be a valid integer",
    ),
    (with_params(graph__encoding={"choice": ["uniform", "sideways"]}), "'sideways'"),
    (with_params(graph__encoding={"choice": []}), "choice=[]: expected a list of values"),
    (with_params(graph__levels={"int": [5]}), "graph.levels.int=[5]: expected [low, high]"),
    (with_params(graph__levels={"int": [1, 2, 3]}), "[1, 2, 3]: expected [low, high]"),
    (
        with_params(graph__levels={"float": [5, 25]}),
        "graph.levels=5.0: Input should be a valid int",
    ),
    (with_params(augment__noise={"float": [0, float("inf")]}), "float[1]=inf: Input should be a f"),
    (with_params(augment__noise={"float": [0, 1], "log": "yes"}), "log='yes': Input should be a"),
    (with_params(augment__noise={"float": [0, 1], "step": -0.1}), "step=-0.1: Input should be gre"),
    (with_params(augment__noise={"float": [0, 1], "when": 3}), "when=3: expected {path: value} or"),
    (with_params(augment__noise={"float": [0, 1], "path": "x"}), "augment.noise.path is not known"),
    ({"params": LEVELS, "sampler": 3}, "sampler=3: Input should be a valid dictionary"),
    ({"params": LEVELS, "objective": 3}, "objective=3: Input should be a valid dictionary"),
    ({"params": LEVELS, "scheduler": [3]}, "scheduler=[3]: Input should be a valid dictionary"),
    ({"params": LEVELS, "scheduler": {"name": [3]}}, "expected one of asha"),
    ({"params": LEVELS, "start_from": [3]}, "start_from[0]=3: Input should be a valid dictionary"),
    ({"params": LEVELS, "sampler": {"seed": True}}, "sampler.seed=True: Input should be a valid"),
    (
        {
            "params": {**OPTIMIZER, "train.momentum": MOMENTUM},
            "start_from": [{"train.optimizer": "adam", "train.momentum": 0.3}],
        },
        "start_from[0].train.momentum is given although its condition does not hold",
    ),
    (with_params(graph__encoding={"choice": ["uniform", "uniform"]}), "appears twice"),
    (with_params(graph__encoding={"options": ["uniform"]}), "expected one of int"),
    (with_params(graph__levels={"int": [5, 25], "logg": True}), 'did you mean "log"'),
    (with_params(cv__split={"choice": ["edge", "target"]}), "decides what a score means"),
    (with_params(pairs__ratio={"float": [1.0, 5.0]}), "decides what a score means"),
    (with_params(train__seed={"int": [0, 5]}), "luck"),
    (
        with_params(train__momentum={"float": [0.0, 0.9], "when": {"train.optimiser": "sgd"}}),
        "unknown",
    ),
    (
        {
            "params": {
                **OPTIMIZER,
                "train.momentum": {"float": [0.0, 0.9], "when": {"train.optimizer": "rmsprop"}},
            }
        },
        "not a value that train.optimizer can take",
    ),
    (
        {
            "fixed": {"train.optimizer": "adam"},
            **with_params(
                train__momentum={"float": [0.0, 0.9], "when": {"train.optimizer": "sgd"}}
            ),
        },
        "never true",
    ),
    (
        with_params(
            model__layers={"int": [1, 4], "when": {"model.heads": 4}},
            model__heads={"choice": [2, 4], "when": {"model.layers": 2}},
        ),
        "wait for each other",
    ),
    ({"params": LEVELS, "fixed": {"graph.levels": 15}}, "under fixed as well"),
    ({"params": LEVELS, "fixed": {"train.epochs": "200"}}, "fixed.train.epochs='200'"),
    ({"params": LEVELS, "start_from": [{"graph.levels": 99}]}, "start_from[0].graph.levels=99"),
    ({"params": LEVELS, "start_from": [{"encoder.tau": 0.1}]}, "not under params"),
    ({"params": LEVELS, "objective": {"metric": "test/auprc"}}, "never used to choose"),
    ({"params": LEVELS, "objective": {"metric": "auprc"}}, 'did you mean "val/auprc"'),
    ({"params": LEVELS, "objective": {"metric": "val/bier"}}, 'did you mean "val/brier"'),
    ({"params": LEVELS, "objective": {"metric": "val/gainauprc"}}, '"val/gain_auprc"'),
    ({"params": LEVELS, "objective": {"metric": "gain/auprc"}}, "never used to choose"),
    ({"params": LEVELS, "objective": {"mode": "min"}}, "better when higher; use max, or leave"),
    (
        {"params": LEVELS, "objective": {"metric": "val/brier", "mode": "max"}},
        "val/brier is better when lower; use min, or leave mode out",
    ),
    ({"params": LEVELS, "objective": {"mode": "minimise"}}, "expected one of max, min"),
    ({"params": LEVELS, "sampler": {"name": "tpee"}}, 'did you mean "tpe"'),
    ({"params": LEVELS, "scheduler": {"name": "hyperband"}}, "expected one of asha"),
    (
        {"params": LEVELS, "scheduler": {"name": "median", "reduction": 3}},
        "scheduler.reduction is an option of asha, not of median",
    ),
    (
        {"params": LEVELS, "scheduler": {"name": "none", "grace_epochs": 3}},
        "scheduler.grace_epochs is an option of asha and median, not of none",
    ),
    ({"params": LEVELS, "scheduler": {"grace_epoch": 3}}, 'did you mean "grace_epochs"'),
    (
        {"params": LEVELS, "fixed": {"peer.hidden": 64}},
        "fixed.peer.hidden changes nothing: it is read only with model.name genelink or",
    ),
    (
        with_params(train__momentum={"float": [0.0, 0.9]}),
        "params.train.momentum changes nothing: it is read only with train.optimizer sgd, and "
        "train.optimizer is adam; remove it.",
    ),
    (
        {"params": LEVELS, "fixed": {"train.epochs": 10}, "scheduler": {"grace_epochs": 10}},
        "no trial would ever be pruned",
    ),
    (
        {"params": LEVELS, "fixed": {"encoder.dim": 30, "model.heads": 4, "encoder.heads": 2}},
        "no point is a valid configuration",
    ),
]


@pytest.mark.parametrize(("raw", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_space_is_refused_with_the_reason(raw, message):
    with pytest.raises(SpaceError) as error:
        load_space(raw if isinstance(raw, dict) else _write(raw))
    assert message in str(error.value)


def _write(raw) -> str:
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
        json.dump(raw, file)
    return file.name


def test_all_problems_of_a_space_are_told_at_once():
    with pytest.raises(SpaceError) as error:
        load_space(
            {
                "trials": -1,
                "sampler": {"name": "x"},
                "fixed": {"train.epoch": 3},
                "params": {"graph.levels": {"int": [9, 2]}, "cv.seed": {"int": [0, 9]}},
            }
        )
    text = str(error.value)
    assert "5 problems" in text
    for part in ("trials", "sampler.name", "train.epochs", "low 9", "cv.seed"):
        assert part in text


def test_a_key_that_appears_twice_is_refused_with_its_line(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(
        "trials: 2\nparams:\n  graph.levels: {int: [1, 2]}\n  graph.levels: {int: [3, 4]}\n"
    )
    with pytest.raises(SpaceError, match=r'line 4: "graph\.levels" appears twice'):
        load_space(file)


def test_a_missing_file_and_a_broken_file_are_named(tmp_path):
    with pytest.raises(SpaceError, match=r"nowhere\.yaml: cannot be read"):
        load_space(tmp_path / "nowhere.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("params: {a: [1, 2")
    with pytest.raises(SpaceError, match=r"broken\.yaml: not YAML"):
        load_space(broken)


def test_a_setting_that_only_some_points_read_is_named_until_it_has_its_condition():
    loose = {"float": [0.0, 0.9]}
    (note,) = load_space({"params": {**OPTIMIZER, "train.momentum": loose}}).unread_notes()
    assert note.startswith("params.train.momentum changes nothing in ")
    assert note.endswith("it is read only with train.optimizer sgd; give it a `when`.")
    assert not load_space({"params": {**OPTIMIZER, "train.momentum": MOMENTUM}}).unread_notes()


@pytest.mark.parametrize(
    ("scheduler", "options"),
    [
        ({}, {"name": "asha", "grace_epochs": 5, "reduction": 3}),
        ({"name": "median"}, {"name": "median", "grace_epochs": 5, "startup_trials": 5}),
        ({"name": "race"}, {"name": "race", "chance": 0.1, "startup_trials": 4}),
        ({"name": "none"}, {"name": "none"}),
    ],
)
def test_a_scheduler_has_its_own_options_and_no_other(scheduler, options):
    space = load_space({"params": LEVELS, "scheduler": scheduler})
    assert space.content()["scheduler"] == options


def test_settings_come_after_those_their_conditions_name_and_else_as_written():
    flag = {"choice": [True, False]}
    space = load_space(
        {
            "params": {
                "model.dropout": {"float": [0.0, 0.5], "when": {"model.layers": 2}},
                "model.statistics": flag | {"when": {"model.context": "cells"}},
                "model.layers": {"int": [1, 2], "when": {"model.statistics": True}},
                "model.context": {"choice": ["none", "cells"]},
                **LEVELS,
            }
        }
    )
    assert [param.path for param in space.params] == [
        "model.context",
        "graph.levels",
        "model.statistics",
        "model.layers",
        "model.dropout",
    ]


def test_what_hangs_on_a_setting_that_is_wrong_is_no_problem_of_its_own():
    with pytest.raises(SpaceError) as error:
        load_space(
            {
                "params": {
                    "train.optimizer": {"choice": "sgd"},
                    "train.momentum": MOMENTUM,
                    "train.epochs": {"int": [20, 10.5]},
                },
                "scheduler": {"grace_epochs": 250},
            }
        )
    assert "2 problems" in str(error.value)
    assert "train.momentum" not in str(error.value)
    with pytest.raises(SpaceError) as error:
        load_space(
            {
                "params": {
                    "model.layers": {"int": [1, 4], "when": {"model.heads": 4}},
                    "model.heads": {"choice": [2, 4], "when": {"model.layers": 2}},
                },
                "start_from": [{"model.heads": 2}],
            }
        )
    assert "problems" not in str(error.value)


def test_a_space_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        load_space({"params": LEVELS}).trials = 3


@pytest.mark.parametrize("name", MONITORS)
def test_any_validation_score_can_be_the_objective_and_its_mode_follows(name):
    space = load_space({"params": LEVELS, "objective": {"metric": f"val/{name}"}})
    assert space.objective.mode == ("min" if name == "brier" else "max")
    assert space.objective.direction == ("minimize" if name == "brier" else "maximize")
    assert space.config({"graph.levels": 5}).train.monitor == name
    assert load_space(space.content()) == space


def test_the_hash_ignores_the_number_of_trials_and_sees_a_changed_range():
    space = load_space({"params": LEVELS, "trials": 3})
    assert space.with_trials(9).hash == space.hash
    assert load_space({"params": {"graph.levels": {"int": [5, 24]}}}).hash != space.hash
    assert space.with_seed(7).hash != space.hash
