"""What `gpdht search` stands for under the Slurm of tests: a search of quick trials.

usage: slurm_search.py FOLDER [options of `gpdht search`]

`starts.jsonl` in the folder gets a line for each trial that starts: which job, which trial.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from quick_sqlite import write_without_waiting
from small_inputs import SPACE, tiny_dataset

from gpdht.search.run import run_search
from gpdht.tracking import open_tracker

TRIALS = 16


def logged_trial(log: Path, job: int):
    """A trial of six epochs that writes down that it starts."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        import json
        import time

        from gpdht.trial import TrialResult

        with log.open("a") as file:
            file.write(json.dumps([job, config.encoder.tau]) + "\n")
        for epoch in range(1, 7):
            time.sleep(0.15)
            report(epoch, {"val/auprc": config.encoder.tau + epoch / 1000})
        return TrialResult("complete", {"val/auprc": config.encoder.tau}, epochs=6, best_epoch=6)

    return trial


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as gpdht.cli.app does
    folder, options = Path(sys.argv[1]), sys.argv[2:]
    assert options == ["toy data", "--resume", "--address", "auto"], options
    write_without_waiting()
    try:
        run_search(
            tiny_dataset(),
            {**SPACE, "sampler": {"name": "random", "seed": 3}},
            name="s",
            studies=folder,
            trials=TRIALS,
            resume=True,
            tracker=open_tracker(f"sqlite:///{folder / 'mlflow.db'}", "slurm"),
            trial=logged_trial(folder / "starts.jsonl", int(os.environ["SLURM_RESTART_COUNT"])),
            progress=False,
            replicates=0,  # they would start the best trial again
        )
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
