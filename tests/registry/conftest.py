"""A small dataset, a model fitted to it, and a study with a winner, without a search."""

from __future__ import annotations

import pytest
from registry_makers import SMALL, Registry, finished_study, result

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.registry import registration


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


@pytest.fixture
def scores(monkeypatch, fitted):
    """Replicated scores by hand, and quick refits; a function that sets the next score."""
    value = {"test": 0.6}
    monkeypatch.setattr(
        "gpdht.registry.replication.run_trial", lambda *_, **__: result(value["test"])
    )
    monkeypatch.setattr(registration, "refit", lambda *_, **__: fitted[0])
    return lambda test: value.update(test=test)


@pytest.fixture
def registry(tracking_uri, dataset, make_study):
    return Registry(tracking_uri, dataset, make_study)
