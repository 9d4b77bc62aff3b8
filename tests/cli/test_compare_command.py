"""`gpdht compare`: refusals before anything is written, and one comparison to the end."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from gpdht import tracking
from gpdht.tracking import MemoryStudyTracker

TOY = "toy:genes=40,tfs=5,cells=40"
OTHER = "toy:genes=44,tfs=6,cells=40,seed=1"


@pytest.fixture
def memory_tracker(monkeypatch):
    tracker = MemoryStudyTracker()
    monkeypatch.setattr(tracking, "open_tracker", lambda *_: tracker)
    return tracker


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([TOY, "--models", "gpdht,tfrate"], 'unknown model "tfrate"; did you mean "tf_rate"?'),
        ([TOY, "--models", ","], "no model is named"),
        ([TOY, "--splits", "edgy"], "unknown split edgy"),
        ([TOY, "--seeds", "a"], "a cannot be a seed"),
        ([TOY, "--metric", "f1"], '"f1" is no score to rank by'),
        ([TOY, TOY], "are the same data"),
        (["nowhere"], "nowhere"),
        ([TOY, "--set", "cv.seed=3"], "use --seeds"),
        ([TOY, "--set", "encoder.dimm=3"], 'unknown setting "encoder.dimm"'),
        (["toy:genes=30,tfs=2,cells=20"], "toy: cv.split=tf: 2 TFs cannot fill"),
        ([TOY, "--cpus-per-trial", "9999"], "asks for 9999 CPU"),
        ([TOY, "--splits", "edge", "--tracking-uri", "http://127.0.0.1:9"], "http://127.0.0.1:9"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(
    gpdht_command, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.setattr("ray.init", lambda **_: pytest.fail("Ray was started"))
    code, out, err = gpdht_command("compare", *arguments, "--out", "o")
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "o").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_a_comparison_ends_with_a_table_that_fits_and_files(
    gpdht_command, memory_tracker, tmp_path
):
    command = ["compare", TOY, OTHER, "--models", "label,correlation", "--splits", "edge,target"]
    command += ["--seeds", "0,1", "--set", "cv.folds=2", "--out", "o"]
    code, out, err = gpdht_command(*command)
    assert code == 0, err
    assert "[24/24] " not in err
    assert "[48/48] toy-" in err
    assert max(map(len, out.partition("† best")[0].splitlines())) <= 100
    for text in ("edge split: AUROC/AP", "target split", "†", "‡", "±", "mean rank over 2 sets"):
        assert text in out
    assert re.search(r"^versions: .*\bgpdht \d", out, re.MULTILINE)
    assert "command: gpdht compare toy:genes=40" in out
    table = pd.read_parquet(tmp_path / "o" / "results.parquet")
    assert set(table["kind"]) == {"label", "expression"}
    assert {run.status for run in memory_tracker.trials.values()} == {"FINISHED"}
    assert "gain/auprc" in memory_tracker.trials[0].metrics

    code, text, err = gpdht_command(*command, "--json")
    assert code == 0
    assert "[" not in err
    content = json.loads(text)
    assert len(content["results"]) == len(table)
    row = next(r for r in content["results"] if r["metric"] == "auprc")
    assert 0 < row["low"] < row["value"] < row["high"] < 1
    assert {"summary", "ranks", "tests", "versions"} < set(content)

    code, out, err = gpdht_command(*command, "--set", "cv.validation=0.3")
    assert code == 2
    assert "other settings: cv.validation=0.2 (now 0.3)" in err


def test_an_interrupted_comparison_says_how_to_resume(gpdht_command, memory_tracker, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("gpdht.comparison.run.run_tasks", interrupted)
    code, out, err = gpdht_command("compare", TOY, "--splits", "edge", "--out", "o")
    assert (code, out) == (130, "")
    assert "the results of 0 jobs are kept. Resume with:" in err
    assert f"gpdht compare {TOY} --splits edge --out o" in err
    assert memory_tracker.study.tags["outcome"] == "interrupted"
    assert memory_tracker.study.status == "KILLED"
