"""Searched settings: what they are in words, and what they are drawn from."""

from __future__ import annotations

import numpy as np

from gpdht.search.space import load_space

MOMENTUM = {"float": [0.0, 0.9], "when": {"train.optimizer": "sgd"}}
OPTIMIZER = {"train.optimizer": {"choice": ["adam", "sgd"]}}


def test_ranges_choices_and_conditions_are_said_in_words():
    space = load_space(
        {
            "params": {
                "graph.levels": {"int": [5, 25], "step": 5},
                "encoder.tau": {"float": [0.05, 2.0], "log": True},
                **OPTIMIZER,
                "train.momentum": MOMENTUM,
            }
        }
    )
    assert [(str(param), param.condition) for param in space.params] == [
        ("5 to 25, in steps of 5", ""),
        ("0.05 to 2, logarithmic", ""),
        ("adam, sgd", ""),
        ("0 to 0.9", "train.optimizer is sgd"),
    ]


def test_a_stepped_range_gives_points_on_the_grid():
    space = load_space(
        {
            "params": {
                "graph.levels": {"int": [5, 25], "step": 5},
                "augment.noise": {"float": [0.0, 0.5], "step": 0.1},
            }
        }
    )
    rng = np.random.default_rng(0)
    points = [space.sample(rng) for _ in range(80)]
    assert {point["graph.levels"] for point in points} == {5, 10, 15, 20, 25}
    assert len({round(point["augment.noise"], 9) for point in points}) == 6


def test_the_end_of_a_stepped_range_is_not_left_by_a_rounding_error():
    space = load_space({"params": {"model.dropout": {"float": [0.1, 0.3], "step": 0.1}}})
    (dropout,) = space.params
    assert 0.1 + 2 * 0.1 > 0.3
    assert dropout.nearest(0.3) == dropout.nearest(9.0) == 0.3
    assert dropout.contains(dropout.nearest(0.3))
    assert space.reference == {"model.dropout": 0.3}
