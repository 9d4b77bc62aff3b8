"""A small dataset, a model fitted to it, and a study with a winner, without a search."""

from __future__ import annotations

import pytest
from registry_makers import SMALL, finished_study

from gpdht.config import Config
from gpdht.data.toy import toy


@pytest.fixture(scope="session")
def dataset():
    return toy(genes=30, tfs=4, cells=20, seed=0)


@pytest.fixture(scope="session")
def fitted(dataset):
    """Two replicates of a small GP-DHT."""
    from gpdht.training.refit import refit

    config = Config.from_flat(SMALL)
    return [refit(config, dataset, epochs=1, seed=seed) for seed in (3, 4)]


@pytest.fixture
def model(fitted, dataset):
    from gpdht.registry.model import Model

    return Model.of(fitted, dataset, epochs=1, card={"note": "for tests", "score": 0.25})


@pytest.fixture
def make_study(dataset, tmp_path):
    """A function that makes a study with one complete trial."""
    return lambda **changes: finished_study(dataset, tmp_path / "studies", **changes)
