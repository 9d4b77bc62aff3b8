"""A Slurm of one node: it runs a job's script here, and keeps what is queued again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "cluster" / "gpdht.slurm"
START, END = "# ---- edit from here ----\n", "# ---- to here ----\n"
EDITED = 'search=("toy data")\nprice_per_hour=1.25\nmax_requeues=100\n'

PROGRAMS = {
    "srun": 'exec "$@"',
    "scontrol": 'echo "$@" >> "$FAKE_SLURM/requeued"',
    # A node's own folder, which a later job does not find.
    "mktemp": 'mkdir -p "$FAKE_SLURM/node-$SLURM_RESTART_COUNT" && echo "$_"',
    # Only the driver runs: a real one would begin and end with `ray stop`.
    "ray": """
        [ "$1" = symmetric-run ] || { echo "refused: ray $*" >&2; exit 99; }
        echo "$@" >> "$FAKE_SLURM/asked-of-ray"
        while [ "$1" != -- ]; do shift; done
        shift
        "$@"
    """,
}


class FakeSlurm:
    """Runs the script of `sbatch`, with other commands than the user's in its edited lines.

    Parameters
    ----------
    gpdht : a shell line that stands for the command of that name.
    edited : what stands in place of the lines that a user edits.
    """

    def __init__(self, folder: Path, gpdht: str, edited: str = EDITED, **programs: str) -> None:
        self.folder, self.job, self.step = folder, 0, None
        head, _, rest = SCRIPT.read_text().partition(START)
        (folder / "job.sh").write_text(head + edited + rest.partition(END)[2])
        (folder / "bin").mkdir()
        for name, text in {**PROGRAMS, "gpdht": gpdht, **programs}.items():
            program = folder / "bin" / name
            program.write_text(f"#!/bin/bash\n{text}\n")
            program.chmod(0o755)

    def start(self) -> None:
        """Begin the job, the next time under its next restart count."""
        tests = Path(__file__).resolve().parents[1]
        paths = [str(tests.parent), str(tests), os.environ.get("PYTHONPATH", "")]
        environment = {
            **{name: value for name, value in os.environ.items() if name != "RAY_AUTH_TOKEN"},
            "PATH": f"{self.folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": ":".join(paths),
            "FAKE_SLURM": str(self.folder),
            "SLURM_JOB_ID": "7",
            "SLURM_JOB_NUM_NODES": "1",
            "SLURM_CPUS_PER_TASK": "2",
            "SLURM_RESTART_COUNT": str(self.job),
        }
        with (self.folder / "log").open("a") as log:
            self.step = subprocess.Popen(
                ["bash", str(self.folder / "job.sh")],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )

    def near_the_limit(self) -> None:
        """The time limit's signal, to the script alone."""
        self.step.send_signal(signal.SIGUSR1)

    def kill(self) -> None:
        """Kill the job and all it started, as a lost node does; Slurm queues it again."""
        os.killpg(self.step.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        code = self.step.wait()
        self.job += 1
        return code

    def requeued(self) -> list[str]:
        """What `scontrol` was asked."""
        path = self.folder / "requeued"
        return path.read_text().splitlines() if path.exists() else []

    def wait_until(self, there) -> None:
        """Wait until a condition holds, as long as the job runs."""
        while not there() and self.step.poll() is None:
            time.sleep(0.02)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()
