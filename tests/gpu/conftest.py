"""What the tests on a GPU share; they skip where torch finds none.

They need neither Ray nor MLflow, so that they also run where only torch, numba, scikit-learn and
pydantic are: `pytest -m gpu --confcutdir tests/gpu tests/gpu`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.devices import on_device
from gpdht.trial import TrialResult, run_trial

QUIET = {  # what draws from a device's own generator is off, so both devices compute the same
    "graph.levels": 5,
    "encoder.dim": 16,
    "encoder.iterations": 10,
    "model.layers": 2,
    "model.feedforward": 32,
    "model.hidden": 32,
    "model.dropout": 0.0,
    "model.hidden_tfs": 0.0,
    "augment.noise": 0.0,
    "peer.dropout": 0.0,
    "peer.hidden": 16,
    "peer.output": 16,
    "peer.channel": 8,
    "peer.heads": 2,
    "train.batch_size": 64,
    "train.epochs": 3,
    "train.refit": False,
    "train.precision": "float32",
}


@pytest.fixture(autouse=True)
def on_gpu() -> Iterator[None]:
    """The whole test on the GPU, unless it says otherwise."""
    if not torch.cuda.is_available():
        pytest.skip("torch finds no GPU")
    with on_device("cuda"):
        yield


@pytest.fixture(scope="session")
def dataset():
    return toy(genes=100, tfs=8, cells=60, seed=2)


@pytest.fixture
def quiet() -> Callable[..., Config]:
    """Gives a function that makes a small configuration without random draws."""
    return lambda **changes: Config.from_flat(
        {**QUIET, **{path.replace("__", "."): value for path, value in changes.items()}}
    )


@pytest.fixture
def complete() -> Callable[..., TrialResult]:
    """Gives a function that runs a trial to its end, on the GPU or where it is told."""

    def run(config: Config, data: Any, device: str | None = None) -> TrialResult:
        with on_device(device):
            result = run_trial(config, data)
        assert result.state == "complete", result.error
        return result

    return run
