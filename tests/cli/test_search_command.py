"""`gpdht search` and `gpdht trials`: refusals before Ray starts, and one search to the end."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest

import gpdht.tracking
from gpdht.cli.job_options import parse_seconds
from gpdht.cli.search import resume_command
from gpdht.errors import GpdhtError
from gpdht.tracking import MemoryStudyTracker

SPACE = """
objective: {metric: val/auprc}
trials: 2
sampler: {name: random, seed: 1}
scheduler: {name: none}
fixed: {encoder.iterations: 2, encoder.dim: 8, model.layers: 1, model.feedforward: 16,
  model.hidden: 16, train.epochs: 2, cv.folds: 2}
params: {graph.levels: {int: [3, 6]}, augment.noise: {float: [0.0, 0.3]}}
"""
TOY = "toy:genes=40,tfs=5,cells=40"


@pytest.fixture
def gpdht_command(gpdht_command, tmp_path, tracking_uri):
    """Run the command line in a folder with a space; gives exit code, stdout, stderr."""
    (tmp_path / "space.yaml").write_text(SPACE)
    return gpdht_command


@pytest.fixture
def memory_tracker(monkeypatch):
    tracker = MemoryStudyTracker()
    monkeypatch.setattr(gpdht.tracking, "open_tracker", lambda *_: tracker)
    return tracker


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["toy", "--space", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["toy", "--space", "bad.yaml"], "2 problems"),
        (["nowhere", "--space", "space.yaml"], "nowhere"),
        ([TOY, TOY, "--space", "space.yaml"], "are the same data"),
        ([TOY, "nowhere", "--space", "space.yaml"], "nowhere"),
        ([TOY, "--space", "space.yaml", "--time-budget", "soon"], "is no time"),
        ([TOY, "--space", "space.yaml", "--gpu-budget", "much"], '--gpu-budget "much" is no time'),
        ([TOY, "--space", "space.yaml", "--gpu-budget", "4h"], "a trial asks for no GPU"),
        ([TOY, "--space", "space.yaml", "--warm-start", "gone"], 'no study "gone"'),
        ([TOY, "--space", "space.yaml", "--name", "a/b"], "cannot be a study's name"),
        (
            [TOY, "--space", "space.yaml", "--tracking-uri", "http://127.0.0.1:9"],
            "http://127.0.0.1:9",
        ),
        ([TOY, "--space", "space.yaml", "--gpus-per-trial", "99"], "asks for 1 CPU and 99 GPU"),
        ([TOY, "--space", "space.yaml", "--device", "cuda"], "torch finds none for the trials"),
        ([TOY, "--space", "space.yaml", "--gpus-per-trial", "some"], "is no number of GPUs"),
        ([TOY, "--space", "space.yaml", "--gpus-per-trial", "-1"], "is no number of GPUs"),
        ([TOY, "--space", "space.yaml", "--device", "tpu"], 'device "tpu" is no device'),
        ([TOY, "--space", "space.yaml", "--cpus-per-trial", "9999"], "asks for 9999 CPU"),
        ([TOY, "--space", "space.yaml", "--studies", "space.yaml"], "cannot be written"),
    ],
)
def test_what_cannot_work_is_refused_before_ray_starts_and_writes_no_study(
    gpdht_command, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.setattr("ray.init", lambda **_: pytest.fail("Ray was started"))
    (tmp_path / "bad.yaml").write_text("trials: 0\nparams: {graph.level: {int: [1, 2]}}\n")
    code, out, err = gpdht_command("search", *arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert not list(tmp_path.glob("studies/*"))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("2h", 7200), ("1.5h", 5400)]
)
def test_a_time_budget_may_be_given_in_hours_minutes_or_seconds(text, seconds):
    assert parse_seconds(text, "--time-budget") == seconds


@pytest.mark.parametrize("text", ["", "h", "0", "-5", "1d", "2 h"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(GpdhtError, match="is no time"):
        parse_seconds(text, "--time-budget")


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_a_search_ends_with_a_leaderboard_and_the_next_commands(gpdht_command, memory_tracker):
    code, out, err = gpdht_command("search", TOY, "--space", "space.yaml", "--name", "mine")
    assert code == 0, err
    assert "[2/2] trial" in err
    for text in (
        "labels only (",
        "gain",
        "selection ± sd",
        "levels=",
        "2 of 2 trials ended: 2 complete",
    ):
        assert text in out
    assert "gpdht register studies/mine --name mine" in out
    assert {run.status for run in memory_tracker.trials.values()} == {"FINISHED"}
    assert memory_tracker.study.tags["outcome"] == "complete"
    assert "trial-00000.parquet" in memory_tracker.trials[0].artifacts
    assert "figures/learning_curves.svg" in memory_tracker.study.artifacts

    code, again, err = gpdht_command("trials", "mine")
    assert code == 0
    assert again.strip() in out
    code, text, err = gpdht_command("trials", "mine", "--json")
    content = json.loads(text)
    assert content["winner"]["number"] in (0, 1)
    assert content["protocol"]["cv.folds"] == 2
    assert len(content["trials"]) == content["total"] == 2

    code, out, err = gpdht_command("search", TOY, "--space", "space.yaml", "--name", "mine")
    assert code == 2
    assert "pass --resume" in err
    code, out, err = gpdht_command(
        "search",
        "toy:genes=41,tfs=5,cells=40",
        "--space",
        "space.yaml",
        "--name",
        "mine",
        "--resume",
    )
    assert code == 2
    assert "exists with data" in err


def test_an_interrupted_search_says_how_to_resume(gpdht_command, memory_tracker, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("gpdht.search.run.tune_trials", interrupted)
    code, out, err = gpdht_command("search", TOY, "--space", "space.yaml", "--trials", "4")
    assert code == 130
    assert out == ""
    assert "0 of 4 trials have ended" in err
    assert f"gpdht search {TOY} --space space.yaml --trials 4 --resume" in err
    assert memory_tracker.study.tags["outcome"] == "interrupted"


def contents(folder) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_a_dry_run_prints_a_line_for_each_check_and_leaves_no_file(gpdht_command, tmp_path):
    before = contents(tmp_path)
    asked = ("search", TOY, "--space", "space.yaml", "--dry-run", "--tracking-uri")
    code, out, err = gpdht_command(*asked, f"sqlite:///{tmp_path / 'new.db'}")
    assert code == 0, out
    states = out.split()
    assert states.count("passed") == 12
    assert not {"failed", "warning"} & set(states)
    assert "Estimate: " in out
    assert "Running one trial" in err
    assert contents(tmp_path) == before

    (tmp_path / "space.yaml").write_text("trials: 0\nparams: {graph.level: {int: [1, 2]}}\n")
    code, out, _ = gpdht_command(*asked, "http://127.0.0.1:9", "--json")
    assert code == 2
    content = json.loads(out)
    failed = {check["name"] for check in content["checks"] if check["state"] == "failed"}
    assert (failed, content["passed"]) == ({"space", "tracking"}, False)
    assert content["estimate"] is None


def test_all_gpus_of_a_machine_are_used_without_any_option(
    gpdht_command, memory_tracker, monkeypatch
):
    """Two pretended ones of 24 GiB, and two CPUs: a trial on each."""
    placements = []

    def interrupted(*_, placement, **__):
        placements.append(placement)
        raise KeyboardInterrupt

    monkeypatch.delenv("GPDHT_DEVICE")
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("gpdht.execution.gpus._ask", lambda _: [24 * 2**30] * 2)
    monkeypatch.setattr("gpdht.execution.sharing.available_cpus", lambda: 2)
    monkeypatch.setattr("gpdht.search.run.ray_session", lambda *_, **__: nullcontext())
    monkeypatch.setattr("gpdht.search.run.tune_trials", interrupted)
    code, _, err = gpdht_command("search", TOY, "--space", "space.yaml")
    assert code == 130
    assert [placement.gpus for placement in placements] == [1]
    assert (
        "2 GPUs found; each trial gets a whole one (largest configuration about 0.0 GiB of 24)"
        in err
    )
    code, _, err = gpdht_command(
        "search", TOY, "--space", "space.yaml", "--resume", "--device", "cpu"
    )
    assert placements[1].gpus == 0
    assert "GPUs found" not in err


def test_the_command_to_resume_leaves_out_what_would_end_it_at_once(monkeypatch):
    given = ["search", "toy", "--stop-when-flat", "0.01", "--name", "a"]
    monkeypatch.setattr("sys.argv", ["gpdht", *given])
    assert resume_command() == "gpdht search toy --name a --resume"
    monkeypatch.setattr("sys.argv", ["gpdht", "search", "toy", "--stop-when-flat=.1", "--resume"])
    assert resume_command() == "gpdht search toy --resume"


def test_a_missing_study_is_named(gpdht_command):
    code, _, err = gpdht_command("trials", "nothing")
    assert code == 2
    assert 'no study "nothing"' in err
