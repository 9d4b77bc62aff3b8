"""The shipped spaces are found, by name too; published settings are theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gpdht.config import Config
from gpdht.errors import SpaceError
from gpdht.models.catalogue import names_of
from gpdht.published import SHORT_PRETRAINING, find_space, published_settings
from gpdht.search.space import load_space

SPACES = Path(__file__).resolve().parents[1] / "search_spaces"


@pytest.mark.parametrize("model", ["gpdht", *names_of("peer")])
def test_published_settings_are_those_of_the_shipped_space_but_for_short_pretraining(model):
    name = "paper" if model == "gpdht" else f"peers/{model}"
    shipped = Config.from_flat(
        yaml.safe_load((SPACES / f"{name}.yaml").read_text())["fixed"]
    ).flat()
    published = Config.from_flat(published_settings(model)).flat()
    skipped = {*SHORT_PRETRAINING, "cv.folds", "cv.split"}
    for path in set(published) - skipped:
        assert published[path] == shipped[path], path
    long = shipped["encoder.iterations"] == 20_000
    assert long == (model not in ("genelink", "gatcl", "igegrns"))
    assert published["encoder.iterations"] == 25
    assert published["model.name"] == model


def test_the_paper_sets_a_feed_forward_of_2048_and_three_layers():
    settings = published_settings("gpdht")
    assert (settings["model.feedforward"], settings["model.layers"]) == (2048, 3)


def test_a_shipped_space_is_found_by_name_and_a_file_goes_before_it(tmp_path, monkeypatch):
    assert load_space("quick") == load_space(SPACES / "quick.yaml")
    assert load_space("peers/genelink") == load_space(SPACES / "peers" / "genelink.yaml")
    monkeypatch.chdir(tmp_path)
    Path("quick").write_text("trials: 1")
    assert find_space("quick") == Path("quick")
    with pytest.raises(SpaceError, match=r"\"quik\".*generalise, knowledge, paper, peers/gatcl"):
        find_space("quik")
