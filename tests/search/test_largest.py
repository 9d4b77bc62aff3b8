"""The largest configuration of a space, against all of its points."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_inputs import small_set

from gpdht.errors import ConfigError
from gpdht.models.memory_need import memory_need
from gpdht.search.largest import largest_config
from gpdht.search.params import ChoiceParam
from gpdht.search.space import Space, load_space

DATA = small_set()
GRIDS = {
    "graph.levels": {"int": [3, 9]},
    "graph.encoding": {"choice": ["uniform", "cumulative"]},
    "encoder.dim": {"choice": [8, 12, 16, 30]},
    "encoder.heads": {"choice": [1, 3, 4]},
    "encoder.training": {"choice": ["reconstruct", "joint"]},
    "model.name": {"choice": ["gpdht", "hgatlink", "genelink", "igegrns"]},
    "model.heads": {"choice": [1, 2]},
    "model.layers": {"int": [1, 2]},
    "model.context": {"choice": ["none", "cells"]},
    "train.batch_size": {"choice": [64, 32]},
    "model.feedforward": {"choice": [16, 64], "when": {"model.context": "cells"}},
}


def whole_grid(space: Space) -> list[dict]:
    """All points of a space of integers and choices, also those that are no valid config."""
    points: list[dict] = [{}]
    for param in space.params:
        values = (
            param.choices
            if isinstance(param, ChoiceParam)
            else range(int(param.bounds[0]), int(param.bounds[1]) + 1)
        )
        points = [
            {**point, param.path: value} if param.applies({**space.fixed, **point}) else point
            for point, value in product(points, values)
        ]
    return points


@settings(deadline=None, max_examples=25)
@given(st.sets(st.sampled_from(sorted(GRIDS)), min_size=1, max_size=5))
def test_no_point_of_a_space_takes_more_than_the_largest(paths):
    params = {path: dict(GRIDS[path]) for path in GRIDS if path in paths}
    if "model.context" not in params:
        for param in params.values():
            param.pop("when", None)
    space = load_space({"params": params, "trials": 2})
    found = largest_config(space, DATA)
    sizes = []
    for point in whole_grid(space):
        try:
            config = space.config(point)
        except ConfigError:
            continue
        sizes.append(sum(memory_need(config, DATA).values()))
    assert found.bytes == max(sizes)
    assert found.config == space.config(found.values)
    assert found.bytes == sum(memory_need(found.config, DATA).values())


def test_the_settings_that_make_it_large_are_named_with_the_heaviest_first():
    params = {
        "encoder.tau": {"float": [0.1, 1.0]},
        "encoder.dim": {"choice": [512, 16, 64]},
        "graph.levels": {"int": [10, 20]},
    }
    found = largest_config(load_space({"params": params, "trials": 2}), DATA)
    assert found.decisive == ("encoder.dim", "graph.levels")
    assert str(found) == "encoder.dim 512, graph.levels 20"


def test_a_space_of_one_point_has_that_as_its_largest():
    space = load_space({"fixed": {"encoder.dim": 32}, "params": {}, "trials": 1})
    found = largest_config(space, DATA)
    assert (found.values, found.config.encoder.dim, str(found)) == ({}, 32, "")


@pytest.mark.parametrize("name", ["gpdht", "genelink", "gmfgrn", "igegrns", "gatcl", "hgatlink"])
def test_every_model_of_a_config_has_an_estimate_that_grows_with_the_cells(name):
    space = load_space({"fixed": {"model.name": name}, "params": {}, "trials": 1})
    small, large = (largest_config(space, small_set(cells=cells)).bytes for cells in (40, 400))
    assert 0 < small < large
