"""Searches through Ray Tune, with quick trials in place of the real one."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
import ray
from fake_trials import (
    dying_trial,
    fake_trial,
    faulty_trial,
    hanging_trial,
    watched_trial,
    writing_trial,
)
from journal import Journal
from optuna.trial import TrialState
from small_inputs import SMALL, SPACE, tiny_dataset

from gpdht.execution.tasks import RETRIES
from gpdht.search.run import run_search
from gpdht.tracking import open_tracker

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_ray")]


def search(folder, changes=None, **options):
    journal = Journal(folder / "journal.jsonl")
    study = run_search(
        tiny_dataset(),
        {**SPACE, **(changes or {})},
        name="s",
        studies=folder,
        progress=False,
        **{"trial": fake_trial(), "tracker": journal, **options},
    )
    return study, journal


def test_a_search_ends_with_every_trial_complete_its_scores_kept_and_its_runs_closed(tmp_path):
    study, journal = search(tmp_path)
    table = study.trials()
    assert list(table["state"]) == ["complete"] * 6
    assert (table["val/auprc"] == table["encoder.tau"] + 0.004).all()
    assert journal.outcomes() == dict.fromkeys(range(6), "complete")
    assert [len(journal.named("log_epoch"))] == [6 * 4]
    for number in range(6):
        scores = pd.read_parquet(study.scores_path(number))
        assert scores["score"][0] == table["val/auprc"][number]
    (outcome, metrics, tags), *_ = journal.named("end_study")
    assert (outcome, metrics["trials/complete"]) == ("complete", 6)
    assert tags["winner"] == str(table["encoder.tau"].idxmax())
    attached = {trial: set(files) for trial, _, files in journal.named("attach")}
    assert {"learning_curves.svg", "parallel_coordinates.svg"} < attached[None]
    assert attached[int(tags["winner"])] >= {"network.svg", "heat_map.svg"}
    assert set(attached) == {None, int(tags["winner"])}
    assert not (tmp_path / "s" / "ray").exists()

    again, journal = search(tmp_path, resume=True)
    pd.testing.assert_frame_equal(again.trials(), table)
    assert len(journal.named("start_trial")) == 6


def test_a_study_keeps_where_it_is_tracked_from_the_first_run_that_is(tmp_path, tracking_uri):
    study, _ = search(tmp_path, tracker=None, trials=1)
    assert study.record["tracking"] == {}
    study, _ = search(tmp_path, tracker=open_tracker(tracking_uri, "e"), trials=2, resume=True)
    assert study.record["tracking"] == {"uri": tracking_uri, "experiment": "e"}


def test_a_trial_that_hangs_fails_at_its_limit_and_takes_no_other_with_it(tmp_path):
    trial = hanging_trial(str(tmp_path / "starts"), above=0.4)
    study, journal = search(tmp_path, trial=trial, trial_timeout_s=6, max_concurrent=2)
    table = study.trials()
    hung = table["encoder.tau"] > 0.4
    assert 0 < hung.sum() < len(table)
    assert set(table["state"][hung]) == {"failed"}
    assert set(table["state"][~hung]) == {"complete"}
    assert table["error"][hung].str.contains("limit of 6 seconds").all()
    assert table["error"][hung].str.contains(r"in run \(.*trainable.py, line \d+").all()
    assert journal.outcomes() == dict(enumerate(table["state"]))
    starts = (tmp_path / "starts").read_text().split()
    assert sorted(starts) == sorted(f"{tau:.6f}" for tau in table["encoder.tau"])


def test_a_chart_that_cannot_be_drawn_costs_a_warning_not_the_study(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("gpdht.search.charts.study_charts", lambda _: 1 / 0)
    study, journal = search(tmp_path)
    assert set(study.trials()["state"]) == {"complete"}
    assert journal.named("attach") == []
    assert journal.named("end_study")[0][0] == "complete"
    assert "figures could not be drawn" in caplog.text


def test_a_trial_stopped_early_is_pruned_everywhere_and_keeps_its_last_value(tmp_path):
    study, journal = search(
        tmp_path, {"scheduler": {"name": "asha", "grace_epochs": 2}, "trials": 8}
    )
    told = study.optuna.trials
    pruned = [trial for trial in told if trial.state is TrialState.PRUNED]
    assert pruned
    assert all(trial.state in (TrialState.PRUNED, TrialState.COMPLETE) for trial in told)
    for trial in pruned:
        assert max(trial.intermediate_values) in (2, 3, 4)
        assert trial.value == trial.intermediate_values[trial.last_step]
        assert journal.outcomes()[trial.number] == "pruned"
        assert trial.user_attrs["seconds"] > 0
    assert len(told) == 8


def test_a_race_stops_trials_at_their_first_fold(tmp_path):
    study, journal = search(tmp_path, {"scheduler": {"name": "race", "startup_trials": 2}})
    table = study.trials()
    raced = table.assign(best=table["encoder.tau"].cummax())[2:]
    behind = raced["encoder.tau"] < raced["best"]
    assert 0 < behind.sum() < 4
    assert (raced["state"] == behind.map({True: "pruned", False: "complete"})).all()
    for number in raced["number"][behind]:
        epochs = [epoch for n, epoch, _ in journal.named("log_epoch") if n == number]
        assert (epochs, journal.outcomes()[number]) == ([0], "pruned")


def test_failures_are_told_with_their_reason_and_the_search_goes_on(tmp_path):
    study, journal = search(tmp_path, trial=fake_trial(fail_above=16))
    table = study.trials().set_index("number")
    failed = table[table["state"] == "failed"]
    assert len(table) == 6
    assert set(failed.index) == set(table.index[table["graph.levels"] > 16]) != set()
    assert set(failed["error"]) == {"RuntimeError: levels beyond what this fake can bear"}
    assert {n for n, outcome in journal.outcomes().items() if outcome == "failed"} == set(
        failed.index
    )


def test_a_score_that_is_no_number_and_a_lack_of_memory_end_their_trial_alone(tmp_path):
    study, journal = search(tmp_path, {"trials": 10}, trial=faulty_trial())
    table = study.trials()
    tau = table["encoder.tau"]
    kinds = {"failed": tau < 0.4, "out_of_memory": (tau >= 0.4) & (tau < 0.6)}
    kinds["complete"] = tau >= 0.6
    for state, expected in kinds.items():
        assert expected.any()
        assert set(table["state"][expected]) == {state}
    assert table["error"][kinds["failed"]].str.contains("val/auprc is nan after epoch 1").all()
    assert table["error"][kinds["out_of_memory"]].str.contains("Unable to allocate").all()
    assert journal.outcomes() == dict(enumerate(table["state"]))


def test_a_search_whose_every_point_is_infeasible_ends(tmp_path):
    changes = {
        "params": {"encoder.heads": {"choice": [3, 4]}, "encoder.dim": {"choice": [32]}},
        "start_from": [{"encoder.heads": 3, "encoder.dim": 32}],
        "trials": 1,
    }
    study, journal = search(tmp_path, changes)
    assert list(study.trials()["state"]) == ["infeasible"]
    assert journal.outcomes() == {0: "infeasible"}


def test_a_trial_whose_process_dies_starts_again_and_its_epochs_count_once(tmp_path):
    study, journal = search(tmp_path, {"trials": 2}, trial=dying_trial(tmp_path))
    assert list(study.trials()["state"]) == ["complete", "complete"]
    reported = [(number, epoch) for number, epoch, _ in journal.named("log_epoch")]
    assert reported.count((0, 1)) == 2
    assert all(list(t.intermediate_values) == [1, 2, 3, 4] for t in study.optuna.trials)


def test_a_trial_whose_process_always_dies_is_given_up_as_failed(tmp_path, caplog):
    study, journal = search(tmp_path, {"trials": 1}, trial=dying_trial(tmp_path, always=True))
    row = study.trials().iloc[0]
    assert row["state"] == "failed"
    assert "its process died: its worker process has died" in row["error"]
    again = [entry.message for entry in caplog.records if "starts again" in entry.message]
    assert again == ["trial 0 lost its process and starts again"] * RETRIES
    assert journal.outcomes() == {0: "failed"}


def test_what_ray_keeps_of_a_failure_in_the_storage_is_not_unpickled(tmp_path, monkeypatch):
    unpickled = []
    real = ray.cloudpickle
    watched = SimpleNamespace(loads=unpickled.append, dump=real.dump, dumps=real.dumps)
    monkeypatch.setattr("ray.tune.experiment.trial.cloudpickle", watched)
    study, _ = search(tmp_path, {"trials": 1}, trial=dying_trial(tmp_path, always=True))
    assert list(study.trials()["state"]) == ["failed"]
    assert unpickled == []


def test_a_spent_time_budget_leaves_a_study_that_a_resume_completes(tmp_path):
    slow = fake_trial(epochs=4, sleep_s=1.5)
    study, journal = search(tmp_path, trial=slow, time_budget_s=12)
    before = study.trials()
    assert set(before["state"]) <= {"complete", "waiting"}
    assert "waiting" in set(before["state"])
    assert journal.running_trials() == []
    assert "interrupted" in journal.outcomes().values()
    assert journal.named("end_study")[-1][0] == "interrupted"
    study, journal = search(tmp_path, resume=True)
    after = study.trials()
    assert list(after["state"]) == ["complete"] * 6
    finished = before[before["state"] == "complete"]
    unchanged = after.loc[finished.index, finished.columns]
    pd.testing.assert_frame_equal(finished, unchanged, check_dtype=False)


def test_a_flat_search_ends_in_order_before_its_last_trial(tmp_path):
    study, journal = search(tmp_path, {"trials": 60}, stop_when_flat=10.0, replicates=0)
    states = list(study.trials()["state"])
    assert 22 <= len(states) < 30
    assert set(states) == {"complete"}
    assert study.record["ended"]["why"] == "flat"
    assert study.record["ended"]["outlook"]["gain"] < 10
    assert journal.named("end_study")[-1][0] == "complete"


def test_a_search_goes_on_from_the_winner_of_another(tmp_path):
    first, _ = search(tmp_path / "a", {"trials": 4}, replicates=0)
    study, _ = search(tmp_path / "b", {"trials": 3}, warm_start=[first.folder], replicates=0)
    assert study.values(0) == first.values(0) == study.space.reference
    known = [first.values(number) for number in range(4)]
    assert study.values(1) in known
    assert study.values(2) in known


def test_a_trial_cannot_write_into_the_shared_dataset(tmp_path):
    study, _ = search(tmp_path, {"trials": 1}, trial=writing_trial())
    assert "read-only" in study.trials()["error"][0]


def test_the_real_trial_leaves_the_shared_dataset_as_it_was(tmp_path):
    study, _ = search(
        tmp_path,
        {"params": {"graph.levels": {"int": [2, 4]}}, "fixed": SMALL, "trials": 1},
        trial=watched_trial(),
    )
    row = study.trials().iloc[0]
    assert (row["state"], row["error"]) == ("complete", None)
    assert (study.scores_path(0)).exists()
