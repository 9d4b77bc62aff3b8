"""The spaces that ship: what each is for, and every point inside its space and the config."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_inputs import tiny_dataset

from gpdht.config import Config
from gpdht.errors import SpaceError
from gpdht.search.run import run_search
from gpdht.search.samplers import make_sampler, propose
from gpdht.search.space import load_space

SPACES = Path(__file__).resolve().parents[2] / "search_spaces"
PEERS = ("genelink", "gmfgrn", "igegrns", "gatcl", "hgatlink")
SHIPPED = sorted(str(file.relative_to(SPACES).with_suffix("")) for file in SPACES.rglob("*.yaml"))
SEARCHES = [name for name in SHIPPED if load_space(SPACES / f"{name}.yaml").params]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_space_searches_no_setting_where_it_is_not_read(name):
    assert not load_space(SPACES / f"{name}.yaml").unread_notes()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_space_reads_back_equal_from_its_content(name):
    space = load_space(SPACES / f"{name}.yaml")
    again = load_space(json.loads(json.dumps(space.content())))
    assert again == space
    assert again.hash == space.hash


def test_the_spaces_of_the_readme_and_of_the_peers_are_shipped():
    assert {"quick", "standard", "generalise", "knowledge", "paper", "wide"} < set(SHIPPED)
    assert {f"peers/{name}{end}" for name in PEERS for end in ("", "-search")} < set(SHIPPED)
    assert {"paper", *(f"peers/{name}" for name in PEERS)}.isdisjoint(SEARCHES)


def test_the_generalising_space_searches_for_gain_on_unseen_targets():
    space = load_space(SPACES / "generalise.yaml")
    config = space.config(space.sample(np.random.default_rng(0)))
    assert (space.objective.metric, config.train.monitor) == ("val/gain_auprc", "gain_auprc")
    assert config.cv.split == "target"


def test_the_generalising_space_starts_beside_the_defaults_and_tries_them_next():
    space = load_space(SPACES / "generalise.yaml")
    first, second = (space.config(point).flat() for point in space.start_from)
    default = Config.from_flat({"train.monitor": "gain_auprc", **space.fixed}).flat()
    assert second == default
    moved = {path: value for path, value in first.items() if value != default[path]}
    assert moved == {"graph.encoding": "cumulative", "model.context": "cells"}


def test_a_space_over_priors_is_refused_for_data_without(tmp_path):
    with pytest.raises(SpaceError, match=r"searches prior.links, .*tiny comes without prior"):
        run_search(tiny_dataset(), SPACES / "knowledge.yaml", name="s", studies=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_paper_space_is_the_published_setting():
    space = load_space(SPACES / "paper.yaml")
    config = space.config({})
    assert space.trials == 1
    assert not space.params
    assert (config.graph.levels, config.encoder.dim, config.encoder.tau) == (15, 256, 0.25)
    assert config.loss.contrast_weight == pytest.approx(0.4 / 0.6, abs=1e-4)
    assert (config.train.batch_size, config.train.epochs, config.train.patience) == (512, 200, 10)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(SEARCHES),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_random_point_lies_in_the_space_and_is_its_condition_true(name, seed):
    space = load_space(SPACES / f"{name}.yaml")
    values = space.sample(np.random.default_rng(seed))
    _assert_inside(space, values)


@pytest.mark.parametrize("sampler", ["tpe", "gp", "random", "cmaes"])
def test_every_proposed_point_lies_in_the_space_and_is_its_condition_true(sampler):
    space = load_space(SPACES / "wide.yaml")
    study = optuna.create_study(direction="maximize")
    for number in range(14):
        study.sampler = make_sampler(sampler, 3, number)
        trial = study.ask()
        values = propose(trial, space)
        _assert_inside(space, values)
        study.tell(trial, values["encoder.tau"])


def _assert_inside(space, values):
    assert set(values) <= {param.path for param in space.params}
    for param in space.params:
        applies = param.applies({**space.fixed, **values})
        assert (param.path in values) == applies
        if applies:
            assert param.contains(values[param.path])
    config = space.config(values).flat()
    assert all(config[path] == value for path, value in {**space.fixed, **values}.items())
