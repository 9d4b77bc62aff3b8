"""The configuration tree: all mistakes at once, dotted paths, stable hashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gpdht.config import Config, field_paths
from gpdht.errors import ConfigError


def test_all_mistakes_are_named_at_once_with_the_nearest_valid_path():
    bad = {"graph.level": 3, "tau": 1, "encoder.dims": 8, "loss.temperature": -1, "train.lr": "x"}
    with pytest.raises(ConfigError) as caught:
        Config.from_flat(bad)
    text = str(caught.value)
    assert '"graph.level"; did you mean "graph.levels"?' in text
    assert '"tau"; did you mean "encoder.tau"?' in text
    assert '"encoder.dims"; did you mean "encoder.dim"?' in text
    assert "loss.temperature=-1: Input should be greater than 0" in text
    assert "train.lr='x'" in text
    assert len(text.splitlines()) == 5


def test_heads_must_divide_the_embedding_size():
    with pytest.raises(ConfigError, match=r"encoder\.dim=30 is not a multiple of encoder\.heads=4"):
        Config.from_flat({"encoder.dim": 30})


def test_infinity_is_no_setting():
    with pytest.raises(ConfigError, match=r"train\.lr"):
        Config.from_flat({"train.lr": float("inf")})


def test_a_config_cannot_be_changed_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        Config().graph.levels = 3


@given(st.integers(1, 64), st.floats(0.001, 100), st.sampled_from(["edge", "target", "tf", "both"]))
def test_flat_and_from_flat_are_inverse_and_the_hash_follows_the_content(levels, tau, split):
    config = Config.from_flat({"graph.levels": levels, "encoder.tau": tau, "cv.split": split})
    again = Config.from_flat(config.flat())
    assert again == config
    assert again.hash == config.hash
    assert (config.hash == Config().hash) == (config == Config())


def test_replace_changes_only_what_it_is_told():
    config = Config().replace({"encoder.dim": 32})
    changed = {path for path, value in config.flat().items() if Config().flat()[path] != value}
    assert changed == {"encoder.dim"}


def test_every_setting_says_what_it_means():
    for path, field in field_paths().items():
        assert field.description, path
