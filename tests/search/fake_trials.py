"""Quick trials for the search's tests; made inside functions, so that workers get them by value."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.dataset import Dataset

SPACE = {
    "trials": 6,
    "sampler": {"name": "random", "seed": 1},
    "scheduler": {"name": "none"},
    "params": {
        "graph.levels": {"int": [5, 25]},
        "encoder.tau": {"float": [0.05, 2.0], "log": True},
        "train.optimizer": {"choice": ["adam", "sgd"]},
        "train.momentum": {"float": [0.0, 0.99], "when": {"train.optimizer": "sgd"}},
    },
}


def tiny_dataset() -> Dataset:
    """Six cells, twelve genes, two TFs with six edges each."""
    rng = np.random.default_rng(0)
    matrix = sparse.csr_matrix(rng.poisson(1.0, (6, 12)).astype(np.float32))
    genes = np.array([f"G{i}" for i in range(12)])
    net = pd.DataFrame(
        {"source": ["G0"] * 6 + ["G1"] * 6, "target": [f"G{i}" for i in [*range(2, 8)] * 2]}
    )
    return Dataset(
        expression=matrix,
        cells=np.array([f"c{i}" for i in range(6)]),
        genes=genes,
        net=net,
        tfs=np.array(["G0", "G1"]),
        name="tiny",
    )


def fake_trial(
    *, epochs: int = 4, sleep_s: float = 0.0, fail_above: float = 99.0, wait_for: str | None = None
):
    """A trial whose score rises with τ and with the epochs; above `fail_above` levels it raises.

    After its third epoch it waits until there is a file `wait_for`, for two minutes at most.
    """

    def trial(config, dataset, *, report=None, cache_dir=None):
        import time
        from pathlib import Path

        import pandas

        from gpdht.trial import TrialResult

        if config.graph.levels > fail_above:
            raise RuntimeError("levels beyond what this fake can bear")
        value = 0.0
        for epoch in range(1, epochs + 1):
            time.sleep(sleep_s)
            value = config.encoder.tau + epoch / 1000
            report(epoch, {"val/auprc": value, "val/auroc": value / 2, "train/loss": 1 / epoch})
            until = time.monotonic() + 120
            while epoch == 3 and wait_for and time.monotonic() < until:
                time.sleep(0.05)
                if Path(wait_for).exists():
                    break
        scores = pandas.DataFrame(
            {"source": ["G0"], "target": ["G1"], "label": [1], "fold": [0], "score": [value]}
        )
        metrics = {"val/auprc": value, "test/auprc": value - 0.1, "baseline/auprc": 0.1}
        return TrialResult(
            "complete", metrics, epochs=epochs, best_epoch=epochs, seconds=0.1, scores=scores
        )

    return trial


def dying_trial(marker, *, always: bool = False):
    """A trial whose process dies after its second epoch: the first time, or every time."""

    def trial(config, dataset, *, report=None, cache_dir=None):
        import os
        from pathlib import Path

        from gpdht.trial import TrialResult

        for epoch in range(1, 5):
            report(epoch, {"val/auprc": config.encoder.tau + epoch / 1000})
            mark = Path(marker) / f"{config.encoder.tau:.6f}"
            if epoch == 2 and (always or not mark.exists()):
                mark.touch()
                os._exit(1)
        return TrialResult("complete", {"val/auprc": config.encoder.tau}, epochs=4, best_epoch=4)

    return trial


def writing_trial():
    """A trial that tries to change the data it was given; how that ends is its error."""

    def trial(config, dataset, *, report=None, cache_dir=None):
        assert not dataset.expression.data.flags.writeable
        assert not dataset.expression.data.flags.owndata
        dataset.expression.data[0] += 1

    return trial


def watched_trial():
    """The real trial; it fails if the shared arrays are not what they were before it."""

    def trial(config, dataset, *, report=None, cache_dir=None):
        from gpdht.data.dataset import Dataset
        from gpdht.trial import run_trial

        def fingerprint():
            return Dataset.from_parts(dataset.parts()).fingerprint

        before = fingerprint()
        result = run_trial(config, dataset, report=report, cache_dir=cache_dir)
        if fingerprint() != before:
            raise RuntimeError("the trial wrote into the shared dataset")
        return result

    return trial
