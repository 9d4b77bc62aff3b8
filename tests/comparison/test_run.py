"""Whole comparisons through Ray: resumed, interrupted, with failures, and mirrored."""

from __future__ import annotations

import json
import signal
import time

import pandas as pd
import pytest
from driver import PATIENCE_S, comparison, start
from fake_trials import label_trial
from small_inputs import TINY, small_set

from gpdht.comparison.jobs import make_jobs
from gpdht.comparison.printed_table import markdown
from gpdht.comparison.run import compare
from gpdht.comparison.store import open_store
from gpdht.errors import ConfigError, StudyError
from gpdht.tracking import MemoryStudyTracker, open_tracker

MODELS = ("gpdht", "tf_rate", "correlation")


def run(folder, **changes):
    options = {
        "models": MODELS,
        "splits": ["edge", "target"],
        "seeds": [0, 1],
        "config": TINY,
        "out": folder / "o",
        "progress": False,
        "trial": label_trial(log=folder / "log"),
    }
    return compare(changes.pop("sets", [small_set()]), **{**options, **changes})


def calls(folder) -> int:
    path = folder / "log"
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_a_comparison_ends_with_its_tables_and_a_second_run_does_nothing(tmp_path, monkeypatch):
    tracker = MemoryStudyTracker()
    first = run(tmp_path, tracker=tracker)
    jobs = first.results.drop_duplicates("job")
    assert len(jobs) == 2 * 2 * 3
    assert set(jobs["state"]) == {"complete"}
    expected = [(s, seed, m) for s in ("edge", "target") for seed in (0, 1) for m in MODELS]
    assert list(zip(jobs["split"], jobs["seed"], jobs["model"], strict=True)) == expected
    for name in ("results", "summary", "ranks", "tests"):
        kept = pd.read_parquet(tmp_path / "o" / f"{name}.parquet")
        pd.testing.assert_frame_equal(kept, getattr(first, name), check_dtype=False)
    assert (tmp_path / "o" / "table.md").read_text() == markdown(first)
    assert {run.status for run in tracker.trials.values()} == {"FINISHED"}
    assert tracker.study.status == "FINISHED"
    assert tracker.study.tags["gpdht.kind"] == "comparison"
    charts = {f"figures/{n}.svg" for n in ("gains", "precision_recall", "leaderboard-edge-toy")}
    assert {"results.parquet", "table.md", *charts} <= set(tracker.study.artifacts)
    drawn = {run.name: set(run.artifacts) for n, run in tracker.trials.items()}
    own = {f"figures/{name}-target-toy.svg" for name in ("network", "heat_map")}
    assert own < drawn["toy target seed 0 gpdht"]
    assert not [name for name in drawn["toy target seed 1 gpdht"] if name.endswith(".svg")]
    baseline = next(
        n for n, run in tracker.trials.items() if run.name.endswith("target seed 1 tf_rate")
    )
    shown = tracker.trials[baseline]
    assert (shown.params["split"], shown.params["seed"]) == ("target", 1)
    assert shown.tags["universe"] == "known TFs × genes, no self pairs, all negatives"
    assert 0 < shown.metrics["test/auprc_low"] < shown.metrics["test/auprc"]

    monkeypatch.setattr("gpdht.comparison.run.run_tasks", lambda *_, **__: pytest.fail("ran again"))
    before = calls(tmp_path)
    again = run(tmp_path, tracker=None)
    assert calls(tmp_path) == before == 4
    pd.testing.assert_frame_equal(again.results, first.results)
    assert markdown(again) == markdown(first)


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_a_failed_job_stops_no_other_is_shown_and_runs_again(tmp_path):
    bad = label_trial(fail_seed=1, log=tmp_path / "log")
    found = run(tmp_path, trial=bad)
    jobs = found.results.drop_duplicates("job")
    failed = jobs[jobs["state"] == "failed"]
    assert set(zip(failed["model"], failed["seed"], strict=True)) == {("gpdht", 1)}
    assert set(failed["error"]) == {"RuntimeError: this <seed> [0] is bad"}
    text = markdown(found)
    assert (
        "not complete: toy edge seed 1 gpdht: failed: RuntimeError: this <seed> [0] is bad" in text
    )
    assert calls(tmp_path) == 4
    mended = run(tmp_path)
    assert calls(tmp_path) == 6
    assert set(mended.results["state"]) == {"complete"}
    assert "not complete" not in markdown(mended)


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_the_grid_may_grow_and_only_what_is_new_runs(tmp_path):
    run(tmp_path, seeds=[0])
    assert calls(tmp_path) == 2
    grown = run(tmp_path, seeds=[0, 1], models=[*MODELS, "target_rate"])
    assert calls(tmp_path) == 4
    assert set(grown.results["seed"]) == {0, 1}


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_mlflow_has_one_run_per_job_under_a_parent_and_none_is_left_open(tmp_path, tracking_uri):
    def tracker():
        return open_tracker(tracking_uri, "test")

    run(tmp_path, tracker=tracker(), trial=label_trial(fail_seed=1))
    run(tmp_path, tracker=tracker())
    client = tracker().client
    experiment = client.get_experiment_by_name("test").experiment_id
    runs = client.search_runs([experiment], max_results=100)
    (parent,) = [one for one in runs if one.data.tags["gpdht.kind"] == "comparison"]
    nested = [one for one in runs if one.info.run_id != parent.info.run_id]
    assert len(nested) == 12
    assert {one.info.status for one in runs} == {"FINISHED"}
    assert {one.data.tags["mlflow.parentRunId"] for one in nested} == {parent.info.run_id}
    names = {one.info.run_name for one in nested}
    assert "toy edge seed 1 gpdht" in names
    assert len(names) == 12
    for one in nested:
        assert one.info.run_name.split()[-1] == one.data.params["model"]
        assert one.data.tags["dataset_fingerprint"] == small_set().fingerprint
        assert one.data.tags["universe"].startswith("known TFs × genes")
        assert "test/auprc" in one.data.metrics
        assert "error" not in one.data.tags
        assert [item.name for item in (i.dataset for i in one.inputs.dataset_inputs)] == ["toy"]
    files = {item.path for item in client.list_artifacts(parent.info.run_id)}
    assert {"results.parquet", "summary.parquet", "ranks.parquet", "tests.parquet"} < files
    assert "table.md" in files


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_after_an_interrupt_or_a_kill_only_the_rest_runs(tmp_path, tracking_uri, number, code):
    driver = start("comparison", tmp_path, 1.0)
    deadline = time.monotonic() + PATIENCE_S
    while len(list(tmp_path.glob("o/jobs/*.json"))) < 2:
        assert driver.poll() is None, (tmp_path / "stderr.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    driver.send_signal(number)
    assert driver.wait(timeout=PATIENCE_S) == code
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("o/jobs/*.json")}
    assert 2 <= len(kept) < 12

    done = [json.loads(path.read_text()) for path in kept]
    done_seeds = {one["seed"] for one in done if one["model"] == "gpdht"}
    time.sleep(1.5)  # a killed driver's workers may still end what they do
    began = calls(tmp_path)
    comparison(tmp_path)
    again = [int(line.split()[-1]) for line in (tmp_path / "log").read_text().splitlines()[began:]]
    assert sorted(again) == sorted(set(range(6)) - done_seeds)
    assert all(path.stat().st_mtime_ns == at for path, at in kept.items())
    results = pd.read_parquet(tmp_path / "o" / "results.parquet").drop_duplicates("job")
    assert len(results) == 12
    assert set(results["state"]) == {"complete"}
    client = open_tracker(tracking_uri, "driver").client
    runs = client.search_runs(
        [client.get_experiment_by_name("driver").experiment_id], max_results=99
    )
    assert [one.info.status for one in runs] == ["FINISHED"] * 13


def test_a_folder_of_something_else_is_refused_and_nothing_is_written(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StudyError, match="is a file"):
        run(tmp_path, out=tmp_path / "file")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("x")
    with pytest.raises(StudyError, match=r'1 file \(e\.g\. "thesis\.tex"\) and no comparison'):
        run(tmp_path, out=tmp_path / "full")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "full", "thesis.tex"]


def test_another_comparisons_folder_is_refused(tmp_path):
    sets = {"toy": small_set()}
    jobs = make_jobs(sets, models=["tf_rate"], splits=["edge"], seeds=[0], config=TINY)
    open_store(tmp_path / "o", sets, TINY, jobs)
    with pytest.raises(StudyError, match=r"other settings: encoder\.dim=8 \(now 16\)"):
        run(tmp_path, config=TINY.replace({"encoder.dim": 16}))
    with pytest.raises(StudyError, match="other data as toy"):
        run(tmp_path, sets=[small_set(seed=1)])


def test_a_setting_that_a_later_version_adds_leaves_the_baselines_results(tmp_path):
    sets = {"toy": small_set()}
    grid = {"splits": ["edge"], "seeds": [0], "config": TINY}
    jobs = make_jobs(sets, models=["gpdht", "tf_rate"], **grid)
    store = open_store(tmp_path / "o", sets, TINY, jobs)
    older = {k: v for k, v in store.record["config"].items() if k != "encoder.tau"}
    store.update(config=older, config_hash="older")
    again = open_store(tmp_path / "o", sets, TINY, jobs)
    assert again.record["config"] == TINY.flat()
    assert "encoder.tau" not in jobs[1].settings
    assert jobs[0].config_hash == jobs[0].config.hash


def test_a_folder_that_is_in_use_is_refused(tmp_path):
    sets = {"toy": small_set()}
    store = open_store(tmp_path / "o", sets, TINY, [])
    with store.locked(), pytest.raises(StudyError, match="is being run by process"):
        run(tmp_path)


def test_an_unknown_score_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ConfigError, match='"f1" is no score to rank by'):
        run(tmp_path, metric="f1")
    assert not list(tmp_path.iterdir())


def test_a_record_that_was_cut_off_counts_as_not_run(tmp_path):
    sets = {"toy": small_set()}
    jobs = make_jobs(sets, models=["tf_rate"], splits=["edge"], seeds=[0], config=TINY)
    store = open_store(tmp_path / "o", sets, TINY, jobs)
    (store.folder / "jobs" / f"{jobs[0].key.digest}.json").write_text('{"state": "comp')
    assert not store.is_complete(jobs[0])
    (store.folder / "jobs" / f"{jobs[0].key.digest}.json").write_text('{"state": "complete"}')
    assert not store.is_complete(jobs[0])
