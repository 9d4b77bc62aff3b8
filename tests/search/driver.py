"""A search's driver as a process of its own, to be interrupted and killed by tests.

usage: driver.py STUDIES TRIALS SLEEP_S
"""

from __future__ import annotations

import sys
from pathlib import Path

from fake_trials import SPACE, fake_trial, tiny_dataset
from journal import Journal

from gpdht.search.run import run_search
from gpdht.tracking import open_tracker


class Both:
    """MLflow, and a journal that tests can follow; what is asked, MLflow answers."""

    def __init__(self, mlflow, journal) -> None:
        self.mlflow, self.journal = mlflow, journal

    def __getattr__(self, name):
        def call(*args, **kwargs):
            getattr(self.journal, name)(*args, **kwargs)
            return getattr(self.mlflow, name)(*args, **kwargs)

        return call


def main() -> int:
    studies, trials, sleep_s = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    try:
        run_search(
            tiny_dataset(),
            {**SPACE, "sampler": {"name": "tpe", "seed": 3}},
            name="s",
            studies=studies,
            trials=trials,
            resume=True,
            tracker=Both(
                open_tracker(f"sqlite:///{studies / 'mlflow.db'}", "crashes"),
                Journal(studies / "journal.jsonl"),
            ),
            trial=fake_trial(epochs=6, sleep_s=sleep_s),
        )
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
