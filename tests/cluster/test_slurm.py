"""The Slurm script: what it asks for, how it stops, and that it loses and repeats nothing."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_slurm import END, SCRIPT, START, FakeSlurm
from slurm_search import TRIALS

from gpdht.search.study import open_study

SEARCH = (
    f'exec {sys.executable} {Path(__file__).with_name("slurm_search.py")} "$FAKE_SLURM" "${{@:2}}"'
)


def test_bash_and_shellcheck_find_nothing_in_it():
    subprocess.run(["bash", "-n", SCRIPT], check=True)
    shellcheck = Path(sys.executable).with_name("shellcheck")
    # SC1091: the user's environment is not here to be read.
    done = subprocess.run(
        [shellcheck, "--exclude=SC1091", SCRIPT], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_user_edits_at_most_fifteen_lines_and_slurm_reads_all_of_its_own():
    before, _, rest = SCRIPT.read_text().partition(START)
    edited = rest.partition(END)[0].splitlines()
    assert 0 < len(edited) <= 15
    lines = [*before.splitlines(), *edited]
    commands = [n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")]
    asked = [n for n, line in enumerate(lines) if line.startswith("#SBATCH")]
    assert max(asked) < min(commands), "Slurm reads no #SBATCH behind the first command"
    assert "--exclusive" in before
    assert "--requeue" in before


def test_ray_takes_the_options_it_is_started_with(tmp_path):
    from ray.scripts.symmetric_run import curate_and_validate_ray_start_args

    slurm = FakeSlurm(tmp_path, "exit 0")
    slurm.start()
    assert slurm.wait() == 0
    given = (tmp_path / "asked-of-ray").read_text().split()
    options = given[1 : given.index("--")]
    assert options[options.index("--min-nodes") + 1] == "1"
    assert curate_and_validate_ray_start_args(options) == [
        "--num-cpus", "2", "--labels", "gpdht.io/price-per-hour=1.25",
    ]  # fmt: skip


@pytest.mark.parametrize("code", [1, 2, 137])
def test_a_search_that_fails_ends_the_job_with_its_code(tmp_path, code):
    slurm = FakeSlurm(tmp_path, f"exit {code}")
    slurm.start()
    assert slurm.wait() == code
    assert slurm.requeued() == []


def test_a_ray_that_does_not_start_is_no_complete_search(tmp_path):
    slurm = FakeSlurm(tmp_path, "exit 0", ray="echo Failed to start Ray; exit 0")
    slurm.start()
    assert slurm.wait() == 1
    assert "did not run" in slurm.log
    assert slurm.requeued() == []


WAITING = 'trap "exit 130" TERM; touch "$FAKE_SLURM/up"; while :; do sleep 0.05; done'


def test_a_preemption_stops_the_search_and_leaves_the_queue_to_slurm(tmp_path):
    slurm = FakeSlurm(tmp_path, WAITING)
    slurm.start()
    slurm.wait_until((tmp_path / "up").exists)
    slurm.step.terminate()
    assert slurm.wait() == 130
    assert slurm.requeued() == []


def test_the_job_is_not_queued_again_for_ever(tmp_path):
    edited = 'search=("toy data")\nprice_per_hour=\nmax_requeues=1\n'
    slurm = FakeSlurm(tmp_path, WAITING, edited)
    for code in (0, 1):
        slurm.start()
        slurm.wait_until((tmp_path / "up").exists)
        slurm.near_the_limit()
        assert slurm.wait() == code
        (tmp_path / "up").unlink()
    assert slurm.requeued() == ["requeue 7"]
    assert "--labels" not in (tmp_path / "asked-of-ray").read_text()


def test_a_signal_before_the_search_is_there_stops_it_when_it_comes(tmp_path):
    late = 'sleep 1; while [ "$1" != -- ]; do shift; done; shift; "$@"'
    slurm = FakeSlurm(tmp_path, WAITING, ray=f'touch "$FAKE_SLURM/early"; {late}')
    slurm.start()
    slurm.wait_until((tmp_path / "early").exists)
    slurm.near_the_limit()
    assert slurm.wait() == 0
    assert slurm.requeued() == ["requeue 7"]


def starts(folder: Path) -> list[tuple[int, float]]:
    """Job and τ of each start of a trial."""
    path = folder / "starts.jsonl"
    return (
        [tuple(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []
    )


def has_started(folder: Path, job: int, count: int) -> bool:
    """Whether a job has started so many trials."""
    return sum(of == job for of, _ in starts(folder)) >= count


def complete(folder: Path) -> set[float]:
    """τ of each trial that the study holds as complete."""
    if not (folder / "s" / "study.json").exists():
        return set()
    table = open_study("s", folder).trials()
    return set(table[table["state"] == "complete"]["encoder.tau"])


def run_states(folder: Path) -> list[str]:
    from gpdht.tracking.connection import connect

    client = connect(f"sqlite:///{folder / 'mlflow.db'}")
    found = client.get_experiment_by_name("slurm")
    return [run.info.status for run in client.search_runs([found.experiment_id], max_results=1000)]


# How each job is cut off: the limit's signal or a kill, after so many starts of trials in it (0: as
# soon as the driver is there), and so many seconds more.
CUTS = [
    ("limit", 0, 0.0), ("limit", 0, 2.0), ("limit", 1, 0.0), ("kill", 1, 0.4), ("limit", 1, 0.5),
    ("limit", 2, 0.2), ("limit", 2, 0.9), ("limit", 3, 0.0), ("kill", 3, 0.1), ("limit", 3, 0.6),
    ("limit", 2, 0.4), ("limit", 1, 0.8), ("kill", 0, 3.0),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.starts_ray
@pytest.mark.timeout(3600)  # up to fourteen Rays, one after the other
@pytest.mark.parametrize(
    "cuts", [CUTS[1:6:2], pytest.param(CUTS, marks=pytest.mark.soak)], ids=["three", "all"]
)
def test_a_job_cut_off_many_times_loses_and_repeats_no_trial(tmp_path, tracking_uri, cuts):
    slurm = FakeSlurm(tmp_path, SEARCH)
    done_before = []
    for job, (how, count, more_s) in enumerate(cuts):
        done_before.append(complete(tmp_path))
        slurm.start()
        slurm.wait_until((tmp_path / f"node-{job}" / "pid").exists)
        slurm.wait_until(functools.partial(has_started, tmp_path, job, count))
        time.sleep(more_s)
        assert slurm.step.poll() is None, slurm.log
        (slurm.near_the_limit if how == "limit" else slurm.kill)()
        assert slurm.wait() == (0 if how == "limit" else -9), slurm.log
    assert slurm.requeued() == ["requeue 7"] * sum(how == "limit" for how, *_ in cuts)

    done_before.append(complete(tmp_path))
    assert len(done_before[-1]) < TRIALS
    slurm.start()
    assert slurm.wait() == 0, slurm.log
    assert len(slurm.requeued()) == sum(how == "limit" for how, *_ in cuts)
    assert "The search is complete." in slurm.log

    study = open_study("s", tmp_path)
    assert list(study.trials()["number"]) == list(range(TRIALS))
    assert set(study.trials()["state"]) == {"complete"}
    again = [(job, tau) for job, tau in starts(tmp_path) if tau in done_before[job]]
    assert again == [], "a finished trial was started again"
    taus = {tau for _, tau in starts(tmp_path)}
    assert taus == complete(tmp_path)
    assert len(taus) == TRIALS
    assert run_states(tmp_path) == ["FINISHED"] * (TRIALS + 1)
