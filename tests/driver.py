"""A search or a comparison as a process of its own, to be interrupted and killed by tests.

usage: driver.py search|comparison FOLDER SLEEP_S
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fake_trials import fake_trial, label_trial
from journal import Journal
from quick_sqlite import write_without_waiting
from small_inputs import SPACE, TINY, small_set, tiny_dataset

from gpdht.comparison.run import compare
from gpdht.search.run import run_search
from gpdht.tracking import open_tracker

TRIALS = 7
PATIENCE_S = 240  # for what takes seconds on a quiet machine


class Both:
    """MLflow, and a journal that tests can follow: what it has, MLflow has, which also answers."""

    def __init__(self, mlflow, journal) -> None:
        self.mlflow, self.journal, self.place = mlflow, journal, mlflow.place

    def __getattr__(self, name):
        def call(*args, **kwargs):
            answer = getattr(self.mlflow, name)(*args, **kwargs)
            getattr(self.journal, name)(*args, **kwargs)
            return answer

        return call


def start(what: str, folder: Path, sleep_s: float = 0.0) -> subprocess.Popen:
    """Run `what` with trials that take their time; its messages go to `stderr.log`."""
    command = [sys.executable, __file__, what, str(folder), str(sleep_s)]
    with (folder / "stderr.log").open("a") as log:
        return subprocess.Popen(command, stderr=log, start_new_session=True)


def search(folder: Path, sleep_s: float = 0.0, trials: int = TRIALS) -> None:
    """Begin or resume the study `s`, tracked in `mlflow.db` and `journal.jsonl`."""
    tracker = open_tracker(f"sqlite:///{folder / 'mlflow.db'}", "driver")
    run_search(
        tiny_dataset(),
        {**SPACE, "sampler": {"name": "tpe", "seed": 3}},
        name="s",
        studies=folder,
        trials=trials,
        resume=True,
        tracker=Both(tracker, Journal(folder / "journal.jsonl")),
        trial=fake_trial(epochs=6, sleep_s=sleep_s),
    )


def comparison(folder: Path, sleep_s: float = 0.0) -> None:
    """Begin or resume the comparison `o` of two models with six seeds, tracked in `mlflow.db`."""
    compare(
        [small_set()],
        models="gpdht,tf_rate",
        splits=["edge"],
        seeds=range(6),
        config=TINY,
        out=folder / "o",
        tracker=open_tracker(f"sqlite:///{folder / 'mlflow.db'}", "driver"),
        trial=label_trial(sleep_s=sleep_s, log=folder / "log"),
    )


def main() -> int:
    write_without_waiting()
    what = {"search": search, "comparison": comparison}[sys.argv[1]]
    try:
        what(Path(sys.argv[2]), float(sys.argv[3]))
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
