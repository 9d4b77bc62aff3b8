"""A dry run's checks one by one, and whole on one machine."""

from __future__ import annotations

import socket

import pytest
import ray
from fake_trials import fake_trial
from small_inputs import SPACE, small_set, tiny_dataset

from gpdht.errors import DataError
from gpdht.execution.nodes import name_of
from gpdht.search.preflight import studies_folder
from gpdht.search.preflight.run import preflight_search
from gpdht.search.preflight.studies_folder import check_folder
from gpdht.search.run import run_search
from gpdht.tracking.connection import connect
from gpdht.trial import TrialResult


def states(found) -> dict[str, str]:
    return {check.name: check.state for check in found.checks}


def row(found, name: str):
    (check,) = (check for check in found.checks if check.name == name)
    return check


def tried(folder, space=SPACE, data=None, **options):
    options = {"tracking_uri": f"sqlite:///{folder / 'mlflow.db'}", "trial": fake_trial()} | options
    studies = folder / "studies"
    return preflight_search(data or tiny_dataset(), space, name="s", studies=studies, **options)


def failing_trial():
    """Made in a function, so that workers get it by value."""

    def trial(config, dataset, **_):

        return TrialResult("failed", error="too bad")

    return trial


@pytest.mark.usefixtures("small_ray")
def test_where_all_is_well_everything_passes_and_nothing_is_written(tmp_path):
    found = tried(tmp_path)
    assert set(states(found).values()) == {"passed"}, found.checks
    assert found.passed
    assert found.estimate.trials == 6 + 2 * 3
    assert '"s" is new; 22 candidate pairs, 12 of them known' in row(found, "study").found
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("small_ray")
def test_bad_data_and_a_bad_space_are_two_rows_and_what_needs_neither_is_checked(tmp_path):
    def missing():
        raise DataError("nowhere: no such folder.")

    found = tried(tmp_path, space={**SPACE, "trials": 0}, data=missing)
    assert not found.passed
    assert row(found, "data").found == "nowhere: no such folder."
    assert "trials" in row(found, "space").found
    assert states(found) == {
        "data": "failed",
        "space": "failed",
        "study": "not checked",
        "studies folder": "passed",
        "tracking": "passed",
        "trials": "passed",
        "Ray": "passed",
        "room": "passed",
        "storage": "passed",
        "versions": "passed",
        "memory": "not checked",
        "one trial": "not checked",
    }


@pytest.mark.usefixtures("small_ray")
def test_a_tracking_server_that_is_down_is_found_within_seconds(tmp_path):
    with socket.socket() as taken:  # bound but not listening: refused at once
        taken.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{taken.getsockname()[1]}"
        found = tried(tmp_path, tracking_uri=uri)
    assert row(found, "tracking").state == "failed"
    assert uri in row(found, "tracking").found
    assert "mlflow server" in row(found, "tracking").found
    assert states(found)["one trial"] == "passed"


@pytest.mark.usefixtures("small_ray")
def test_the_experiment_is_looked_at_and_not_made(tmp_path, tracking_uri):
    client = connect(tracking_uri)
    found = tried(tmp_path, tracking_uri=tracking_uri, experiment="mine")
    assert 'the experiment "mine" will be made' in row(found, "tracking").found
    assert client.get_experiment_by_name("mine") is None
    client.delete_experiment(client.create_experiment("mine"))
    found = tried(tmp_path, tracking_uri=tracking_uri, experiment="mine")
    assert row(found, "tracking").state == "failed"
    assert "is deleted" in row(found, "tracking").found


@pytest.mark.usefixtures("small_ray")
def test_a_study_of_that_name_is_new_or_goes_on_or_is_another(tmp_path):
    run_search(
        tiny_dataset(),
        SPACE,
        name="s",
        studies=tmp_path / "studies",
        trials=4,
        replicates=0,
        progress=False,
        trial=fake_trial(),
    )
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert "pass --resume" in row(tried(tmp_path), "study").found
    found = tried(tmp_path, resume=True, trials=9, replicates=0)
    assert row(found, "study").found == '"s" goes on: 4 of 9 trials have ended'
    assert found.estimate.trials == 5
    found = tried(tmp_path, resume=True, data=small_set())
    assert "exists with data" in row(found, "study").found
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.usefixtures("small_ray")
def test_a_trial_that_fails_says_where_and_gives_no_estimate(tmp_path):
    found = tried(tmp_path, trial=failing_trial())
    (node,) = ray.nodes()
    said = f"the trial ended as failed on {name_of(node)}: too bad"
    assert said in row(found, "one trial").found
    assert found.estimate is None


@pytest.mark.usefixtures("small_ray")
def test_a_trial_that_is_lost_says_so(tmp_path):
    found = tried(tmp_path, trial=fake_trial(fail_above=1))
    assert row(found, "one trial").state == "failed"
    assert "the trial was lost" in row(found, "one trial").found


def test_a_cluster_that_does_not_answer_leaves_unchecked_what_needs_it(tmp_path, monkeypatch):
    def refused(**_):
        raise ConnectionError("nobody there")

    monkeypatch.setattr("ray.init", refused)
    found = tried(tmp_path, address="127.0.0.1:1")
    assert "no Ray cluster answers at 127.0.0.1:1" in row(found, "Ray").found
    names = ("room", "storage", "versions", "memory", "one trial")
    assert {states(found)[name] for name in names} == {"not checked"}


def test_a_folder_that_cannot_be_written_is_found(tmp_path):
    (tmp_path / "file").touch()
    check = check_folder(tmp_path / "file", "s", None)
    assert (check.state, check.remedy) == (
        "failed",
        "Choose a folder that you may write: --studies.",
    )
    assert check_folder(tmp_path / "a" / "b", "s", None).state == "passed"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("journal", "state", "file"),
    [(None, "passed", "journal"), (True, "passed", "journal"), (False, "warning", "db")],
)
def test_a_database_on_a_network_drive_is_warned_of(tmp_path, monkeypatch, journal, state, file):
    monkeypatch.setattr(studies_folder, "is_on_network_drive", lambda _: True)
    check = check_folder(tmp_path, "new", journal)
    assert check.state == state
    assert f"kept in optuna.{file}" in check.found
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "optuna.db").touch()
    assert check_folder(tmp_path, "old", journal).state == "warning"


@pytest.mark.usefixtures("small_ray")
def test_a_trial_that_would_be_cut_off_by_its_limit_is_warned_of(tmp_path):
    space = {**SPACE, "fixed": {"train.epochs": 10_000}}
    found = tried(tmp_path, space, trial=fake_trial(epochs=2, sleep_s=0.05), trial_timeout_s=60)
    assert found.passed
    assert row(found, "trial timeout").state == "warning"
    assert "1.0 min are allowed" in row(found, "trial timeout").found
